// The state of an instance on a cluster, read beside the process that has it, if there is one: its stores as their last
// checkpoints left them. Nothing of the folder is changed but a scratch folder of this process's own.
//
// KP-1  A row is as of one checkpoint of its partition, whole (TS-1). How far that lies behind is said.
// KP-2  A folder has the partitions that its instance folds, or folded once: what it lacks, and what it may have lost to another
//       instance, is said.
// Tests: tests/kafka/desk.sh
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "node/reading.h"
#include "node/request.h"
#include "node/target.h"

namespace millrace::node {

struct Kept {
  Response response;
  std::string stage;
  TopicId inbox;
  std::map<std::uint16_t, std::int64_t> positions;  // of the partitions that are here: the next offset of the inbox to fold
};

// `request`: state_get, state_list or state_tables. Fails: io, corrupt. Refused as query_state().
Result<Kept> ask_kept(const Target& target, const Request& request);
// For people: how far what is here lies behind, as the cluster tells; empty where it does not.
std::optional<std::string> age_of(Reading& reading, const Kept& kept);
// The same, and what of the stage is not here.
std::vector<std::string> notes_on(const Target& target, const Kept& kept);

}  // namespace millrace::node
