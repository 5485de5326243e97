// How a lead ends in another one, and how it is forgotten (spec/score.md section 9).
#include <algorithm>

#include "topology/score/score_fold.h"
#include "topology/topics.h"

namespace millrace::score {

namespace {

constexpr std::size_t kDealsHandedOver = 100;

}  // namespace

Verdict ScoreFold::merged(const LeadMerged& e, Step& step) {
  const std::string lead_id(parts_of(step.raw_key).lead_id);
  const bool survives = lead_id == e.survivor;
  if (!survives && std::find(e.absorbed.begin(), e.absorbed.end(), lead_id) == e.absorbed.end())
    return Verdict::dead("bad_field:absorbed", "the record's key is neither the survivor nor absorbed");
  Turn turn = turn_of(step, lead_id);
  LeadRow& row = turn.row;
  const std::string zone = row.published.zone;
  if (!survives && row.status != Status::MERGED && row.status != Status::ERASED) {
    const LeadHandoff handoff = handoff_of(turn);
    take(turn, Trigger::merged);
    publish(turn);
    step.emit({.topic = topics::leads_harvested, .key = step.tenant + "/" + e.survivor}, handoff);
    forget(turn);
    row.status = Status::MERGED;
    row.status_reason = "merged";
    row.survivor = e.survivor;
    row.published.zone = zone;
    row.published.any = !zone.empty();
  }
  if (!zone.empty()) step.emit({.topic = topics::leads_scored, .key = step.tenant + "/" + zone}, e);
  return Verdict::handled();
}

LeadHandoff ScoreFold::handoff_of(const Turn& turn) {
  const LeadRow& row = turn.row;
  LeadHandoff h;
  h.lead_id = turn.lead_id;
  h.status = name_of(row.status);
  if (!row.status_reason.empty()) h.status_reason = row.status_reason;
  h.tags = row.facts.tags;
  h.attempts = row.attempts;
  h.last_contacted_ms = row.last_contacted_ms;
  if (const EngagementLog* log = engagement_.find(turn.key)) {
    for (const EngagementEvent& e : log->events)
      h.events.push_back({std::string(name_of(e.kind)), e.message_id, e.url,
                          e.kind == EngagementKind::replied ? std::string(name_of(e.class_)) : "", e.at_ms});
    if (log->opted_out) h.events.push_back({std::string(name_of(EngagementKind::unsubscribed)), "", "", "", 0});
  }
  if (row.deals.known) {
    auto deals = deals_of(turn.key);
    std::stable_sort(deals.begin(), deals.end(), [](const Deal& a, const Deal& b) { return a.event_ms > b.event_ms; });
    if (deals.size() > kDealsHandedOver) deals.resize(kDealsHandedOver);
    for (Deal& d : deals)
      h.deals.push_back({std::move(d.deal_id), std::move(d.stage), d.amount_cents, std::move(d.currency), d.entered_ms, d.event_ms});
  }
  return h;
}

Verdict ScoreFold::handed_off(const LeadHandoff& e, Step& step) {
  const auto status = enum_of<Status>(e.status);
  if (!status) return Verdict::dead("bad_field:status");
  Turn turn = turn_of(step, std::string(parts_of(step.raw_key).lead_id));
  LeadRow& row = turn.row;
  if (row.status == Status::MERGED) {  // absorbed in the meantime: it goes on to where the lead went
    step.emit({.topic = topics::leads_harvested, .key = step.tenant + "/" + row.survivor}, e);
    return Verdict::handled();
  }
  if (row.status == Status::ERASED) return Verdict::handled();

  const EngagementRules rules = settings(step).policy.engagement();
  for (const HandoffEvent& each : e.events) {
    const auto kind = enum_of<EngagementKind>(each.kind);
    if (!kind) continue;
    EngagementEvent event;
    event.kind = *kind;
    event.at_ms = each.at_ms;
    event.message_id = each.message_id;
    event.url = each.url;
    event.class_ = enum_of<ReplyClass>(each.class_).value_or(ReplyClass::neutral);
    turn.engagement_changed |= engagement_.edit(turn.key).add(std::move(event), rules);
  }
  for (const HandoffDeal& each : e.deals) {
    DealRow& deal = deals_.edit(deal_key(turn.key, each.deal_id));
    if (!deal.stage.empty() && deal.event_ms >= each.event_ms) continue;
    deal = {each.amount_cents, each.currency.value_or(""), each.entered_ms, each.event_ms, each.stage};
  }
  if (!e.deals.empty()) take_deals(turn, deals_of(turn.key));
  for (const std::string& tag : e.tags)
    if (std::find(row.facts.tags.begin(), row.facts.tags.end(), tag) == row.facts.tags.end()) row.facts.tags.push_back(tag);
  row.attempts += e.attempts.value_or(0);
  row.contacted = row.contacted || e.attempts.value_or(0) > 0;
  if (e.last_contacted_ms) row.last_contacted_ms = std::max(row.last_contacted_ms.value_or(INT64_MIN), *e.last_contacted_ms);

  if (const Status to = merged_status(row.status, *status); to != row.status)
    move_to(turn, to, e.status_reason.value_or(std::string(name_of(Trigger::merged))), name_of(Trigger::merged));
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::erased(const LeadErased& e, Step& step) {
  std::string lead_id(parts_of(step.raw_key).lead_id);
  if (lead_id.empty()) lead_id = e.lead_id;
  Turn turn = turn_of(step, lead_id);
  const std::string zone = turn.row.published.zone;
  take(turn, Trigger::erased);
  forget(turn);
  turn.row.status = Status::ERASED;
  turn.row.status_reason = name_of(Trigger::erased);
  if (!zone.empty()) step.emit({.topic = topics::leads_scored, .key = step.tenant + "/" + zone}, e);
  return Verdict::handled();
}

void ScoreFold::forget(Turn& turn) {
  LeadRow& row = turn.row;
  set_due(turn, row.due.engagement, kEngagementTimer, 0);
  set_due(turn, row.due.enrichment, kEnrichmentTimer, 0);
  set_due(turn, row.due.silent, kSilentTimer, 0);
  engagement_.erase(turn.key);
  if (row.deals.known)
    for (const Deal& deal : deals_of(turn.key)) deals_.erase(deal_key(turn.key, deal.deal_id));
  row = LeadRow{};
}

}  // namespace millrace::score
