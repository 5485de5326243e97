#include "topology/harvest/fanout.h"

#include <algorithm>
#include <unordered_map>

#include "topology/topics.h"

namespace millrace::harvest {

namespace {

using Key = OperatorTarget::Key;
namespace t = topics;

const std::unordered_map<std::string_view, std::vector<OperatorTarget>>& operator_table() {
  static const std::vector<OperatorTarget> here;
  static const std::vector<OperatorTarget> outreach_both = {{t::routing_decisions, Key::all}, {t::outreach_intents}};
  static const std::unordered_map<std::string_view, std::vector<OperatorTarget>> table = {
      {"operator.campaign_defined", outreach_both},
      {"operator.campaign_paused", outreach_both},
      {"operator.campaign_resumed", outreach_both},
      {"operator.template_defined", outreach_both},
      {"operator.sequence_defined", {{t::routing_decisions, Key::all}}},
      {"operator.script_defined", {{t::routing_decisions, Key::all}, {t::learning_outcomes, Key::prefixed, "slot", "script:"}}},
      {"operator.experiment_defined", {{t::routing_decisions, Key::all}, {t::learning_outcomes, Key::field, "experiment_id"}}},
      {"operator.channel_config", {{t::outreach_intents}}},
      {"operator.sender_defined", {{t::outreach_intents}}},
      {"operator.suppress", {{t::outreach_intents}}},
      {"operator.unsuppress", {{t::outreach_intents}}},
      {"operator.kill_switch", {{t::outreach_intents, Key::global_or_tenant}, {t::ads_performance, Key::all}}},
      {"operator.connector_armed", {{t::routing_decisions, Key::all}, {t::outreach_intents}, {t::ads_performance, Key::all}}},
      {"operator.zone_defined", {{t::leads_scored, Key::field, "zone"}}},
      {"operator.shield_defined", {{t::leads_scored, Key::zone, "zone"}}},
      {"operator.shield_value", {{t::leads_scored, Key::zone, "zone"}}},
      {"operator.owner_defined", {{t::leads_scored, Key::all}}},
      {"operator.route_override", {{t::leads_scored, Key::field, "zone"}}},
      {"operator.send_message", {{t::routing_decisions, Key::field, "lead_id"}}},
      {"operator.lead_status", {{t::leads_harvested, Key::field, "lead_id"}}},
      {"operator.lead_reopened", {{t::leads_harvested, Key::field, "lead_id"}}},
      {"operator.packet_requested", {{t::leads_harvested, Key::field, "lead_id"}, {t::learning_outcomes, Key::prefixed, "lead_id", "packet:"}}},
      {"operator.packet_state", {{t::learning_outcomes, Key::prefixed, "lead_id", "packet:"}}},
      {"operator.model_submitted", {{t::learning_outcomes, Key::prefixed, "name", "model:"}}},
      {"operator.model_promote", {{t::learning_outcomes, Key::prefixed, "name", "model:"}}},
      {"operator.model_rollback", {{t::learning_outcomes, Key::prefixed, "name", "model:"}}},
      {"operator.ingest", {{t::learning_outcomes, Key::constant, {}, "ingest"}}},
      {"operator.outcome", {{t::learning_outcomes, Key::prefixed, "name", "metric:"}}},
      {"operator.clone_evaluated", {{t::learning_outcomes, Key::prefixed, "clone_id", "clone:"}}},
      {"operator.budget_defined", {{t::ads_performance, Key::field, "ad_account"}}},
      {"operator.winner_added", {{t::ads_performance, Key::all}}},
      {"operator.alert_state", {{t::alerts}}},
      {"operator.source_defined", here},
      {"operator.source_performance", here},
      {"operator.lead_split", here},
      {"operator.schedule_defined", here},
      {"operator.subscription_defined", here},
      {"operator.token_defined", here}};
  return table;
}

struct ReviewRoute {
  std::string_view prefix;
  OperatorTarget target;
};
constexpr ReviewRoute kReviews[] = {{"rv_", {t::leads_scored, Key::field, "zone"}},
                                    {"rp_", {t::routing_decisions, Key::field, "lead_id"}},
                                    {"hold_", {t::outreach_intents}},
                                    {"chg_", {t::ads_performance, Key::field, "ad_account"}},
                                    {"clone_", {t::learning_outcomes, Key::prefixed, "clone_id", "clone:"}}};

const std::unordered_map<std::string_view, std::vector<TopicId>>& fact_table() {
  static const std::vector<TopicId> lead = {t::leads_harvested, t::routing_decisions};
  static const std::vector<TopicId> engagement = {t::leads_harvested, t::routing_decisions, t::outreach_intents};
  static const std::vector<TopicId> all_of_lead = {t::leads_harvested, t::routing_decisions, t::outreach_intents, t::attribution_touches};
  static const std::vector<TopicId> delivery = {t::routing_decisions, t::outreach_intents};
  static const std::vector<TopicId> every = {t::leads_harvested,   t::leads_scored,        t::routing_decisions, t::outreach_intents,
                                             t::attribution_touches, t::ads_performance, t::learning_outcomes, t::alerts};
  static const std::unordered_map<std::string_view, std::vector<TopicId>> table = {
      {"lead.captured", {t::leads_harvested, t::routing_decisions, t::attribution_touches, t::enrichment_commands}},
      {"lead.enriched", lead},
      {"lead.updated", lead},
      {"consent.changed", all_of_lead},
      {"linkedin.connection_changed", {t::routing_decisions}},
      {"crm.stage_changed", {t::leads_harvested, t::routing_decisions, t::attribution_touches}},
      {"crm.deal_linked", {t::leads_harvested, t::routing_decisions, t::attribution_touches}},
      {"crm.deal_updated", {t::leads_harvested, t::attribution_touches}},
      {"engagement.opened", engagement},
      {"engagement.bounced", engagement},
      {"engagement.complained", engagement},
      {"engagement.unsubscribed", engagement},
      {"engagement.clicked", all_of_lead},
      {"engagement.replied", {t::routing_decisions}},
      {"engagement.out_of_office", {t::routing_decisions}},
      {"delivery.sent", engagement},
      {"delivery.delivered", delivery},
      {"delivery.failed", delivery},
      {"delivery.unknown", delivery},
      {"ad.click", {t::attribution_touches}},
      {"ad.metrics", {t::ads_performance}},
      {"ad.change_result", {t::ads_performance}},
      {"lead.merged", all_of_lead},
      {"lead.erase_requested", {t::leads_harvested, t::routing_decisions, t::outreach_intents, t::attribution_touches, t::learning_outcomes}},
      {"job.queued", {t::alerts}},
      {"job.started", {t::alerts}},
      {"job.finished", {t::alerts}},
      {"alert.raised", {t::alerts}},
      {"identity.candidate", {t::alerts}},
      {"control.namespace_created", every},
      {"control.tick", every},
      {"control.policy_changed", every},
      {"control.snapshot", every},
      {"control.clone_promoted", {t::leads_harvested, t::routing_decisions, t::ads_performance}},
      {"control.promotion", {t::routing_decisions}},
      {"control.restore", {t::learning_outcomes}},
      {"control.sweep", {t::leads_harvested, t::leads_scored, t::routing_decisions, t::ads_performance}},
      {"control.model_activated", {t::leads_harvested, t::ads_performance}}};
  return table;
}

}  // namespace

OperatorRoute operator_route(std::string_view type, std::string_view review_id) {
  if (type == "operator.approve" || type == "operator.reject") {
    for (const ReviewRoute& review : kReviews)
      if (review_id.starts_with(review.prefix)) return {true, {&review.target, 1}};
    return {true, {}};
  }
  const auto found = operator_table().find(type);
  if (found == operator_table().end()) return {};
  return {true, found->second};
}

std::vector<TopicId> fanout_of(std::string_view type, std::string_view review_id) {
  if (!type.starts_with("operator.")) {
    const auto found = fact_table().find(type);
    return found == fact_table().end() ? std::vector<TopicId>{} : found->second;
  }
  std::vector<TopicId> topics;
  for (const OperatorTarget& target : operator_route(type, review_id).targets) topics.push_back(target.topic);
  std::sort(topics.begin(), topics.end());
  return topics;
}

}  // namespace millrace::harvest
