// Stage route: spec/route.md section 14 tells the shapes of the cases.
#include "tests/conformance/conformance.h"

#include <algorithm>

#include "core/fields.h"
#include "topology/policy/stage_groups.h"
#include "topology/route/cap.h"
#include "topology/route/cone.h"
#include "topology/route/decide.h"
#include "topology/route/escalation.h"
#include "topology/route/gate.h"
#include "topology/route/owner.h"
#include "topology/route/review.h"
#include "topology/route/sequence.h"
#include "topology/route/shield.h"

namespace millrace::conformance {
namespace {

using Ints = std::optional<std::int64_t>;
using Texts = std::vector<std::string>;

Json or_null(const Ints& v) { return v ? Json(*v) : Json(nullptr); }
Json or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(text); }
bool present(const Json& given, const char* name) { return given.contains(name) && !given.at(name).is_null(); }

std::optional<route::ZoneFacts> zone_of(const Json& given, const char* name = "zone") {
  if (!present(given, name)) return std::nullopt;
  const Json& zone = given.at(name);
  return route::ZoneFacts{zone.at("average_price_cents").get<std::int64_t>(),
                          get_or<std::int64_t>(zone, "risk_bp", 0),
                          get_or<std::int64_t>(zone, "inventory_bp", 5000),
                          get_or<std::int64_t>(zone, "demand_bp", 5000),
                          get_or<std::int64_t>(zone, "capacity_cents", 0),
                          get_or<std::string>(zone, "currency", "")};
}

route::RoutePolicy policy_of(const Json& given, const char* method) {
  route::RoutePolicy policy;
  policy.cap_method = get_or<std::string>(given, method, policy.cap_method);
  policy.boost_enabled = get_or<bool>(given, "boost_enabled", policy.boost_enabled);
  policy.auto_route = get_or<bool>(given, "auto", policy.auto_route);
  policy.boost_min_signals = get_or<std::int64_t>(given, "min_signals", policy.boost_min_signals);
  policy.boost_bp = get_or<std::int64_t>(given, "boost_bp", policy.boost_bp);
  policy.cap_hard_bp = get_or<std::int64_t>(given, "hard_bp", policy.cap_hard_bp);
  policy.cap_unknown_zone = get_or<std::string>(given, "unknown_zone", policy.cap_unknown_zone);
  return policy;
}

std::vector<route::Candidate> candidates(const Json& owners, const std::string& zone) {
  std::vector<route::Candidate> found;
  for (const Json& each : owners) {
    const auto zones = get_or<Texts>(each, "zones", {"*"});
    if (std::find(zones.begin(), zones.end(), zone) != zones.end() ||
        std::find(zones.begin(), zones.end(), "*") != zones.end())
      found.push_back({each.at("owner_id"), get_or<std::int64_t>(each, "open", 0), get_or<std::int64_t>(each, "capacity", 0)});
  }
  return found;
}

std::optional<route::ShieldLimits> limits_of(const Json& given, const std::string& shield) {
  if (present(given, "shields") && given.at("shields").contains(shield)) {
    const Json& pair = given.at("shields").at(shield);
    return route::ShieldLimits{pair.at(0), pair.at(1)};
  }
  return route::builtin_limits(shield);
}

RULE("route.sequence") {
  route::RoutePolicy policy = policy_of(given, "method");
  const auto signals = get_or<Texts>(given, "signals", {});
  const auto choice = route::choose_sequence(get_optional<std::int64_t>(given, "score_bp"), signals, policy);
  return {{"effective_bp", or_null(choice.effective_bp)},
          {"boosted", choice.boosted},
          {"tier", name_of(choice.tier)},
          {"sequence", route::sequence_of(choice.tier, policy)}};
}

RULE("route.sequence_shape") {
  const auto shape = route::shape_of(given.at("sequence").get<std::string>());
  if (!shape) return {{"error", "unknown_sequence"}};
  return {{"steps", shape->step_days.size()}, {"length_days", shape->length_days}, {"step_days", shape->step_days}};
}

RULE("route.gate") {
  const auto phase = route::phase_of(given.at("status").get<std::string>());
  if (!phase) return {{"error", "bad_field:status"}};
  return {{"gate", name_of(route::gate(*phase, get_or<bool>(given, "routed", false)))}};
}

RULE("route.cap") {
  const auto zone = zone_of(given);
  const auto method = enum_of<route::CapMethod>(get_or<std::string>(given, "method", "basic"));
  if (!method) return {{"error", "unknown_method"}};
  if (!zone) return {{"cap_cents", nullptr}};
  return {{"cap_cents", route::cap_cents(*zone, *method)}};
}

RULE("route.cap_check") {
  const auto zone = zone_of(given);
  const auto currency = get_or<std::string>(given, "currency", "");
  const auto check = route::check_cap(zone ? &*zone : nullptr,
                                      {get_optional<std::int64_t>(given, "deal_value_cents"), currency},
                                      policy_of(given, "method"));
  return {{"cap_cents", or_null(check.cap_cents)}, {"result", name_of(check.verdict)}};
}

RULE("route.cap_watch") {
  const auto zone = zone_of(given);
  const route::Phase phase = route::phase_of(text_or_empty(given, "status")).value();
  const std::string currency = text_or_empty(given, "currency");
  const auto approved = get_or<std::int64_t>(given, "approved_cents", 0);
  std::int64_t asked = 0;
  Json opened = Json::array();
  for (const Json& each : given.at("events")) {
    const auto value = each.get<std::int64_t>();
    const auto check = route::check_cap(zone ? &*zone : nullptr, {value, currency}, policy_of(given, "method"));
    if (!route::asks_again(check, phase, value, approved, asked)) continue;
    asked = value;
    opened.push_back(value);
  }
  return {{"opened", opened}};
}

RULE("route.cone") {
  route::ConeInputs in;
  in.deal_size_bp = get_or<std::int64_t>(given, "deal_size_bp", 5000);
  in.conversion_bp = get_or<std::int64_t>(given, "conversion_bp", 5000);
  in.timeline_bp = get_or<std::int64_t>(given, "timeline_bp", 5000);
  in.relationship_bp = get_or<std::int64_t>(given, "relationship_bp", 5000);
  const auto cone = route::cone_bp(in);
  return {{"cone_bp", cone}, {"label", name_of(route::cone_label(cone))}};
}

RULE("route.cone_inputs") {
  const auto in = route::cone_inputs(
      get_optional<std::int64_t>(given, "deal_value_cents"), get_optional<std::int64_t>(given, "probability_bp"),
      get_optional<std::int64_t>(given, "timeline_months"), get_optional<std::int64_t>(given, "engagement_bp"),
      get_or<std::int64_t>(given, "deal_ref_cents", route::RoutePolicy{}.cone_deal_ref_cents));
  return {{"deal_size_bp", in.deal_size_bp},
          {"conversion_bp", in.conversion_bp},
          {"timeline_bp", in.timeline_bp},
          {"relationship_bp", in.relationship_bp}};
}

RULE("route.cone_rank") {
  Texts keys;
  for (const Json& each : given.at("leads"))
    keys.push_back(route::cone_key(each.at("cone_bp"), each.at("lead_id").get<std::string>()));
  std::sort(keys.begin(), keys.end());
  keys.resize(std::min<std::size_t>(keys.size(), get_or<std::size_t>(given, "top_n", 10)));
  Json top = Json::array();
  for (const std::string& key : keys) top.push_back(route::lead_of_cone_key(key));
  return {{"top", top}};
}

// "stage" names a group here; a stage name is looked up in the default table.
std::optional<StageGroup> given_group(const Json& given) {
  if (!present(given, "stage")) return std::nullopt;
  const auto stage = given.at("stage").get<std::string>();
  if (const auto group = enum_of<StageGroup>(stage)) return group;
  return group_of(stage, SyntheticTable{}, StageGroups{});
}

RULE("route.escalation") {
  const auto group = given_group(given);
  const DurationMs threshold = group ? route::escalation_threshold(*group, {}) : 0;
  const auto severity =
      threshold ? route::escalation(given.at("in_stage_ms"), threshold) : route::Severity::none;
  return {{"severity", name_of(severity)}};
}

RULE("route.escalation_timers") {
  const auto group = given_group(given);
  const DurationMs threshold = group ? route::escalation_threshold(*group, {}) : 0;
  if (!threshold) return {{"medium_at_ms", nullptr}, {"high_at_ms", nullptr}, {"critical_at_ms", nullptr}};
  const TimeMs entered = given.at("entered_ms");
  return {{"medium_at_ms", route::escalation_due(entered, threshold, route::Severity::medium)},
          {"high_at_ms", route::escalation_due(entered, threshold, route::Severity::high)},
          {"critical_at_ms", route::escalation_due(entered, threshold, route::Severity::critical)}};
}

RULE("route.group") {
  SyntheticTable table;
  if (given.contains("won")) table.won = given.at("won").get<Texts>();
  if (given.contains("lost")) table.lost = given.at("lost").get<Texts>();
  StageGroups groups;
  if (present(given, "groups"))
    for (const auto& [name, value] : given.at("groups").items()) {
      if (value.is_string()) groups.set(name, value.get<std::string>());
      else
        for (const Json& stage : value) groups.set(stage.get<std::string>(), name);
    }
  const auto group = group_of(get_or<std::string>(given, "stage", ""), table, groups);
  return {{"group", group ? Json(name_of(*group)) : Json(nullptr)}, {"timers", group && is_timed(*group)}};
}

RULE("route.shield") {
  const auto limits = limits_of(given, given.at("shield"));
  if (!limits) return {{"error", "unknown_shield"}};
  return {{"state", name_of(route::shield_state(given.at("value_bp"), *limits))}};
}

RULE("route.lost_rate") {
  std::vector<bool> lost;  // of the contacted leads
  for (const Json& each : given.at("leads"))
    if (get_or<bool>(each, "contacted", false)) lost.push_back(route::is_lost_trigger(get_or<std::string>(each, "left", "")));
  const std::size_t n = std::min(lost.size(), route::kLostWindow);
  const auto count = std::count(lost.end() - static_cast<std::ptrdiff_t>(n), lost.end(), true);
  return {{"n", n}, {"lost", count}, {"value_bp", route::lost_rate_bp(count, static_cast<std::int64_t>(n))}};
}

RULE("route.owner") {
  const Json owners = get_or<Json>(given, "owners", Json::array());
  const auto found = candidates(owners, get_or<std::string>(given, "zone", "default"));
  const route::Candidate* owner = route::choose_owner(found);
  const bool none = !owner && !owners.empty();
  return {{"owner_id", owner ? Json(owner->owner_id) : Json(nullptr)}, {"reason", none ? Json("no_owner") : Json(nullptr)}};
}

RULE("route.review") {
  const TimeMs opened = get_or<TimeMs>(given, "opened_ms", 0);
  const auto proposer = get_or<std::string>(given, "proposer", "");
  const route::Phase phase = route::phase_of(get_or<std::string>(given, "lead_status", "QUALIFIED")).value();
  route::Question question{enum_of<route::ReviewType>(text_or_empty(given, "type")).value(), route::ReviewState::open,
                           opened + get_or<DurationMs>(given, "ttl_ms", route::RoutePolicy{}.review_ttl_ms), proposer};
  Json codes = Json::array();
  route::ReviewEffect effect = route::ReviewEffect::none;
  for (const Json& event : given.at("events")) {
    const route::ReviewOp op = enum_of<route::ReviewOp>(text_or_empty(event, "op")).value();
    const auto actor = get_or<std::string>(event, "actor", "");
    const auto answer = route::answer(question, op, actor, get_or<TimeMs>(event, "at_ms", 0), phase);
    question.state = answer.state;
    codes.push_back(or_null(answer.code));
    if (answer.effect != route::ReviewEffect::none) effect = answer.effect;
  }
  return {{"state", name_of(question.state)},
          {"codes", codes},
          {"effect", effect == route::ReviewEffect::none ? Json(nullptr) : Json(name_of(effect))}};
}

RULE("route.decide") {
  const Json& lead = given.at("lead");
  const route::RoutePolicy policy = policy_of(given, "cap_method");
  const auto zone = zone_of(given);
  const auto zone_name = get_or<std::string>(given, "zone_name", "default");
  const auto signals = get_or<Texts>(lead, "signals", {});
  const auto currency = get_or<std::string>(lead, "currency", "");

  route::Situation s;
  s.lead.phase = route::phase_of(text_or_empty(lead, "status")).value();
  s.lead.routed = get_or<bool>(lead, "routed", false);
  s.lead.score_bp = get_optional<std::int64_t>(lead, "score_bp");
  s.lead.probability_bp = get_optional<std::int64_t>(lead, "probability_bp");
  s.lead.engagement_bp = get_optional<std::int64_t>(lead, "engagement_bp");
  s.lead.timeline_months = get_optional<std::int64_t>(lead, "timeline_months");
  s.lead.signals = signals;
  s.lead.deal = {get_optional<std::int64_t>(lead, "deal_value_cents"), currency};
  s.lead.has_campaign = !lead.contains("campaign_id") || !lead.at("campaign_id").is_null();
  s.lead.cap_approved_cents = get_or<std::int64_t>(lead, "cap_approved_cents", 0);
  s.lead.routing_approved = get_or<bool>(lead, "routing_approved", false);
  s.zone = zone ? &*zone : nullptr;
  s.shield_skip = get_or<bool>(given, "shield_skip", false);
  std::vector<route::ShieldReading> shields;
  if (present(given, "shield_values"))
    for (const auto& [name, value] : given.at("shield_values").items())
      if (const auto limits = limits_of(given, name))
        shields.push_back({name, value, *limits, route::shield_state(value, *limits)});
  s.shields = shields;
  std::string sequence;
  if (present(given, "override")) {
    route::OverrideFacts over;
    sequence = get_or<std::string>(given.at("override"), "sequence", "");
    over.sequence = sequence;
    if (present(given.at("override"), "action"))
      over.action = enum_of<route::Action>(given.at("override").at("action").get<std::string>());
    s.override_facts = over;
  }

  route::Decision d = route::decide(s, policy);
  const bool routed = d.action == route::Action::route;
  if (routed) {
    const Json owners = get_or<Json>(given, "owners", Json::array());
    const auto found = candidates(owners, zone_name);
    const route::Candidate* owner = route::choose_owner(found);
    route::assign_owner(d, owner ? owner->owner_id : "", !owners.empty());
  }
  Json reasons = Json::array();
  for (const route::Reason each : d.reasons) reasons.push_back(name_of(each));
  Json result = {{"action", name_of(d.action)}, {"reasons", reasons}};
  if (routed)
    result.update(Json{{"sequence", d.sequence},
                   {"priority", name_of(d.priority)},
                   {"cone_bp", d.cone_bp},
                   {"effective_bp", or_null(d.choice.effective_bp)},
                   {"boosted", d.choice.boosted},
                   {"owner_id", or_null(d.owner_id)}});
  return result;
}

}  // namespace
}  // namespace millrace::conformance
