// Crediting an event under a model, and doing it again when facts change.
#include <algorithm>

#include "core/time.h"
#include "topology/attribution/attribution_fold.h"
#include "topology/attribution/match.h"
#include "topology/attribution/revenue.h"
#include "topology/attribution/standing.h"
#include "topology/events/attribution_credits.h"

namespace millrace::attribution {

namespace {

Part nobody(std::string_view ref, std::int64_t confidence_bp) {
  Part part;
  part.ref = ref;
  part.channel = ref;
  part.confidence_bp = confidence_bp;
  return part;
}

Part matched_part(const std::optional<Matched>& match, std::int64_t confidence_bp) {
  if (!match || match->layer == 0 || !match->click_id) {
    Part part = nobody(kUnattributedRef, 0);
    part.layer = 0;
    part.method = "unattributed";
    return part;
  }
  Part part;
  part.ref = *match->click_id;
  part.channel = match->channel;
  part.ts_ms = match->clicked_ms.value_or(0);
  part.confidence_bp = std::min(confidence_bp, match->confidence_bp);
  part.ad_id = match->ad_id;
  part.campaign_id = match->campaign_id;
  part.ad_account = match->ad_account;
  part.layer = match->layer;
  part.method = match->method;
  part.window_ms = match->window_ms;
  return part;
}

// Of the match that earned a part: it may be another than the deal's present one.
std::int64_t match_confidence(const Part& part, const std::optional<Matched>& match, const AttributionPolicy& rule) {
  const std::int64_t layer = part.layer.value_or(0);
  if (match && match->layer == layer) return match->confidence_bp;
  for (const KeyKind kind : {KeyKind::click, KeyKind::fp, KeyKind::ipua})
    if (const Layer each = layer_of(kind, rule); each.layer == layer) return each.confidence_bp;
  return 0;
}

bool same_credit(const Part& a, const Part& b) { return a.amount_cents == b.amount_cents && a.cash_cents == b.cash_cents; }

}  // namespace

std::vector<Model> AttributionFold::models_of(const DealRow& deal) const {
  std::vector<Model> models;
  for (const std::string& name : deal.models)
    if (const auto model = enum_of<Model>(name)) models.push_back(*model);
  return models;
}

Parts AttributionFold::parts_of(const Deal& deal, const CreditedEvent& event, Model model,
                                const CreditsRow& standing, std::int64_t& shares_version, const Step& step) {
  Parts parts;
  const auto confidence = [&](const Part& part) {  // what is taken back counts as surely as its own event
    if (model != Model::matched) return event.confidence_bp;
    return std::min(event.confidence_bp, match_confidence(part, deal.row.match, rules(step)));
  };
  if (model == Model::matched) {
    Part part = matched_part(deal.row.match, event.confidence_bp);
    part.amount_cents = std::max<std::int64_t>(0, event.value_cents);
    part.cash_cents = std::max<std::int64_t>(0, event.cash_cents);
    if (part.amount_cents || part.cash_cents) parts.push_back(std::move(part));
    if (event.cash_cents < 0) take_back(parts, standing, model, event.cash_cents, &Amounts::cash_cents, confidence);
  } else if (event.value_cents > 0) {
    const AttributionPolicy& rule = rules(step);
    std::span<const JourneyTouch> touches;
    if (const SubjectRow* subject = subjects_.find(deal.subject))
      touches = credited_touches(subject->touches, event.event_ms, rule.lookback_ms);
    if (touches.empty()) {
      parts.push_back(nobody(kDirect, event.confidence_bp));
      parts.back().amount_cents = event.value_cents;
    } else {
      static const Shares none;
      const SharesRow* shares = model == Model::markov ? shares_.find(step.tenant + "/" + table(step).currency) : nullptr;
      if (shares) shares_version = shares->latest;
      const auto amounts = credit(model, touches, event.event_ms, event.value_cents, rule.half_life_ms,
                                  shares ? shares->share_bp : none);
      for (std::size_t i = 0; i < touches.size(); ++i) {
        if (amounts[i] == 0) continue;
        Part part;
        part.ref = touches[i].id;
        part.channel = touches[i].channel;
        part.ts_ms = touches[i].ts_ms;
        part.amount_cents = amounts[i];
        part.confidence_bp = event.confidence_bp;
        part.ad_id = touches[i].ad_id;
        part.campaign_id = touches[i].campaign_id;
        parts.push_back(std::move(part));
      }
    }
  }
  if (event.value_cents < 0) take_back(parts, standing, model, event.value_cents, &Amounts::amount_cents, confidence);
  return parts;
}

void AttributionFold::credit_event(Deal& deal, const CreditedEvent& event, std::span<const Model> models, Step& step) {
  CreditsRow& standing = standing_.edit(deal.key);
  CreditsRow* row = nullptr;
  for (const Model model : models) {
    (void)model_in(standing, model);  // it has credited, if nothing: journey.moved tells so
    std::int64_t shares_version = 0;
    const Parts made = parts_of(deal, event, model, standing, shares_version, step);
    std::vector<Change> changes;
    if (made.empty()) continue;
    for (const Part& each : made) changes.push_back({&each, false, 0, ""});
    emit_changes(deal, event, model, changes, shares_version, step);
    add(standing, model, made, 1);
    if (!row) row = &credits_.edit(below(deal.key, event.event_id));
    set_parts(*row, model, made, shares_version);
  }
  if (event.value_cents < 0 || event.cash_cents < 0) drop_zeros(standing);
}

void AttributionFold::restate(Deal& deal, std::int64_t from, std::span<const Model> models, Step& step) {
  const std::int64_t end = deal.row.events.next;
  CreditsRow& standing = standing_.edit(deal.key);
  for (const Model model : models) {
    const std::string name(name_of(model));
    (void)model_in(standing, model);
    std::vector<Parts> all_old(static_cast<std::size_t>(end - from));
    const auto old_of = [&](std::int64_t n) -> Parts& { return all_old[static_cast<std::size_t>(n - from)]; };
    for (std::int64_t n = from; n < end; ++n) {
      if (const CreditsRow* row = credits_.find(below(deal.key, events_.at(deal.key, n).event_id))) old_of(n) = parts_in(*row, model);
      add(standing, model, old_of(n), -1);
    }
    for (std::int64_t n = from; n < end; ++n) {
      const CreditedEvent& event = events_.at(deal.key, n);
      Parts& old = old_of(n);
      if (model == Model::matched && event.matched_ms < 0) continue;
      std::int64_t shares_version = 0;
      Parts made = parts_of(deal, event, model, standing, shares_version, step);
      const auto told = event.revs.find(name);
      const std::int64_t rev = (told == event.revs.end() ? 0 : told->second) + 1;
      std::vector<Change> changes;
      for (const Part& each : old) {
        const Part* now = part_at(made, each.ref, each.ts_ms);
        if (now && same_credit(*now, each)) continue;
        changes.push_back({&each, true, rev, credit_id(step.tenant, deal.row.deal_id, event.event_id, name, each.ref, each.rev)});
      }
      for (Part& each : made) {
        const Part* before = part_at(old, each.ref, each.ts_ms);
        each.rev = before && same_credit(*before, each) ? before->rev : rev;
        if (each.rev != rev) continue;
        changes.push_back({&each, false, rev,
                           before ? credit_id(step.tenant, deal.row.deal_id, event.event_id, name, each.ref, before->rev) : ""});
      }
      if (changes.empty()) {  // what was told stands
        add(standing, model, old, 1);
        continue;
      }
      events_.edit(deal.key, n).revs[name] = rev;
      emit_changes(deal, event, model, changes, shares_version, step);
      add(standing, model, made, 1);
      set_parts(credits_.edit(below(deal.key, event.event_id)), model, made, shares_version);
    }
  }
  drop_zeros(standing);
}

void AttributionFold::emit_changes(const Deal& deal, const CreditedEvent& event, Model model,
                                   std::span<const Change> changes, std::int64_t shares_version, Step& step) {
  const std::string credit_key = step.tenant + "/" + deal.row.deal_id;
  for (const Change& change : changes) {
    const Part& part = *change.part;
    const int sign = change.reversal ? -1 : 1;
    AttributionCredit e;
    e.model = name_of(model);
    e.credit_id = change.reversal ? change.restates + "-r"
                                  : credit_id(step.tenant, deal.row.deal_id, event.event_id, e.model, part.ref, change.rev);
    if (!change.restates.empty()) e.restates = change.restates;
    e.ref = part.ref;
    e.rev = change.rev;
    e.tenant = step.tenant;
    e.deal_id = deal.row.deal_id;
    e.event_id = event.event_id;
    e.stage_to = event.stage;
    e.lead_id = deal.row.lead_id;
    if (!is_nobody(part.ref)) (model == Model::matched ? e.click_id : e.touch_id) = part.ref;
    e.channel = part.channel;
    e.ad_id = part.ad_id;
    e.campaign_id = part.campaign_id;
    e.ad_account = part.ad_account;
    e.amount_cents = sign * part.amount_cents;
    e.cash_cents = sign * part.cash_cents;
    e.currency = table(step).currency;
    e.layer = part.layer;
    e.method = part.method;
    e.confidence_bp = part.confidence_bp;
    e.window_ms = part.window_ms;
    if (model == Model::markov) e.shares_version = shares_version;
    e.occurred_ms = event.event_ms;
    step.emit({.topic = topics::attribution_credits, .key = credit_key}, e);
  }
  if (model == Model::matched) emit_revenue(deal, event, changes, step);
}

void AttributionFold::emit_revenue(const Deal& deal, const CreditedEvent& event, std::span<const Change> changes, Step& step) {
  std::vector<RevenueRow> rows;
  for (const Change& change : changes) {
    const Part& part = *change.part;
    const int sign = change.reversal ? -1 : 1;
    rows.push_back({part.ad_id.value_or(""), part.ad_account.value_or(""), deal.row.deal_id, event.event_id, change.rev,
                    part.ts_ms, sign * part.amount_cents, sign * part.cash_cents, part.campaign_id.value_or(""),
                    part.confidence_bp});
  }
  for (const RevenueRow& row : netted(rows)) {
    RevenueCredited e;
    e.tenant = step.tenant;
    e.ad_account = row.ad_account;
    e.ad_id = row.ad_id;
    e.deal_id = row.deal_id;
    e.event_id = row.event_id;
    e.currency = table(step).currency;
    e.spend_day = utc_date(row.clicked_ms);
    if (!row.campaign_id.empty()) e.campaign_id = row.campaign_id;
    e.rev = row.rev;
    e.pipeline_delta_cents = row.pipeline_cents;
    e.cash_delta_cents = row.cash_cents;
    e.confidence_bp = row.confidence_bp;
    e.occurred_ms = event.event_ms;
    const std::string ad_key = step.tenant + "/" + row.ad_account;
    step.emit({.topic = topics::ads_performance, .key = ad_key}, e);
  }
}

void AttributionFold::restate_late_touch(const std::string& subject, TimeMs ts_ms, Step& step) {
  const AttributionPolicy& rule = rules(step);
  for (const std::string& key : keys_under(deals_, under(subject))) {
    const DealRow* known = deals_.find(key);
    if (!known || known->coming) continue;
    const std::int64_t from = events_.find(key, known->events, [&](const CreditedEvent& each) {
      return each.event_ms >= ts_ms && each.event_ms - ts_ms <= rule.lookback_ms &&
             step.now_ms - each.credited_ms <= rule.late_ms;
    });
    if (from == known->events.next) continue;
    std::vector<Model> models = models_of(*known);
    std::erase(models, Model::matched);
    Deal deal{subject, key, deals_.edit(key)};
    restate(deal, from, models, step);
  }
}

}  // namespace millrace::attribution
