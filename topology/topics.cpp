#include "topology/topics.h"

namespace millrace::topics {

TopicTable make_table(std::uint16_t partitions) {
  static constexpr std::string_view names[] = {
      "control",           "crm.events",        "leads.harvested",     "leads.scored",        "routing.decisions",
      "outreach.intents",  "attribution.touches", "ads.performance",   "learning.outcomes",   "alerts",
      "enrichment.commands", "outreach.commands", "attribution.credits", "ads.pending_changes", "ads.change_history",
      "learning.dataset",  "erasure.commands",  "alerts.out",          "audit.ledger",        "subscriptions.dlq",
      "history.in"};
  std::vector<TopicInfo> topics;
  for (const std::string_view name : names)
    topics.push_back({std::string(name), name == "control" || name == "history.in" ? std::uint16_t{1} : partitions});
  for (std::uint8_t inbox = 0; inbox < kInboxes; ++inbox)
    topics.push_back({topics[inbox].name + ".dlq", topics[inbox].partitions});
  return TopicTable(std::move(topics));
}

}  // namespace millrace::topics
