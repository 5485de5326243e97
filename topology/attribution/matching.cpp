// Model matched of a deal: its events wait in order for the click that they belong to.
#include <algorithm>

#include "core/time.h"
#include "topology/attribution/attribution_fold.h"
#include "topology/attribution/match.h"

namespace millrace::attribution {

namespace {

constexpr Model kMatched[] = {Model::matched};

Matched match_of(const MatchResult& e) {
  Matched match;
  match.layer = e.layer;
  match.method = e.method;
  match.confidence_bp = e.confidence_bp;
  match.channel = e.channel.value_or("");
  match.click_id = e.click_id;
  match.clicked_ms = e.clicked_ms;
  match.window_ms = e.window_ms;
  match.ad_id = e.ad_id;
  match.campaign_id = e.campaign_id;
  match.ad_account = e.ad_account;
  return match;
}

// Only what a click may earn counts as a conversion that was matched or not.
bool is_counted(const CreditedEvent& event) { return event.value_cents > 0 || event.cash_cents > 0; }

}  // namespace

void AttributionFold::go_on_matching(Deal& deal, Step& step) {
  DealRow& row = deal.row;
  if (row.asking) return;
  const auto models = models_of(row);
  const bool matched = std::find(models.begin(), models.end(), Model::matched) != models.end();
  for (; row.events.waiting < row.events.next; ++row.events.waiting) {
    CreditedEvent& event = events_.edit(deal.key, row.events.waiting);
    const bool has_match = row.match && row.match->layer > 0;
    if (matched && !has_match && !event.asked && !event.keys.empty()) {
      MatchRequest request;
      request.subject = without_tenant(deal.subject);
      request.deal_id = row.deal_id;
      request.event_id = event.event_id;
      request.t_ms = event.t_ms;
      request.asked_ms = step.now_ms;
      request.lead_id = row.lead_id;
      request.key = event.keys.front();
      request.keys.assign(event.keys.begin() + 1, event.keys.end());
      event.asked = true;
      event.keys.clear();
      row.asking = true;
      step.emit({.topic = topics::attribution_touches, .key = step.tenant + "/" + request.key, .same_hop = true}, request);
      return;  // AT-3
    }
    event.keys.clear();
    event.matched_ms = step.now_ms;
    if (!matched) continue;
    credit_event(deal, event, kMatched, step);
    if (is_counted(event))
      step.emit({.topic = topics::attribution_touches, .key = agg_key(step.tenant)},
                MatchCounted{utc_date(step.now_ms), 1, has_match ? 1 : 0});
  }
}

Verdict AttributionFold::match_found(const MatchResult& e, Step& step) {
  if (forward(e, step)) return Verdict::handled();
  const std::string subject(step.raw_key);
  if (!deals_.contains(deal_key(subject, e.deal_id))) {
    // Asked by a lead that was erased since: the deal waits for it under its own name.
    const SubjectRow* asked = subjects_.find(subject);
    const std::string own = step.tenant + "/subj:deal:" + e.deal_id;
    if (asked && asked->erased && own != subject) step.emit({.topic = topics::attribution_touches, .key = own, .same_hop = true}, e);
    return Verdict::handled();
  }
  Deal deal = deal_at(subject, e.deal_id);
  DealRow& row = deal.row;
  if (row.coming) return Verdict::handled();  // its events are still on their way here, and what was asked stands elsewhere
  const bool waits = row.events.waiting < row.events.next && events_.at(deal.key, row.events.waiting).event_id == e.event_id;
  if (row.asking && waits) {
    row.asking = false;
    row.match = match_of(e);
    go_on_matching(deal, step);
  } else if (e.late.value_or(false)) {
    take_late_match(deal, e, step);
  }
  return Verdict::handled();
}

void AttributionFold::take_late_match(Deal& deal, const MatchResult& e, Step& step) {
  DealRow& row = deal.row;
  const DurationMs late_ms = rules(step).late_ms;
  const std::int64_t asked = events_.find(deal.key, row.events, [&](const CreditedEvent& each) { return each.event_id == e.event_id; });
  if (asked >= row.events.waiting) return;  // dropped with its event: too late
  const TimeMs credited_ms = events_.at(deal.key, asked).matched_ms;
  const MatchAt current{row.match ? row.match->layer : 0, row.match ? row.match->clicked_ms.value_or(0) : 0};
  if (late_action(current, {e.layer, e.clicked_ms.value_or(0)}, credited_ms, step.now_ms, late_ms) !=
      LateAction::restate)
    return;
  row.match = match_of(e);
  const std::int64_t from = events_.find(deal.key, row.events, [&](const CreditedEvent& each) {
    return each.matched_ms >= 0 && step.now_ms - each.matched_ms <= late_ms;
  });
  restate(deal, from, kMatched, step);
}

}  // namespace millrace::attribution
