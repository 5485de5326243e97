// Under a subject: the stage changes of its deals, what each is worth, and what that sets off.
#include <algorithm>

#include "topology/attribution/attribution_fold.h"
#include "topology/harvest/match_keys.h"

namespace millrace::attribution {

namespace {

bool is_open(const DealRow& deal, const SyntheticTable& table) {
  return !deal.stage.empty() && !table.is_won(deal.stage) && !table.is_lost(deal.stage);
}

// The subject_rev in the key of a held fact.
std::string_view rev_of(std::string_view held_key) { return held_key.substr(held_key.size() - 33, 16); }

}  // namespace

Deal AttributionFold::deal_at(const std::string& subject, std::string_view deal_id) {
  std::string key = deal_key(subject, deal_id);
  DealRow& row = deals_.edit(key);
  if (row.deal_id.empty()) {
    row.deal_id = deal_id;
    ++subjects_.edit(subject).deals;
  }
  return {subject, std::move(key), row};
}

Verdict AttributionFold::converted(const Conversion& e, Step& step) {
  const std::string subject(step.raw_key);
  const HeldRow fact{e, std::nullopt};
  if (!sent_after(subject, fact, step) && !is_held(subject, fact)) count_conversion(subject, e, step);
  return Verdict::handled();
}

Verdict AttributionFold::deal_updated(const AttributionDealUpdated& e, Step& step) {
  const std::string subject(step.raw_key);
  const HeldRow fact{std::nullopt, e};
  if (!sent_after(subject, fact, step) && !is_held(subject, fact)) count_update(subject, e, step);
  return Verdict::handled();
}

// A fact of a later subject_rev waits until the journey it belongs to has arrived; so do those behind it. What was said
// under an earlier subject_rev comes first, though it may arrive later, by way of the old subject.
bool AttributionFold::is_held(const std::string& subject, const HeldRow& fact) {
  const std::string key = deal_key(subject, fact.deal_id());
  const DealRow* deal = deals_.find(key);
  const SubjectRow* known = subjects_.find(subject);
  bool behind = false;
  if (known && known->held > 0) {
    const std::string rev = numbered(fact.subject_rev());
    for (const std::string& held : keys_under(held_, below(key, ""))) behind |= rev_of(held) <= rev;
  }
  if (!behind && fact.subject_rev() <= (deal ? deal->subject_rev : 0)) return false;
  hold(subject, fact);
  return true;
}

void AttributionFold::hold(const std::string& subject, const HeldRow& fact) {
  const std::string prefix = below(below(deal_key(subject, fact.deal_id()), numbered(fact.subject_rev())), "");
  std::int64_t next = 0;
  for (const std::string& held : keys_under(held_, prefix)) next = std::stoll(held.substr(prefix.size())) + 1;
  held_.edit(prefix + numbered(next)) = fact;
  ++subjects_.edit(subject).held;
}

void AttributionFold::release_held(const std::string& subject, std::string_view deal_id, Step& step) {
  const std::string prefix = below(deal_key(subject, deal_id), "");
  for (const std::string& key : keys_under(held_, prefix)) {
    const HeldRow fact = *held_.find(key);
    if (fact.subject_rev() > deal_at(subject, deal_id).row.subject_rev) return;
    held_.erase(key);
    --subjects_.edit(subject).held;
    if (fact.conversion) count_conversion(subject, *fact.conversion, step);
    else count_update(subject, *fact.update, step);
  }
}

void AttributionFold::count_update(const std::string& subject, const AttributionDealUpdated& e, Step& step) {
  const DealRow* known = deals_.find(deal_key(subject, e.deal_id));
  if (known && table(step).is_won(known->stage)) {
    Conversion change;
    change.deal_id = e.deal_id;
    change.event_id = e.event_id;
    change.event_ms = e.event_ms;
    change.stage_to = known->stage;
    change.subject_rev = e.subject_rev;
    change.amount_cents = e.amount_cents;
    change.currency = e.currency;
    change.lead_id = e.lead_id;
    return count_conversion(subject, change, step);
  }
  DealRow& row = deal_at(subject, e.deal_id).row;
  const bool other_currency = e.currency && *e.currency != table(step).currency;
  if (e.amount_cents && !other_currency) row.amount_cents = e.amount_cents;
}

void AttributionFold::count_conversion(const std::string& subject_key, const Conversion& e, Step& step) {
  Deal deal = deal_at(subject_key, e.deal_id);
  DealRow& row = deal.row;
  const std::string event_key = below(deal.key, e.event_id);
  if (seen_.contains(event_key)) return;  // AT-5
  seen_.edit(event_key).at_ms = step.now_ms;
  if (e.amount_cents) row.amount_cents = e.amount_cents;
  if (e.lead_id) row.lead_id = e.lead_id;

  const SyntheticTable& worth = table(step);
  const Increment made = increment_of(worth, {row.value_cents, row.cash_cents, row.last_event_ms},
                                      {e.event_ms, e.stage_to, row.amount_cents, e.currency ? std::string_view(*e.currency) : ""});
  if (!made.ignored.empty()) return;
  const bool was_open = is_open(row, worth), was_won = worth.is_won(row.stage);
  row.stage = e.stage_to;
  row.value_cents = made.worth.value_cents;
  row.cash_cents = made.worth.cash_cents;
  row.last_event_ms = e.event_ms;
  if (row.models.empty()) row.models = rules(step).models;

  drop_old_events(deal, step);
  CreditedEvent event;
  event.event_id = e.event_id;
  event.stage = e.stage_to;
  event.event_ms = e.event_ms;
  event.value_cents = made.value_cents;
  event.cash_cents = made.cash_cents;
  event.confidence_bp = made.worth.confidence_bp;
  event.credited_ms = step.now_ms;
  event.t_ms = e.ids_ms.value_or(e.event_ms);
  event.keys = harvest::match_keys(e.click_ids, e.fp, e.ipua, e.measure_consent.value_or(false));
  remember_keys(subject_key, event.keys, step);
  const CreditedEvent& added = events_.add(deal.key, row.events, std::move(event));
  std::vector<Model> at_once = models_of(row);
  std::erase(at_once, Model::matched);
  credit_event(deal, added, at_once, step);
  go_on_matching(deal, step);

  SubjectRow& subject = subjects_.edit(subject_key);
  subject.newest_event_ms = std::max(subject.newest_event_ms, e.event_ms);
  const bool open = is_open(row, worth);
  subject.open_deals += static_cast<int>(open) - static_cast<int>(was_open);
  if (worth.is_won(row.stage) && !was_won) close_journey(subject, e.event_ms, kConverted, step);
  if (!open && subject.close_waits && subject.open_deals == 0 && subject.close_timer_ms == 0) {
    subject.close_timer_ms = step.now_ms;
    step.set_timer(step.now_ms, std::string(kJourneyTimer), subject_key);
  }
}

// Events that can no longer be restated leave the deal; what they credited stands.
void AttributionFold::drop_old_events(Deal& deal, const Step& step) {
  const DurationMs late = rules(step).late_ms;
  EventNumbers& events = deal.row.events;
  while (events.first < events.waiting) {
    const CreditedEvent& oldest = events_.at(deal.key, events.first);
    if (step.now_ms - oldest.matched_ms <= late) return;
    credits_.erase(below(deal.key, oldest.event_id));
    events_.drop_first(deal.key, events);
  }
}

}  // namespace millrace::attribution
