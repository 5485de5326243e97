#include "topology/policy/schema.h"

#include "topology/attribution/policy.h"
#include "topology/control/policy.h"
#include "topology/dispatch/policy.h"
#include "topology/harvest/policy.h"
#include "topology/outreach/policy.h"
#include "topology/policy/engine_policy.h"
#include "topology/route/policy.h"
#include "topology/score/policy.h"

// One line a stage: its keys, its free tables, its weights. (Grows with each stage.)

namespace millrace::policy {

const std::map<std::string, KeyRule, std::less<>>& keys() {
  static const auto rules = [] {
    std::map<std::string, KeyRule, std::less<>> all;
    declare<EnginePolicy>(all);
    declare<TenantPolicy>(all);
    declare<attribution::AttributionPolicy>(all);
    declare<control::ChangePolicy>(all);
    declare<dispatch::DispatchPolicy>(all);
    declare<dispatch::LimitPolicy>(all);
    declare<harvest::HarvestPolicy>(all);
    declare<harvest::TouchPolicy>(all);
    declare<outreach::OutreachPolicy>(all);
    declare<route::RoutePolicy>(all);
    declare<score::ScorePolicy>(all);
    declare<score::ScoreWeights>(all);
    return all;
  }();
  return rules;
}

const std::vector<std::string_view>& free_tables() {
  static const std::vector<std::string_view> tables = {
      "campaign.default", "stages.alias",  "stages.group", "zones.map",      "icp",         "custom",
      "synthetic",        "reply.phrases", "reply.quote_markers", "outreach.country_names", "attribution.platform_alias",
      "hubspot.portal",   "hubspot.map",   "salesforce.map", "segment.write_key", "inbound",   "pull", "governor", "sequence"};
  return tables;
}

const std::vector<std::vector<std::string_view>>& weight_groups() {
  static const std::vector<std::vector<std::string_view>> groups = {
      {"score.weight.size", "score.weight.industry", "score.weight.revenue", "score.weight.location"},
      {"score.weight.title", "score.weight.seniority", "score.weight.signals"},
      {"score.weight.probability.fit", "score.weight.probability.engagement"}};
  return groups;
}

}  // namespace millrace::policy
