#include "topology/route/decide.h"

#include <algorithm>

#include "topology/route/cone.h"

namespace millrace::route {

namespace {

Decision& stop(Decision& d, Action action, Reason reason, std::optional<ReviewType> review = std::nullopt) {
  d.action = action;
  d.reasons.assign(1, reason);
  d.review = review;
  return d;
}

Reason reason_of(CapVerdict verdict) {
  switch (verdict) {
    case CapVerdict::unknown_zone: return Reason::unknown_zone;
    case CapVerdict::currency_mismatch: return Reason::currency_mismatch;
    case CapVerdict::hard: return Reason::deal_cap_hard;
    default: return Reason::deal_cap_exceeded;
  }
}

// Check 8: how the lead is worked.
void choose(Decision& d, const Situation& s, const RoutePolicy& policy) {
  const LeadFacts& lead = s.lead;
  d.action = Action::route;
  d.choice = choose_sequence(lead.score_bp, lead.signals, policy);
  d.sequence = s.override_facts ? std::string(s.override_facts->sequence) : sequence_of(d.choice.tier, policy);
  d.cone_bp = cone_bp(cone_inputs(lead.deal.value_cents, lead.probability_bp, lead.timeline_months, lead.engagement_bp,
                                  policy.cone_deal_ref_cents));
  d.priority = cone_label(d.cone_bp);
  if (std::any_of(s.shields.begin(), s.shields.end(),
                  [](const ShieldReading& each) { return each.state == ShieldState::warning; })) {
    d.priority = Priority::low;
    d.reasons.push_back(Reason::shield_warning);
  }
  if (d.choice.boosted) d.reasons.push_back(Reason::intent_boost);
  if (!lead.score_bp) {
    d.priority = Priority::low;
    d.reasons.push_back(Reason::not_scored);
  }
}

}  // namespace

Decision decide(const Situation& s, const RoutePolicy& policy) {
  Decision d;
  const bool overridden = s.override_facts.has_value();
  if (overridden && s.override_facts->action) {
    const bool hold = *s.override_facts->action == Action::hold;
    return stop(d, *s.override_facts->action, Reason::override_action,
                hold ? std::optional(ReviewType::routing) : std::nullopt);
  }
  switch (gate(s.lead.phase, s.lead.routed)) {
    case Gate::already_routed: return stop(d, Action::skip, Reason::already_routed);
    case Gate::rejected_lead: return stop(d, Action::skip, Reason::rejected_lead);
    case Gate::qualification_pending: return stop(d, Action::skip, Reason::qualification_pending);
    case Gate::review_required:
      d.last = Check::review;
      if (!overridden) return stop(d, Action::hold, Reason::review_required, ReviewType::routing);
      break;
    case Gate::pass: break;
  }
  d.last = Check::shield;
  const ShieldReading* shield = worst(s.shields);
  if (!s.shield_skip && shield && shield->state == ShieldState::critical)
    return stop(d, Action::hold, Reason::shield_critical, ReviewType::shield);

  d.last = Check::cap_hard;
  d.cap = check_cap(s.zone, s.lead.deal, policy);
  if (d.cap.verdict == CapVerdict::hard) return stop(d, Action::block, Reason::deal_cap_hard);
  d.last = Check::cap_held;
  if (is_held(d.cap.verdict) && *s.lead.deal.value_cents > s.lead.cap_approved_cents)
    return stop(d, Action::hold, reason_of(d.cap.verdict), ReviewType::cap);

  d.last = Check::automatic;
  d.approval_used = true;
  if (!policy.auto_route && !s.lead.routing_approved && !overridden)
    return stop(d, Action::hold, Reason::auto_off, ReviewType::routing);

  d.last = Check::campaign;
  if (!s.lead.has_campaign) return stop(d, Action::hold, Reason::no_campaign, ReviewType::routing);

  d.last = Check::sequence;
  choose(d, s, policy);
  return d;
}

void assign_owner(Decision& d, std::string_view owner_id, bool any_owner) {
  d.owner_id = owner_id;
  if (owner_id.empty() && any_owner) d.reasons.push_back(Reason::no_owner);
}

}  // namespace millrace::route
