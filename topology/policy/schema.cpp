#include "topology/policy/schema.h"

#include "core/fields.h"
#include "topology/attribution/credit.h"
#include "topology/attribution/policy.h"
#include "topology/control/policy.h"
#include "topology/dispatch/policy.h"
#include "topology/governance/dry_run.h"
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
    declare<governance::DryRunPolicy>(all);
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

namespace {

bool is_time_of_day(std::string_view text) { return dispatch::minute_of_day(text).has_value(); }
bool is_model(std::string_view text) { return enum_of<attribution::Model>(text).has_value(); }
bool is_channel(std::string_view text) { return text == "email" || text == "linkedin" || text == "contact_form"; }

}  // namespace

const std::vector<TextRule>& text_rules() {
  static const std::vector<TextRule> rules = {
      {"attribution.models", is_model, "one of matched, first, last, linear, time_decay, position, shapley, markov"},
      {"dispatch.quiet", is_time_of_day, "a time of day like 21:00", 2},
      {"dispatch.window.end", is_time_of_day, "a time of day like 18:00"},
      {"dispatch.window.start", is_time_of_day, "a time of day like 09:00"},
      {"outreach.channels", is_channel, "one of email, linkedin, contact_form"}};
  return rules;
}

}  // namespace millrace::policy
