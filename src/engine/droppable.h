// What nobody needs any more of a log that several instances share: per partition the offset below which records may go.
//
// Takes   the checkpoints of the tasks that are this instance's, and a time.
// Gives   floors, for who drops (node/trimmer.h).
//
// TM-1  An inbox is dropped up to the last checkpoint of its task at most, whose rows are on the changelog before: so who
//       takes the task over, on a new disk too, begins at or after what is left. Topics that are no inbox are those' who has
//       control.
// TM-2  Nothing younger than the time is dropped, nor the original of an open dead letter (RT-2).
// TM-3  A floor that is out of date is too low, never too high: who trims what has gone to another does no harm.
// TM-5  Offsets that hold no record are not old: a partition whose first record stays keeps its beginning, so that it can still
//       be folded from there (a proof asks for that).
// Threads: one.      Tests: tests/simulation/droppable_test.cpp, tests/kafka/trim.sh
#pragma once

#include "engine/group_floors.h"
#include "engine/open_letters.h"
#include "engine/topology.h"

namespace millrace::engine {

// Only partitions of which something goes; none until all dead letters were read, over several calls. Fails: as the log does.
Result<GroupFloors::Floors> droppable(const log::Reader& log, const Topology& topology, const GroupFloors::Floors& checkpoints, TimeMs older_than,
                                      OpenLetters& letters);

}  // namespace millrace::engine
