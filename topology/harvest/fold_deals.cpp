// Facts of the CRM about deals, and clicks on ads: what attribution is told.
#include "topology/harvest/harvest_fold.h"
#include "topology/harvest/match_keys.h"
#include "topology/optional_text.h"

namespace millrace::harvest {

namespace {

std::optional<std::string> upper_currency(const std::optional<std::string>& currency) {
  if (!currency || currency->empty()) return std::nullopt;
  std::string code = *currency;
  for (char& c : code)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return code;
}

}  // namespace

std::string HarvestFold::subject_key(std::string_view subject, const Step& step) {
  std::string key;
  key.reserve(step.tenant.size() + subject.size() + 1);
  return key.append(step.tenant).append("/").append(subject);
}

std::string HarvestFold::currency_of(const DealRow& deal, const Step& step) { return deal.currency ? *deal.currency : rules(step.tenant).currency; }

void HarvestFold::tell_rekey(const Rekey& rekey, Step& step) {
  JourneyRekey out;
  out.from = rekey.from;
  out.to = rekey.to;
  for (const Rekey::Deal& deal : rekey.deals) out.deals.push_back({deal.deal_id, deal.subject_rev});
  step.emit({.topic = topics::attribution_touches, .key = subject_key(rekey.from, step)}, out);
}

void HarvestFold::tell_stage(std::string_view deal_id, const DealRow& deal, std::string_view stage_to, std::string_view stage_from, TimeMs event_ms,
                             std::optional<TimeMs> occurred_ms, Step& step) {
  StageChanged out;
  out.deal_id = deal_id;
  out.stage_to = stage_to;
  out.stage_from = given(stage_from);
  out.amount_cents = deal.amount_cents;
  out.currency = currency_of(deal, step);
  out.lead_id = deal.lead_id;
  out.occurred_ms = occurred_ms.value_or(event_ms);
  const std::string key = step.tenant + "/" + deal.lead_id;
  step.emit({.topic = topics::leads_harvested, .key = key, .event_ms = event_ms}, out);
  step.emit({.topic = topics::routing_decisions, .key = key, .event_ms = event_ms}, out);
}

void HarvestFold::wait_for_lead(std::string_view deal_id, const Deals::Taken& taken, const Ref& ref, Step& step) {
  DealRow& deal = *taken.deal;
  if (!taken.waited_for.empty()) parking_.leave(step.tenant, taken.waited_for, deal_id);
  if (deal.lead_id.empty() && deal.waits_for.empty() && !ref.waits_for.empty() && parking_.wait(step.tenant, ref.waits_for, deal_id))
    deal.waits_for = ref.waits_for;
}

void HarvestFold::count_won(std::string_view lead_id, std::string_view stage_to, Step& step) {
  if (!stages(step.tenant).is_won(stage_to)) return;
  const LeadRow* known = identity_.find(step.tenant, lead_id);
  if (!known || known->won || known->source.empty()) return;
  LeadRow& lead = identity_.edit(step.tenant, lead_id);
  lead.won = true;
  sources_.converted(lead.source, lead.captured_month, rules(step.tenant), step);
}

Verdict HarvestFold::stage_changed(const CrmStageChanged& fact, Step& step) {
  const auto deal_id = prefixed_id(fact.deal_id, "api");
  if (!deal_id) return Verdict::dead("bad_field:deal_id");
  const HarvestPolicy& policy = rules(step.tenant);
  const Ref ref = resolve(fact, step);
  const std::string stage_to = stage_alias(fact.stage_to, policy.stage_aliases);
  const std::string stage_from = fact.stage_from ? stage_alias(*fact.stage_from, policy.stage_aliases) : std::string();

  const Deals::Taken taken = deals_.take(step.tenant, *deal_id, ref.lead_id, fact.amount_cents, upper_currency(fact.currency), step.event_ms);
  DealRow& deal = *taken.deal;
  if (!deal.stage_ms || step.event_ms >= *deal.stage_ms) {
    deal.stage_ms = step.event_ms;
    deal.stage_to = stage_to;
    deal.stage_from = stage_from;
    deal.occurred_ms = fact.occurred_ms;
  }
  wait_for_lead(*deal_id, taken, ref, step);

  if (taken.rekey) tell_rekey(*taken.rekey, step);
  if (!deal.lead_id.empty()) {
    tell_stage(*deal_id, deal, stage_to, stage_from, step.event_ms, fact.occurred_ms, step);
    count_won(deal.lead_id, stage_to, step);
  }

  const LeadRow* lead = deal.lead_id.empty() ? nullptr : identity_.find(step.tenant, deal.lead_id);
  Conversion out;
  out.deal_id = *deal_id;
  out.event_id = step.cause_id;
  out.event_ms = step.event_ms;
  out.stage_to = stage_to;
  out.subject = subject_of(deal.lead_id, *deal_id);
  out.subject_rev = deal.subject_rev;
  out.amount_cents = deal.amount_cents;
  out.currency = currency_of(deal, step);
  out.lead_id = given(deal.lead_id);
  for (const auto& [name, value] : fact.click_ids)
    if (is_click_id_name(name) && !value.empty()) out.click_ids[name] = value;
  out.fp = fact.fingerprint ? fingerprint_hash(*fact.fingerprint, touch_rules(step.tenant).fp_min_parts) : std::nullopt;
  out.ipua = ipua_hash(view(fact.ip), view(fact.user_agent));
  std::optional<bool> said = fact.measure_consent;
  if (out.click_ids.empty() && !out.fp && !out.ipua && lead && lead->ids) {
    out.click_ids = lead->ids->click_ids;
    out.fp = lead->ids->fp;
    out.ipua = lead->ids->ipua;
    out.ids_ms = lead->ids->event_ms;
    if (!said) said = lead->ids->measure_consent;
  }
  out.measure_consent = may_measure(lead, said);
  if (!*out.measure_consent) {
    out.fp.reset();
    out.ipua.reset();
  }
  step.emit({.topic = topics::attribution_touches, .key = subject_key(out.subject, step)}, out);
  return Verdict::handled();
}

Verdict HarvestFold::deal_linked(const CrmDealLinked& fact, Step& step) {
  const auto deal_id = prefixed_id(fact.deal_id, "api");
  if (!deal_id) return Verdict::dead("bad_field:deal_id");
  const Ref ref = resolve(fact, step);
  const Deals::Taken taken = deals_.take(step.tenant, *deal_id, ref.lead_id, {}, {}, step.event_ms);
  DealRow& deal = *taken.deal;
  wait_for_lead(*deal_id, taken, ref, step);
  if (taken.rekey) tell_rekey(*taken.rekey, step);
  if (taken.got_lead && deal.stage_ms) {
    tell_stage(*deal_id, deal, deal.stage_to, deal.stage_from, *deal.stage_ms, deal.occurred_ms, step);
    count_won(deal.lead_id, deal.stage_to, step);
  }
  return Verdict::handled();
}

void HarvestFold::link_waiting(std::string_view deal_id, std::string_view lead_id, Step& step) {
  const Deals::Taken taken = deals_.take(step.tenant, deal_id, lead_id, {}, {}, step.event_ms);
  if (taken.rekey) tell_rekey(*taken.rekey, step);
  const DealRow& deal = *taken.deal;
  if (!taken.got_lead || !deal.stage_ms) return;
  tell_stage(deal_id, deal, deal.stage_to, deal.stage_from, *deal.stage_ms, deal.occurred_ms, step);
  count_won(deal.lead_id, deal.stage_to, step);
}

Verdict HarvestFold::deal_updated(const CrmDealUpdated& fact, Step& step) {
  const auto deal_id = prefixed_id(fact.deal_id, "api");
  if (!deal_id) return Verdict::dead("bad_field:deal_id");
  const Deals::Taken taken = deals_.take(step.tenant, *deal_id, {}, fact.amount_cents, upper_currency(fact.currency), step.event_ms);
  const DealRow& deal = *taken.deal;
  if (!deal.lead_id.empty()) {
    DealUpdated out;
    out.deal_id = *deal_id;
    out.currency = currency_of(deal, step);
    out.lead_id = deal.lead_id;
    out.amount_cents = deal.amount_cents;
    step.emit({.topic = topics::leads_harvested, .key = step.tenant + "/" + deal.lead_id}, out);
  }
  AttributionDealUpdated out;
  out.deal_id = *deal_id;
  out.event_id = step.cause_id;
  out.event_ms = step.event_ms;
  out.subject = subject_of(deal.lead_id, *deal_id);
  out.subject_rev = deal.subject_rev;
  out.amount_cents = deal.amount_cents;
  out.currency = currency_of(deal, step);
  out.lead_id = given(deal.lead_id);
  step.emit({.topic = topics::attribution_touches, .key = subject_key(out.subject, step)}, out);
  return Verdict::handled();
}

Verdict HarvestFold::ad_click(const AdClick& fact, Step& step) {
  const Ref ref = resolve(fact, step);
  const LeadRow* lead = ref.lead_id.empty() ? nullptr : identity_.find(step.tenant, ref.lead_id);
  const bool measure = may_measure(lead, fact.measure_consent);

  AttributionClick click;
  for (const auto& [name, value] : fact.click_ids)
    if (is_click_id_name(name) && !value.empty()) click.ids[name] = value;
  if (fact.click_id && !fact.click_id->empty()) click.ids["click_id"] = *fact.click_id;
  click.click_id = click_id_of(view(fact.click_id), click.ids, step.cause_id);
  click.clicked_ms = fact.clicked_ms;
  if (measure) {
    click.fp = fact.fingerprint ? fingerprint_hash(*fact.fingerprint, touch_rules(step.tenant).fp_min_parts) : std::nullopt;
    click.ipua = ipua_hash(view(fact.ip), view(fact.user_agent));
  }
  click.ad_id = fact.ad_id;
  click.campaign_id = fact.campaign_id;
  click.ad_account = fact.ad_account;
  click.platform = fact.platform;
  click.lead_id = given(ref.lead_id);
  click.measure_consent = measure;
  const std::vector<std::string> keys = match_keys(click.ids, click.fp, click.ipua, measure);
  for (const std::string& key : keys) step.emit({.topic = topics::attribution_touches, .key = step.tenant + "/" + key}, click);
  if (!lead) return Verdict::handled();

  Touch touch;
  touch.ts_ms = fact.clicked_ms;
  touch.kind = "ad_click";
  touch.lead_id = ref.lead_id;
  touch.record_id = step.cause_id;
  touch.click_ids = click.ids;
  touch.utm = fact.utm;
  touch.platform = fact.platform;
  touch.keys = keys;
  touch.ad_id = fact.ad_id;
  touch.campaign_id = fact.campaign_id;
  step.emit({.topic = topics::attribution_touches, .key = subject_key(subject_of(ref.lead_id, {}), step)}, touch);
  return Verdict::handled();
}

}  // namespace millrace::harvest
