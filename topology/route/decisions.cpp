// Deciding a lead, writing the decision, and what follows from it.
#include <algorithm>

#include "core/arith.h"
#include "core/hash.h"
#include "topology/route/cone.h"
#include "topology/route/explain.h"
#include "topology/route/route_fold.h"

namespace millrace::route {

namespace {

constexpr std::size_t kLoadsShown = 20;

const OpenItem* open_item_of(const LeadRow& row, Reason reason) {
  const auto found = std::find_if(row.open_items.begin(), row.open_items.end(),
                                  [&](const OpenItem& each) { return each.reason == reason; });
  return found == row.open_items.end() ? nullptr : &*found;
}

bool has_campaign(const LeadScored& lead, const RoutePolicy& policy) {
  return (lead.campaign_id && !lead.campaign_id->empty()) || !policy.default_campaign.empty();
}

}  // namespace

ZoneFacts facts_of(const ZoneRow& row) {
  return {row.average_price_cents, row.risk_bp,        row.inventory_bp,
          row.demand_bp,           row.capacity_cents, row.currency};
}

Verdict RouteFold::overridden(const RouteOverride& e, Step& step) {
  std::optional<Action> action;
  if (e.action) {
    action = enum_of<Action>(*e.action);
    if (!action || (*action != Action::hold && *action != Action::skip) || e.sequence)
      return Verdict::dead("bad_field:action");
  } else if (!e.sequence) {
    return Verdict::dead("missing_field:sequence");
  }
  std::string_view code;
  const std::string key = under(zone_key(step.tenant, e.zone), e.lead_id);
  if (e.approver == e.actor) code = "self_approval";
  else if (e.sequence && !is_sequence_name(*e.sequence)) code = "illegal_sequence";
  else if (!leads_.contains(key)) code = "unknown_lead";
  if (!code.empty()) {
    ledger().reject(step, e.request_id, code);
    return Verdict::handled();
  }
  Lead lead = lead_at(key);
  decide_lead(lead, {&e}, step);
  reindex(lead);
  return Verdict::handled();
}

void RouteFold::decide_lead(Lead& lead, const Asked& asked, Step& step) {
  LeadRow& row = lead.row;
  const RoutePolicy& rules = policy().of<RoutePolicy>(lead.tenant);
  Situation s;
  s.lead = {lead.phase(), row.routed, row.last.score_bp, row.last.probability_bp, row.last.engagement_bp,
            row.last.timeline_months, row.last.signals,
            {row.last.deal_value_cents, row.last.currency ? std::string_view(*row.last.currency) : std::string_view()},
            has_campaign(row.last, rules), row.cap_approved_cents, row.routing_approved};
  ZoneFacts zone;
  if (const ZoneRow* known = zones_.find(lead.zone_key); known && known->defined) {
    zone = facts_of(*known);
    s.zone = &zone;
  }
  std::vector<ShieldReading> shields;  // most records of routed leads end at the gate and need none
  if (const Gate at = gate(s.lead.phase, s.lead.routed);
      asked.request || at == Gate::pass || at == Gate::review_required)
    shields = shield_readings(lead.tenant, lead.zone_key);
  s.shields = shields;
  s.shield_skip = asked.shield_skip;
  if (asked.request) {
    s.override_facts.emplace();
    if (asked.request->sequence) s.override_facts->sequence = *asked.request->sequence;
    if (asked.request->action) s.override_facts->action = enum_of<Action>(*asked.request->action);
  }

  Decision d = decide(s, rules);
  if (d.approval_used) row.routing_approved = false;
  if (is_repeated(row, d)) return;
  std::vector<Candidate> loads;
  if (d.action == Action::route) loads = give_owner(lead, d);
  const RouteDecided decided = explained(lead, s, d, asked, loads, step);
  emit_decision(lead, decided, asked, step);
  row.decision_id = decided.decision_id;
  row.decided = d.action;
  row.decided_reason = d.reasons.empty() ? std::nullopt : std::optional(d.reasons.front());
  carry_out(lead, d, decided, asked, step);
}

bool RouteFold::is_repeated(const LeadRow& row, const Decision& d) const {
  if (d.action == Action::route || row.decided != d.action || row.decided_reason != d.reasons.front()) return false;
  return d.action != Action::hold || open_item_of(row, d.reasons.front());
}

std::vector<Candidate> RouteFold::give_owner(Lead& lead, Decision& d) {
  std::vector<Candidate> loads;
  const bool any = has_owners_.contains(lead.tenant);
  if (any) loads = candidates(lead.tenant, lead.zone_key);
  if (lead.row.owner_id.empty())
    if (const Candidate* owner = choose_owner(loads)) lead.row.owner_id = owner->owner_id;
  assign_owner(d, lead.row.owner_id, any);
  return loads;
}

RouteDecided RouteFold::explained(const Lead& lead, const Situation& s, const Decision& d, const Asked& asked,
                                  const std::vector<Candidate>& loads, const Step& step) {
  const LeadScored& last = lead.row.last;
  const RoutePolicy& rules = policy().of<RoutePolicy>(lead.tenant);
  RouteDecided e;
  e.decision_id = hid("dec_", 12, {lead.tenant, lead.lead_id, step.cause_id});
  e.lead_id = lead.lead_id;
  e.zone = lead.zone;
  e.tenant = lead.tenant;
  e.category = d.last == Check::cap_hard || d.last == Check::cap_held ? "deal_approval" : "lead_assignment";
  e.action = name_of(d.action);
  e.policy_sha256 = policy().sha256();
  e.cause_id = step.cause_id;
  e.now_ms = step.now_ms;
  e.campaign_id = last.campaign_id && !last.campaign_id->empty() ? last.campaign_id : std::nullopt;
  if (!e.campaign_id && !rules.default_campaign.empty()) e.campaign_id = rules.default_campaign;
  for (const Reason each : d.reasons) e.reasons.emplace_back(name_of(each));
  e.confidence_bp = last.confidence_bp;
  e.model = last.model;
  if (!lead.row.owner_id.empty()) e.owner_id = lead.row.owner_id;
  if (asked.request) e.override_ = Override{asked.request->request_id, asked.request->approver};
  if (d.action == Action::route) {
    e.sequence = d.sequence;
    e.sequence_start_ms = step.now_ms;
    e.priority = name_of(d.priority);
    e.cone_bp = d.cone_bp;
    e.effective_bp = d.choice.effective_bp;
    e.boosted = d.choice.boosted;
    const auto top = cone_top(lead.zone_key, rules.cone_top_n);
    if (const auto at = std::find(top.begin(), top.end(), lead.lead_id); at != top.end())
      e.cone_rank = at - top.begin() + 1;
  }
  e.rules = rule_rows(s, d, rules, loads);
  e.alternatives = alternatives(d, rules);

  DecisionInputs& in = e.inputs;
  in.score_bp = last.score_bp;
  in.deal_value_cents = last.deal_value_cents;
  in.currency = last.currency;
  in.dims = last.dims;
  in.signals = last.signals;
  in.status = last.status;
  for (const ShieldReading& each : s.shields) in.shields[each.name] = each.value_bp;
  if (const ZoneRow* zone = zones_.find(lead.zone_key); zone && zone->defined)
    in.zone.text = to_json(ZoneCopy{zone->average_price_cents, zone->risk_bp, zone->inventory_bp, zone->demand_bp,
                                    zone->capacity_cents, zone->exposed_cents, zone->currency});
  for (const Candidate& each : loads) {
    if (in.owners.size() == kLoadsShown) break;
    in.owners.push_back({each.owner_id, each.open, each.capacity});
  }
  return e;
}

void RouteFold::emit_decision(Lead& lead, const RouteDecided& decided, const Asked& asked, Step& step) {
  const std::string lead_key = lead.tenant + "/" + lead.lead_id;
  step.emit({.topic = topics::routing_decisions, .key = lead_key}, decided);
  ledger().append(step, "decision", asked.request ? std::string_view(asked.request->actor) : std::string_view(),
                  lead.lead_id, to_json(decided));
}

void RouteFold::carry_out(Lead& lead, const Decision& d, const RouteDecided& decided, const Asked& asked, Step& step) {
  LeadRow& row = lead.row;
  switch (d.action) {
    case Action::skip: return;
    case Action::hold:
      if (!open_item_of(row, d.reasons.front()))
        open_item(lead, *d.review, d.reasons.front(), asked.request ? asked.request->actor : "", step);
      return;
    case Action::block: {
      AlertContext context{.subject = lead.lead_id, .lead_id = lead.lead_id, .zone = lead.zone};
      context.cap_cents = d.cap.cap_cents;
      context.value_cents = row.last.deal_value_cents;
      return alert(name_of(Reason::deal_cap_hard), "error", context, step);
    }
    case Action::route: break;
  }
  const std::string lead_key = lead.tenant + "/" + lead.lead_id;
  if (lead.phase() == Phase::review)  // only an override comes here from MANUAL_REVIEW
    step.emit({.topic = topics::leads_harvested, .key = lead_key},
              ReviewDecided{lead.lead_id, "approved", asked.request->actor});
  step.emit({.topic = topics::leads_harvested, .key = lead_key},
            LeadRouted{lead.lead_id, d.sequence, decided.decision_id, decided.owner_id});
  move_items(lead, step);
  row.routed = true;
  count_exposure(lead);
  count_owner(lead);
  refresh_shields(lead.zone, lead.zone_key, step);
}

void RouteFold::watch_cap(Lead& lead, Reason reason, Step& step) {
  LeadRow& row = lead.row;
  if (lead.phase() != Phase::routed || row.last.deal_value_cents.value_or(0) <= 0) return;
  const ZoneRow* known = zones_.find(lead.zone_key);
  if (!known || !known->defined) return;
  const ZoneFacts zone = facts_of(*known);
  const std::int64_t value = *row.last.deal_value_cents;
  const CapCheck check = check_cap(
      &zone, {value, row.last.currency ? std::string_view(*row.last.currency) : std::string_view()},
      policy().of<RoutePolicy>(lead.tenant));
  if (!asks_again(check, lead.phase(), value, row.cap_approved_cents, row.cap_asked_cents)) return;
  row.cap_asked_cents = value;
  open_item(lead, ReviewType::cap, reason, "", step);
  AlertContext context{.subject = lead.lead_id, .lead_id = lead.lead_id, .zone = lead.zone};
  context.cap_cents = check.cap_cents;
  context.value_cents = value;
  alert(name_of(reason), check.verdict == CapVerdict::hard ? "error" : "warning", context, step);
}

std::vector<std::string> RouteFold::cone_top(std::string_view at_zone, std::int64_t n) {
  std::vector<std::string> top;
  if (n <= 0) return top;
  cone_.scan(std::string(at_zone) + "/", "", [&](std::string_view key, const Mark&) {
    top.emplace_back(lead_of_cone_key(last_part(key)));
    return top.size() < static_cast<std::size_t>(n);
  });
  return top;
}

}  // namespace millrace::route
