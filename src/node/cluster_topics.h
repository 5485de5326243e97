// What a namespace is on a cluster, for those who make one, run in one and read one: its topics, its groups, its folder.
#pragma once

#include <string>
#include <vector>

#include "core/record.h"
#include "log/group.h"
#include "log/kafka/admin.h"
#include "log/kafka/settings.h"
#include "log/kafka/topic_plan.h"

namespace millrace::node {

// Every topic of a namespace with so many partitions, the topology's first.
std::vector<log::kafka::TopicPlan> plan_of(std::uint16_t partitions);
// The topics of the topology, and those of the machine's own behind them.
TopicTable with_machine_topics(const TopicTable& topics, const std::vector<log::kafka::TopicPlan>& plan);
// How many partitions the namespace's inboxes have, as most of its topics say, since somebody may have deleted one, or raised its
// count; 0: there is no such namespace on the cluster.
Result<std::uint16_t> partitions_on(log::kafka::KafkaAdmin& admin, const log::kafka::KafkaSettings& settings);
Fault no_namespace(const log::kafka::KafkaSettings& settings, const std::string& folder);
// `part`: control or spine.
std::string group_of(const log::kafka::KafkaSettings& settings, const char* part);
// What the namespace's groups have committed, without what is not settled yet.
Result<std::vector<log::TaskPosition>> positions_on(const log::kafka::KafkaSettings& settings, const TopicTable& topics);
// The folders of an instance. Fails: io.
Result<void> make_folders(const std::string& folder);
// The topics of a namespace that are not on the cluster, by the names that the plan gives them. Fails: as the cluster does.
Result<std::vector<std::string>> gone_topics(log::kafka::KafkaAdmin& admin, const log::kafka::KafkaSettings& settings, std::uint16_t partitions);
// Nothing is folded from a topic like this one, so an empty one in its place mends the namespace.
bool is_output_only(std::string_view topic);
// That, or a changelog: its tasks fold their inboxes again (engine/bring_up.h BU-4).
bool can_begin_empty(std::string_view topic);
// Which topics are gone, and what to do about it. `folder`: of the instance that says so.
std::string gone_in_words(const std::vector<std::string>& gone, const log::kafka::KafkaSettings& settings, const std::string& folder);
// Of a namespace whose topics are there and whose first records are not.
Fault cut_short(const log::kafka::KafkaSettings& settings, const std::string& folder);
// Fails: no_master_key, saying where it comes from.
Result<void> require_master_key(const std::string& folder);

}  // namespace millrace::node
