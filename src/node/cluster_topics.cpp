#include "node/cluster_topics.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "engine/topology.h"
#include "log/kafka/committed.h"
#include "node/environment.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::node {

namespace fs = std::filesystem;
namespace kafka = log::kafka;

TopicTable with_machine_topics(const TopicTable& topics, const std::vector<kafka::TopicPlan>& plan) {
  std::vector<TopicInfo> all;
  for (const kafka::TopicPlan& each : plan) all.push_back({each.name, each.partitions});
  INVARIANT("CN-5", all.size() > topics.size() && all[topics.size() - 1].name == topics[TopicId{static_cast<std::uint8_t>(topics.size() - 1)}].name,
            "the plan does not begin with the topology's topics");
  return TopicTable(std::move(all));
}

std::vector<kafka::TopicPlan> plan_of(std::uint16_t partitions) {
  const Environment none;
  const engine::Topology topology = make_topology(partitions, none);
  kafka::Layout layout;
  layout.topics = topology.topics;
  for (const engine::StageSpec& stage : topology.stages) layout.inboxes.push_back(stage.inbox);
  layout.doors = {topology.control, topology.front_door};
  return kafka::plan_topics(layout);
}

Result<std::uint16_t> partitions_on(kafka::KafkaAdmin& admin, const kafka::KafkaSettings& settings) {
  constexpr std::uint16_t kAny = 2;  // a topic with one partition in this plan has one in every plan
  const auto topics = admin.describe();
  if (!topics) return topics.fault();
  std::map<std::string, int> there;
  for (const auto& topic : *topics) there.emplace(topic.name, topic.partitions);
  std::map<int, int> votes;
  for (const kafka::TopicPlan& each : plan_of(kAny))
    if (const auto at = there.find(settings.prefixed(each.name)); each.partitions == kAny && at != there.end()) ++votes[at->second];
  const auto most = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == votes.end() ? std::uint16_t{0} : static_cast<std::uint16_t>(most->first);
}

namespace {

std::string create_command(const kafka::KafkaSettings& settings, const std::string& folder) {
  return "`millrace topology --create --brokers " + settings.brokers + (settings.name_space.empty() ? "" : " --namespace " + settings.name_space) +
         " --data " + folder + "`";
}

}  // namespace

Fault no_namespace(const kafka::KafkaSettings& settings, const std::string& folder) {
  return fatal("not_found", (settings.name_space.empty() ? std::string("there is no namespace without a name")
                                                         : "there is no namespace " + settings.name_space) +
                                " on " + settings.brokers + ", or none that this user may see (a right on its topics: kafka-acls --add); " +
                                create_command(settings, folder) + " makes one");
}

Fault cut_short(const kafka::KafkaSettings& settings, const std::string& folder) {
  return fatal("cut_short", "the namespace on " + settings.brokers + " is not whole: it has topics and no first records. Who makes it is at work still, or was "
                            "cut short; then " + create_command(settings, folder) + ", with the folder in which it ran, ends it. (Where somebody deleted the topic control instead: put it back from a backup)");
}

Result<void> make_folders(const std::string& folder) {
  std::error_code failed;
  for (const char* sub : {"", "/state", "/keys"}) {
    fs::create_directories(folder + sub, failed);
    if (failed) return fatal("io", "cannot make the folder " + folder + sub + ": " + failed.message());
  }
  fs::permissions(folder, fs::perms::owner_all, failed);
  return {};
}

Result<void> require_master_key(const std::string& folder) {
  std::error_code none;
  if (fs::exists(folder + "/keys/master", none)) return {};
  return fatal("no_master_key", folder + "/keys/master is missing: an instance opens the namespace's keys with it. Copy it "
                                "(mode 0600) from the folder in which `millrace topology --create` ran");
}

Result<std::vector<std::string>> gone_topics(kafka::KafkaAdmin& admin, const kafka::KafkaSettings& settings, std::uint16_t partitions) {
  const auto there = admin.describe();
  if (!there) return there.fault();
  std::set<std::string> names;
  for (const auto& topic : *there) names.insert(topic.name);
  std::vector<std::string> gone;
  for (const kafka::TopicPlan& each : plan_of(partitions))
    if (!names.contains(settings.prefixed(each.name))) gone.push_back(each.name);
  return gone;
}

bool is_output_only(std::string_view topic) {
  const TopicTable table = topics::make_table(1);
  const auto id = table.find(topic);
  return id && id->value >= topics::kInboxes;
}

bool can_begin_empty(std::string_view topic) { return is_output_only(topic) || kafka::is_changelog(topic); }

std::string gone_in_words(const std::vector<std::string>& gone, const kafka::KafkaSettings& settings, const std::string& folder) {
  constexpr std::size_t kNamed = 5;
  const char* const it = gone.size() == 1 ? "it" : "them";
  std::string out = (gone.size() == 1 ? "a topic is not on " : std::to_string(gone.size()) + " topics are not on ") + settings.brokers + ":";
  for (std::size_t i = 0; i < gone.size() && i < kNamed; ++i) out += " " + settings.prefixed(gone[i]);
  if (gone.size() > kNamed) out += " …";
  out += std::string(". Somebody deleted ") + it + ", unless a broker is still coming up. ";
  const std::string create = create_command(settings, folder);
  if (std::all_of(gone.begin(), gone.end(), can_begin_empty)) {
    out += create + " mends the namespace with an empty one.";
    if (std::any_of(gone.begin(), gone.end(), is_output_only)) out += " What the outputs held is lost to readers, and a verify of them will say so.";
    if (!std::all_of(gone.begin(), gone.end(), is_output_only)) out += " A changelog gets every row again, while the inbox is folded from its start.";
    out.pop_back();
    return out;
  }
  return out + "What others fold from cannot be made anew empty: put the topics back from a backup of the cluster. Without one, begin a new namespace "
               "(" + create + " with another --namespace and --data) and produce its facts again";
}

std::string group_of(const kafka::KafkaSettings& settings, const char* part) {
  return (settings.name_space.empty() ? std::string("millrace") : settings.name_space) + "." + part;
}

Result<std::vector<log::TaskPosition>> positions_on(const kafka::KafkaSettings& settings, const TopicTable& topics) {
  std::vector<log::TaskPosition> all;
  for (const char* part : {"control", "spine"}) {
    std::vector<TopicPartition> inboxes;
    for (std::uint8_t t = 0; t < topics::kInboxes; ++t)
      if ((TopicId{t} == topics::control) == (std::string_view(part) == "control"))
        for (std::uint16_t p = 0; p < topics.partitions(TopicId{t}); ++p) inboxes.push_back({TopicId{t}, Partition{p}});
    auto offsets = kafka::committed_by(settings, group_of(settings, part), topics, inboxes);
    if (!offsets) return offsets.fault();
    for (const log::Assignment& each : *offsets)
      if (each.committed) all.push_back(*each.committed);
  }
  return all;
}

}  // namespace millrace::node
