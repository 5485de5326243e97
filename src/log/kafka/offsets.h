// Asks the cluster where topic partitions begin and end, and which offset a time has: one request a broker, however many
// partitions. What "the end" is follows from the client's isolation.level: the last stable offset for read_committed, the
// high watermark for read_uncommitted. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/kafka/client.h"

namespace millrace::log::kafka {

struct OffsetQuery {
  std::string topic;  // as the cluster calls it
  int partition = 0;
};
inline constexpr TimeMs kEarliest = -2, kLatest = -1;

// For each query the first offset stamped at or after `time`, -1 when there is none; or the end that kEarliest and kLatest
// name. Tries again until `wait_ms` have passed. Needs: no topic partition twice.
// Fails: unknown_topic, broker_unreachable, timed_out, topic_unauthorised.
Result<std::vector<std::int64_t>> list_offsets(Client& client, const std::vector<OffsetQuery>& queries, TimeMs time,
                                               DurationMs wait_ms);

}  // namespace millrace::log::kafka
