// The review queue: items are opened by decisions and cap watches, and closed by answers, time or their lead.
#include <algorithm>

#include "core/hash.h"
#include "topology/route/route_fold.h"

namespace millrace::route {

std::string shield_item_key(std::string_view zone_key, TimeMs opened_ms, std::string_view review_id) {
  std::string digits = std::to_string(opened_ms);
  if (digits.size() < 16) digits.insert(0, 16 - digits.size(), '0');
  return under(under(zone_key, digits), review_id);
}

void RouteFold::open_item(Lead& lead, ReviewType type, Reason reason, std::string_view proposer, Step& step) {
  const std::string id = hid("rv_", 12, {lead.tenant, lead.lead_id, step.cause_id, name_of(reason)});
  const std::string key = under(lead.zone_key, id);
  ReviewRow& item = reviews_.edit(key);
  item = {};
  item.review_id = id;
  item.lead_id = lead.lead_id;
  item.zone = lead.zone;
  item.proposer = proposer;
  item.decision_id = lead.row.decision_id;
  item.type = type;
  item.reason = reason;
  item.value_cents = lead.row.last.deal_value_cents;
  item.currency = lead.row.last.currency;
  item.opened_ms = step.now_ms;
  item.due_ms = step.now_ms + policy().of<RoutePolicy>(lead.tenant).review_ttl_ms;
  step.set_timer(item.due_ms, std::string(kReviewTimer), key);
  lead.row.open_items.push_back({reason, id, type});
  if (type == ReviewType::shield)
    shield_items_.edit(shield_item_key(lead.zone_key, item.opened_ms, id)).lead_id = lead.lead_id;
  ledger().append(step, "approval", proposer, lead.lead_id, to_json(item));
}

void RouteFold::close_item(std::string_view key, ReviewState state, std::string_view actor, Step& step) {
  ReviewRow& item = reviews_.edit(key);
  item.state = state;
  item.actor = actor;
  if (state != ReviewState::expired) step.cancel_timer(item.due_ms, kReviewTimer, key);
  // Kept for a while, so that a second answer is not_open rather than unknown_review.
  step.set_timer(step.now_ms + policy().of<RoutePolicy>(tenant_of(key)).review_ttl_ms, std::string(kDropReviewTimer),
                 std::string(key));
  if (item.type == ReviewType::shield)
    shield_items_.erase(shield_item_key(zone_part(key), item.opened_ms, item.review_id));
  if (LeadRow* lead = leads_.edit_if(under(zone_part(key), item.lead_id)))
    std::erase_if(lead->open_items, [&](const OpenItem& each) { return each.review_id == item.review_id; });
  ledger().append(step, "approval", actor, item.lead_id, to_json(item));
}

void RouteFold::move_items(Lead& lead, Step& step) {
  const std::vector<OpenItem> items = lead.row.open_items;
  for (const OpenItem& each : items) close_item(under(lead.zone_key, each.review_id), ReviewState::moved, "", step);
}

Verdict RouteFold::answered(const Approval& e, ReviewOp op, Step& step) {
  if (!e.zone) return Verdict::dead("missing_field:zone");
  const std::string at_zone = zone_key(step.tenant, *e.zone);
  const std::string key = under(at_zone, e.review_id);
  const ReviewRow* found = reviews_.find(key);
  if (!found) {
    ledger().reject(step, e.request_id, "unknown_review");
    return Verdict::handled();
  }
  const ReviewRow item = *found;
  const std::string lead_key = under(at_zone, item.lead_id);
  const LeadRow* row = leads_.find(lead_key);
  INVARIANT("RT-3", row || item.state != ReviewState::open, "an open review item has no lead");
  Phase phase = row ? phase_of(row->last.status).value_or(Phase::pending) : Phase::terminal;
  if (phase == Phase::qualified && row->routed) phase = Phase::routed;
  const Answer reply = answer({item.type, item.state, item.due_ms, item.proposer}, op, e.actor, step.now_ms, phase);
  if (reply.code != "ok") {
    ledger().reject(step, e.request_id, reply.code);
    return Verdict::handled();
  }
  close_item(key, reply.state, e.actor, step);
  Lead lead = lead_at(lead_key);
  apply_answer(lead, item, reply.effect, e, step);
  reindex(lead);
  return Verdict::handled();
}

void RouteFold::apply_answer(Lead& lead, const ReviewRow& item, ReviewEffect effect, const Approval& e, Step& step) {
  LeadRow& row = lead.row;
  const std::string lead_key = lead.tenant + "/" + lead.lead_id;
  switch (effect) {
    case ReviewEffect::none: return;
    case ReviewEffect::review_approved:
      row.routing_approved = true;
      step.emit({.topic = topics::leads_harvested, .key = lead_key}, ReviewDecided{lead.lead_id, "approved", e.actor});
      return;
    case ReviewEffect::review_rejected:
      step.emit({.topic = topics::leads_harvested, .key = lead_key}, ReviewDecided{lead.lead_id, "rejected", e.actor});
      return;
    case ReviewEffect::cap_rejected: {
      AlertContext context{.subject = lead.lead_id, .lead_id = lead.lead_id, .review_id = item.review_id,
                           .zone = lead.zone};
      context.value_cents = item.value_cents;
      return alert(name_of(effect), "error", context, step);
    }
    case ReviewEffect::cap_approved:
    case ReviewEffect::decide_again: break;
  }
  if (item.type == ReviewType::routing) row.routing_approved = true;
  if (item.type == ReviewType::cap) row.cap_approved_cents = std::max(row.cap_approved_cents, item.value_cents.value_or(0));
  if (effect == ReviewEffect::decide_again) decide_lead(lead, {nullptr, item.type == ReviewType::shield}, step);
}

void RouteFold::expire_item(std::string_view key, Step& step) {
  const ReviewRow* found = reviews_.find(key);
  if (!found || found->state != ReviewState::open) return;
  const ReviewRow item = *found;
  close_item(key, ReviewState::expired, "", step);
  AlertContext context{.subject = item.lead_id, .lead_id = item.lead_id, .review_id = item.review_id,
                       .zone = item.zone};
  alert("review_expired", "warning", context, step);
  Lead lead = lead_at(under(zone_part(key), item.lead_id));
  reindex(lead);
}

}  // namespace millrace::route
