#include "log/kafka/offsets.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace millrace::log::kafka {

static constexpr int kTryMs = 2'000;                            // of one try: a broker may go while it is asked
static constexpr auto kBetweenTries = std::chrono::milliseconds(20);     // between two tries
static constexpr auto kUnknownFor = std::chrono::seconds(2);      // a topic just made, or a broker just started

Result<std::vector<std::int64_t>> list_offsets(Client& client, const std::vector<OffsetQuery>& queries, TimeMs time,
                                               DurationMs wait_ms) {
  if (queries.empty()) return std::vector<std::int64_t>{};
  const auto begun = std::chrono::steady_clock::now();
  const auto until = begun + std::chrono::milliseconds(wait_ms);
  for (;;) {
    const Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> list(
        rd_kafka_topic_partition_list_new(static_cast<int>(queries.size())));
    for (const OffsetQuery& q : queries)
      rd_kafka_topic_partition_list_add(list.get(), q.topic.c_str(), q.partition)->offset = time;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    const int slice = static_cast<int>(std::clamp<std::int64_t>(left.count(), 1, kTryMs));
    rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client.get(), list.get(), slice);
    for (int i = 0; !error && i < list->cnt; ++i) error = list->elems[i].err;
    if (!error) {
      client.went_well();
      std::vector<std::int64_t> offsets;
      for (int i = 0; i < list->cnt; ++i) offsets.push_back(list->elems[i].offset);
      return offsets;
    }
    const std::string on = queries.front().topic + "/" + std::to_string(queries.front().partition) +
                           (queries.size() > 1 ? " and " + std::to_string(queries.size() - 1) + " more" : "");
    Fault fault = client.fault(said_of(error), Call::describe, "ask for the offsets of", on);
    const auto now = std::chrono::steady_clock::now();
    const bool may_pass = fault.kind == Fault::Kind::retry || (fault.code == "unknown_topic" && now - begun < kUnknownFor);
    if (!may_pass || now >= until) return fault;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(kBetweenTries, until - now));
  }
}

}  // namespace millrace::log::kafka
