// Which topics a namespace has on Kafka, and with what settings: the topics of its table, and two kinds that are the
// machine's own and hold no records of the log.
//
//   keys                 sealed keys, one compacted partition
//   <inbox>.changelog    rows of the state of the inbox's stage, compacted, partitioned as the inbox
//
// TP-1  No record is dropped by time or size: retention is Millrace's own (retention.ms = -1, retention.bytes = -1).
// TP-2  A topic that facts enter by is stamped by the broker (LogAppendTime), so that no producer's clock moves time; the
//       others carry the stage's time (CreateTime).
// TP-3  A topic takes whatever a fold may put out (kMessageMax).
// Tests: tests/unit/kafka_topic_plan_test.cpp
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/record.h"

namespace millrace::log::kafka {

// What the machine needs to know of the graph.
struct Layout {
  TopicTable topics;
  std::vector<TopicId> inboxes;  // have a stage, so a changelog
  std::vector<TopicId> doors;    // stamped by the broker: where facts and control records enter
};

struct TopicPlan {
  std::string name;  // without prefix
  std::uint16_t partitions = 1;
  std::map<std::string, std::string> settings{};
};

inline constexpr std::string_view kKeysTopic = "keys";
std::string changelog_of(std::string_view inbox);
bool is_changelog(std::string_view topic);

// In the order of the table, then the machine's own.
std::vector<TopicPlan> plan_topics(const Layout& layout);

// What stands otherwise on the cluster than it must.
struct Mismatch {
  std::string topic;    // as the cluster calls it
  std::string setting;  // "partitions", "exists" or a name of a topic's configuration
  std::string found, needed;
  std::string mend;  // the command
};
std::string describe(const Mismatch& mismatch);

// `found`: partitions (0: no such topic) and configuration of the topic `called` on the cluster `brokers`.
std::vector<Mismatch> compare(const TopicPlan& plan, const std::string& called, int partitions,
                              const std::map<std::string, std::string>& found, const std::string& brokers);

}  // namespace millrace::log::kafka
