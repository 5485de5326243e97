#include "log/kafka/topic_plan.h"

#include <algorithm>

#include "core/outputs.h"

namespace millrace::log::kafka {

namespace {

constexpr std::string_view kSegmentBytes = "67108864";  // what is newest is not compacted, so it should be little
constexpr std::string_view kChangelog = ".changelog";
constexpr std::string_view kTombstonesMs = "604800000";  // 7 days: an older copy of a changelog starts from zero

std::string message_max() { return std::to_string(kMessageMax); }

TopicPlan log_topic(const TopicInfo& topic, bool door) {
  return {topic.name,
          topic.partitions,
          {{"cleanup.policy", "delete"},
           {"max.message.bytes", message_max()},
           {"message.timestamp.type", door ? "LogAppendTime" : "CreateTime"},
           {"retention.bytes", "-1"},
           {"retention.ms", "-1"}}};
}

TopicPlan compacted(std::string name, std::uint16_t partitions) {
  return {std::move(name),
          partitions,
          {{"cleanup.policy", "compact"},
           {"delete.retention.ms", std::string(kTombstonesMs)},
           {"max.message.bytes", message_max()},
           {"message.timestamp.type", "CreateTime"},
           {"segment.bytes", std::string(kSegmentBytes)}}};
}

}  // namespace

std::string changelog_of(std::string_view inbox) { return std::string(inbox).append(kChangelog); }
bool is_changelog(std::string_view topic) { return topic.ends_with(kChangelog); }

std::vector<TopicPlan> plan_topics(const Layout& layout) {
  std::vector<TopicPlan> plan;
  for (std::size_t i = 0; i < layout.topics.size(); ++i) {
    const TopicId id{static_cast<std::uint8_t>(i)};
    const bool door = std::find(layout.doors.begin(), layout.doors.end(), id) != layout.doors.end();
    plan.push_back(log_topic(layout.topics[id], door));
  }
  plan.push_back(compacted(std::string(kKeysTopic), 1));
  for (const TopicId inbox : layout.inboxes)
    plan.push_back(compacted(changelog_of(layout.topics[inbox].name), layout.topics.partitions(inbox)));
  return plan;
}

std::string describe(const Mismatch& m) {
  if (m.setting == "exists") return "topic " + m.topic + " does not exist: " + m.mend;
  return "topic " + m.topic + " has " + m.setting + " " + (m.found.empty() ? "(none)" : m.found) + " and needs " +
         m.needed + ": " + m.mend;
}

std::vector<Mismatch> compare(const TopicPlan& plan, const std::string& called, int partitions,
                              const std::map<std::string, std::string>& found, const std::string& brokers) {
  if (partitions == 0) return {{called, "exists", "", "", "millrace topology --create"}};
  std::vector<Mismatch> wrong;
  if (partitions != plan.partitions)
    wrong.push_back({called, "partitions", std::to_string(partitions), std::to_string(plan.partitions),
                     "the count is fixed when a namespace is created, since keys would move, and a topic's count cannot be lowered again. Begin "
                     "a new namespace (millrace topology --create --namespace NEW --data NEWFOLDER) and produce its facts again"});
  for (const auto& [setting, needed] : plan.settings) {
    const auto at = found.find(setting);
    const std::string is = at == found.end() ? std::string() : at->second;
    if (is != needed)
      wrong.push_back({called, setting, is, needed,
                       "kafka-configs.sh --bootstrap-server " + brokers + " --alter --entity-type topics --entity-name " +
                           called + " --add-config " + setting + "=" + needed});
  }
  return wrong;
}

}  // namespace millrace::log::kafka
