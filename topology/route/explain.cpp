#include "topology/route/explain.h"

#include <algorithm>

#include "core/arith.h"

namespace millrace::route {

namespace {

using Number = std::optional<std::int64_t>;

RuleRow row(std::string rule, std::string_view outcome, std::string_view key = {}, Number threshold = std::nullopt,
            Number value = std::nullopt) {
  RuleRow made{std::move(rule), std::string(outcome), std::nullopt, threshold, value};
  if (!key.empty()) made.key = key;
  return made;
}

RuleRow gate_row(const Situation& s) {
  const Gate at = gate(s.lead.phase, s.lead.routed);
  return row("route.gate", name_of(at == Gate::review_required ? Gate::pass : at));
}

RuleRow review_row(const Situation& s) {
  if (s.lead.phase != Phase::review) return row("route.review_required", "pass");
  return row("route.review_required", s.override_facts ? "skipped" : "review_required");
}

RuleRow shield_row(const Situation& s) {
  const ShieldReading* shield = worst(s.shields);
  if (!shield) return row("route.shield", name_of(ShieldState::safe));
  const std::int64_t limit =
      shield->state == ShieldState::critical ? shield->limits.critical_bp : shield->limits.warning_bp;
  return row("route.shield", s.shield_skip ? "skipped" : name_of(shield->state), shield->name, limit, shield->value_bp);
}

RuleRow hard_cap_row(const Situation& s, const Decision& d, const RoutePolicy& policy) {
  Number limit;
  if (d.cap.cap_cents) limit = static_cast<std::int64_t>(Int128{*d.cap.cap_cents} * policy.cap_hard_bp / 10000);
  const bool hard = d.cap.verdict == CapVerdict::hard;
  return row("route.cap_check", hard ? name_of(CapVerdict::hard) : "pass", "route.cap.hard_bp", limit,
             s.lead.deal.value_cents);
}

RuleRow held_cap_row(const Situation& s, const Decision& d) {
  const bool approved = is_held(d.cap.verdict) && d.last > Check::cap_held;
  return row("route.cap_check", approved ? "approved" : name_of(d.cap.verdict), "route.cap.method", d.cap.cap_cents,
             s.lead.deal.value_cents);
}

RuleRow automatic_row(const Situation& s, const Decision& d, const RoutePolicy& policy) {
  const std::string_view outcome = s.override_facts            ? "skipped"
                                   : policy.auto_route         ? "pass"
                                   : d.last > Check::automatic ? "approved"
                                                               : name_of(Reason::auto_off);
  return row("route.auto", outcome, "route.auto", 1, policy.auto_route ? 1 : 0);
}

std::string tier_key(Tier tier) {
  std::string key = "score.tier.";
  for (const char c : name_of(tier)) key.push_back(static_cast<char>(c - 'A' + 'a'));
  return key;
}

void route_rows(std::vector<RuleRow>& rows, const Decision& d, const RoutePolicy& policy,
                const std::vector<Candidate>& candidates) {
  rows.push_back(row("route.sequence", d.sequence, tier_key(d.choice.tier), tier_floor(d.choice.tier, policy),
                     d.choice.effective_bp));
  rows.push_back(row("route.cone", name_of(d.priority), {}, std::nullopt, d.cone_bp));
  const auto owner = std::find_if(candidates.begin(), candidates.end(),
                                  [&](const Candidate& each) { return each.owner_id == d.owner_id; });
  const std::string_view none = !d.reasons.empty() && d.reasons.back() == Reason::no_owner ? "no_owner" : "none";
  if (owner == candidates.end()) rows.push_back(row("route.owner", d.owner_id.empty() ? none : "kept"));
  else rows.push_back(row("route.owner", "assigned", owner->owner_id, owner->capacity, owner->open));
}

}  // namespace

std::vector<RuleRow> rule_rows(const Situation& s, const Decision& d, const RoutePolicy& policy,
                               const std::vector<Candidate>& candidates) {
  if (s.override_facts && s.override_facts->action) return {row("route.override", name_of(d.action))};
  std::vector<RuleRow> rows{gate_row(s)};
  if (d.last >= Check::review) rows.push_back(review_row(s));
  if (d.last >= Check::shield) rows.push_back(shield_row(s));
  if (d.last >= Check::cap_hard) rows.push_back(hard_cap_row(s, d, policy));
  if (d.last >= Check::cap_held) rows.push_back(held_cap_row(s, d));
  if (d.last >= Check::automatic) rows.push_back(automatic_row(s, d, policy));
  if (d.last >= Check::campaign)
    rows.push_back(row("route.campaign", s.lead.has_campaign ? "pass" : name_of(Reason::no_campaign), "campaign.default"));
  if (d.last >= Check::sequence) route_rows(rows, d, policy, candidates);
  return rows;
}

std::vector<Alternative> alternatives(const Decision& d, const RoutePolicy& policy) {
  std::vector<Alternative> found;
  if (d.action != Action::route) return found;
  for (const Alternate& each : alternates(d.choice, policy))
    found.push_back({sequence_of(each.tier, policy), each.margin_bp});
  return found;
}

}  // namespace millrace::route
