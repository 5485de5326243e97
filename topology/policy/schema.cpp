#include "topology/policy/schema.h"

#include <algorithm>

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
    declare<governance::ArmPolicy>(all);
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

const std::vector<std::string_view>& list_keys() {
  static const std::vector<std::string_view> keys = {"score.disposable_file"};
  return keys;
}

namespace {

bool is_time_of_day(std::string_view text) { return dispatch::minute_of_day(text).has_value(); }
bool is_model(std::string_view text) { return enum_of<attribution::Model>(text).has_value(); }
// ISO 4217, as every fact's `currency` is written.
bool is_currency(std::string_view text) {
  return text.size() == 3 && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}
// What is put before a number without `+`; none: such a number is no identifier (spec/harvest.md section 4).
bool is_country_code(std::string_view text) {
  return text.empty() || (text.size() <= 3 && text.front() != '0' && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
}
bool is_channel(std::string_view text) { return text == "email" || text == "linkedin" || text == "contact_form"; }

}  // namespace

const std::vector<TextRule>& text_rules() {
  static const std::vector<TextRule> rules = {
      {"attribution.models", is_model, "one of matched, first, last, linear, time_decay, position, shapley, markov"},
      {"dispatch.quiet", is_time_of_day, "a time of day like 21:00", 2},
      {"dispatch.window.end", is_time_of_day, "a time of day like 18:00"},
      {"dispatch.window.start", is_time_of_day, "a time of day like 09:00"},
      {"identity.country_code", is_country_code, "a country's calling code like 49, or empty"},
      {"outreach.channels", is_channel, "one of email, linkedin, contact_form"},
      {"tenant.currency", is_currency, "a currency of three capital letters like EUR"}};
  return rules;
}

}  // namespace millrace::policy
