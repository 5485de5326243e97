// The deals of a lead, as the CRM tells of them.
#include "topology/score/score_fold.h"

namespace millrace::score {

std::string ScoreFold::deal_key(const std::string& lead_key, const std::string& deal_id) {
  return lead_key + "/" + deal_id;
}

std::vector<Deal> ScoreFold::deals_of(const std::string& lead_key) {
  std::vector<Deal> deals;
  const std::string prefix = lead_key + "/";
  deals_.scan(prefix, "", [&](std::string_view key, const DealRow& row) {
    deals.push_back({std::string(key.substr(prefix.size())), row.stage, row.entered_ms, row.event_ms, row.amount_cents,
                     row.currency.empty() ? std::nullopt : std::optional(row.currency)});
    return true;
  });
  return deals;
}

void ScoreFold::take_deals(Turn& turn, const std::vector<Deal>& deals) {
  const Settings& s = settings(turn.step);
  DealState state;
  state.known = static_cast<std::int64_t>(deals.size());
  state.progressed = is_progressed(deals, {s.table, s.groups});
  if (const Deal* open = latest_open(deals, s.table)) {
    state.stage = open->stage;
    state.entered_ms = open->entered_ms;
    state.amount_cents = open->amount_cents;
    if (open->amount_cents) state.currency = open->currency.value_or("");
  }
  turn.row.deals = std::move(state);
}

Verdict ScoreFold::stage_changed(const StageChanged& e, Step& step) {
  if (e.stage_to.empty()) return Verdict::dead("missing_field:stage_to");
  Turn turn = turn_of(step, e.lead_id);
  if (is_gone(turn.row)) return Verdict::handled();
  const TimeMs at_ms = e.occurred_ms.value_or(step.event_ms);
  DealRow& deal = deals_.edit(deal_key(turn.key, e.deal_id));
  if (!deal.stage.empty() && at_ms < deal.event_ms) return Verdict::handled();  // SC-3
  if (deal.stage != e.stage_to) deal.entered_ms = at_ms;
  deal.stage = e.stage_to;
  deal.event_ms = at_ms;
  if (e.amount_cents) {
    deal.amount_cents = e.amount_cents;
    deal.currency = e.currency;
  }
  const auto deals = deals_of(turn.key);
  take_deals(turn, deals);
  if (const auto trigger = deal_trigger(deals, e.deal_id, settings(step).table)) take(turn, *trigger);
  finish(turn);
  return Verdict::handled();
}

Verdict ScoreFold::deal_updated(const DealUpdated& e, Step& step) {
  Turn turn = turn_of(step, e.lead_id);
  if (is_gone(turn.row)) return Verdict::handled();
  DealRow& deal = deals_.edit(deal_key(turn.key, e.deal_id));
  if (e.amount_cents) deal.amount_cents = e.amount_cents;
  deal.currency = e.currency;
  take_deals(turn, deals_of(turn.key));
  finish(turn);
  return Verdict::handled();
}

}  // namespace millrace::score
