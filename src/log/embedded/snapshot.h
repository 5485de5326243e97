// What the journal knows at a place between two frames beside the records: the next offset of every topic partition,
// the position of every task, the environment. It stands in the head and the foot of each segment, so that neither
// opening nor retention needs the frames before.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "log/log.h"

namespace millrace::log {

struct Snapshot {
  std::vector<std::int64_t> ends;  // by number in the PartitionIndex
  std::map<TopicPartition, TaskPosition> positions;
  std::string environment;
};

void append_snapshot(std::string& out, const Snapshot& snapshot);
// Reads one of `partitions` topic partitions. nullptr when there is none between in and end.
const char* get_snapshot(const char* in, const char* end, std::size_t partitions, Snapshot& snapshot);

}  // namespace millrace::log
