// Facts that make and change leads: captures, updates, enrichment, consent, connections.
#include "topology/harvest/contact.h"
#include "topology/harvest/enrich.h"
#include "topology/harvest/harvest_fold.h"
#include "topology/harvest/match_keys.h"
#include "topology/optional_text.h"
#include "topology/score/words.h"

namespace millrace::harvest {

namespace {

// Values that count as enrichment when a capture or an update brings them.
bool brings_enrichment(const LeadFields& v) { return v.company_size || v.employee_count || v.industry || v.annual_revenue_cents; }

bool is_enrichment(const LeadFields& v) {
  return brings_enrichment(v) || v.location || v.zone || v.job_level || !v.signals.empty() || v.email_verified || v.budget || v.timeline_months ||
         !v.pain_points.empty();
}

// Given ids win over those of the landing page.
Params united(const std::map<std::string, std::string>& given, Params of_page, bool click_ids) {
  for (const auto& [name, value] : given)
    if (!value.empty() && (!click_ids || is_click_id_name(name))) of_page[name] = value;
  return of_page;
}

}  // namespace

bool HarvestFold::may_measure(const LeadRow* lead, const std::optional<bool>& of_fact) {
  if (lead && lead->measure_consent) return *lead->measure_consent;
  return of_fact.value_or(false);
}

Verdict HarvestFold::captured(const LeadCaptured& fact, Step& step) {
  const HarvestPolicy& policy = rules(step.tenant);
  const std::string source = source_name(fact.lead_source);
  const SourceRow* row_of_source = sources_.find(step.tenant, source, policy);
  if (const auto reason = source_gate(row_of_source ? std::optional(row_of_source->state) : std::nullopt, row_of_source ? row_of_source->paused_until_ms : 0,
                                      step.now_ms);
      !reason.empty())
    return Verdict::dead(std::string(reason));

  static thread_local ReadLead read;
  read_captured(fact, source, reading(step), read);
  const std::vector<std::string> matched = identity_.match(step.tenant, read.ids);
  if (std::string reason = refuse_capture(read.ids, matched, limits(step.tenant)); !reason.empty()) return Verdict::dead(std::move(reason));

  // From here on the record is accepted.
  const std::string new_id = matched.empty() ? "ld_" + step.cause_id.substr(0, 20) : std::string();  // hid of the same parts
  CaptureOutcome outcome = take_capture(identity_, step.tenant, matched, new_id, read, limits(step.tenant), *step.keys);
  LeadEdit& lead = outcome.lead;
  LeadRow& row = *lead.row;
  if (outcome.result == CaptureResult::created) {
    row.source = source;
    sources_.captured(source, row.captured_month, step);
  }
  lead.captured_by = source;
  const bool final = brings_enrichment(read.patch.values);
  row.enriched = row.enriched || final;

  ClickParams page = fact.landing_url ? click_params(*fact.landing_url) : ClickParams{};
  const Params click_ids = united(fact.click_ids, std::move(page.click_ids), true);
  const Params utm = united(fact.utm, std::move(page.utm), false);
  const auto fp = fact.fingerprint ? fingerprint_hash(*fact.fingerprint, touch_rules(step.tenant).fp_min_parts) : std::nullopt;
  const auto ipua = ipua_hash(view(fact.ip), view(fact.user_agent));
  if ((!click_ids.empty() || fp || ipua) && (!row.ids || step.event_ms >= row.ids->event_ms))
    row.ids = CaptureIds{click_ids, step.event_ms, fp, ipua, fact.measure_consent};

  if (!outcome.absorbed.empty()) tell_merged(lead.lead_id, outcome.absorbed, step);
  tell_lead(lead, "captured", final, step);
  if (!click_ids.empty() || !utm.empty()) {
    Touch touch;
    touch.ts_ms = step.event_ms;
    touch.kind = "capture";
    touch.lead_id = lead.lead_id;
    touch.record_id = step.cause_id;
    touch.click_ids = click_ids;
    touch.utm = utm;
    touch.keys = match_keys(click_ids, fp, ipua, may_measure(&row, fact.measure_consent));
    touch.campaign_id = fact.campaign_id;
    step.emit({.topic = topics::attribution_touches, .key = subject_key(subject_of(lead.lead_id, {}), step)}, touch);
  }
  ask_enrichment(lead, step);
  if (!outcome.absorbed.empty()) tell_rekeys(lead.lead_id, outcome.absorbed, step);
  if (outcome.result == CaptureResult::created) note_candidate(outcome, read, step);
  note_indexed(outcome, step);
  return Verdict::handled();
}

void HarvestFold::ask_enrichment(LeadEdit& lead, Step& step) {
  LeadRow& row = *lead.row;
  const LeadFields& v = row.values;
  LeadEnrich ask;
  ask.fields_wanted = enrich_fields({v.company_size || v.employee_count, v.industry.has_value(), !row.email_token.empty(), view(v.email_verified)},
                                    row.enrich_ms, step.now_ms, rules(step.tenant).enrich_ttl_ms);
  if (ask.fields_wanted.empty()) return;
  row.enrich_ms = step.now_ms;
  ask.lead_id = lead.lead_id;
  step.emit({.topic = topics::enrichment_commands, .key = step.tenant + "/" + lead.lead_id}, ask);
}

void HarvestFold::note_candidate(const CaptureOutcome& outcome, const ReadLead& read, Step& step) {
  if (read.domain.empty() || !outcome.lead.personal || !outcome.lead.personal->name) return;
  const std::string name = score::folded(*outcome.lead.personal->name);
  const std::string token = step.keys->token(step.tenant, "candidate", name + "\n" + read.domain);
  CandidateRow& first = candidates_.edit(step.tenant + "/" + token.substr(0, 32));
  const std::string other = first.lead_id.empty() ? std::string() : identity_.resolve(step.tenant, first.lead_id);
  if (other.empty()) {
    first.lead_id = outcome.lead.lead_id;
  } else if (other != outcome.lead.lead_id) {
    step.emit_as({.topic = topics::alerts, .key = step.tenant}, IdentityCandidate::type, IdentityCandidate{outcome.lead.lead_id, other});
  }
}

Verdict HarvestFold::enriched(const LeadEnriched& fact, Step& step) {
  const Ref ref = resolve(fact, step);
  if (ref.lead_id.empty()) return unresolved(LeadEnriched::type, ref, Consent::unknown, step);
  static thread_local ReadLead read;
  read_enrichment(fact.enrichment, reading(step), read);
  LeadEdit lead;
  lead.lead_id = ref.lead_id;
  lead.row = &identity_.edit(step.tenant, ref.lead_id);
  apply_patch(lead, read.patch, step.tenant, *step.keys);
  lead.row->enriched = lead.row->enriched || is_enrichment(read.patch.values);
  lead.row->last_seen_ms = std::max(lead.row->last_seen_ms, step.event_ms);
  tell_lead(lead, "enriched", fact.final.value_or(true), step);
  return Verdict::handled();
}

Verdict HarvestFold::updated(const LeadUpdated& fact, Step& step) {
  const Ref ref = resolve(fact, step);
  if (ref.lead_id.empty()) return unresolved(LeadUpdated::type, ref, Consent::unknown, step);
  static thread_local ReadLead read;
  const Reading r = reading(step);
  if (std::string reason = read_set(fact, r, read); !reason.empty()) return Verdict::dead(std::move(reason));
  for (const std::string& id : fact.merge_external_ids)
    if (std::string token = external_token(id, "api", r); !token.empty()) read.ids.external_ids.push_back(std::move(token));

  // The lead named, and those that its new strong identifiers belong to.
  std::vector<std::string> leads{ref.lead_id};
  for (std::string& other : identity_.match_strong(step.tenant, read.ids))
    if (other != ref.lead_id) leads.push_back(std::move(other));
  if (static_cast<std::int64_t>(leads.size()) > limits(step.tenant).max_merge) return Verdict::dead("identity_overflow");

  CaptureOutcome outcome = take_capture(identity_, step.tenant, std::move(leads), {}, read, limits(step.tenant), *step.keys);
  LeadEdit& lead = outcome.lead;
  const bool final = brings_enrichment(read.patch.values);
  lead.row->enriched = lead.row->enriched || final;
  if (!outcome.absorbed.empty()) tell_merged(lead.lead_id, outcome.absorbed, step);
  tell_lead(lead, outcome.absorbed.empty() ? "updated" : "merge", final, step);
  if (!outcome.absorbed.empty()) tell_rekeys(lead.lead_id, outcome.absorbed, step);
  note_indexed(outcome, step);
  return Verdict::handled();
}

Verdict HarvestFold::consent_changed(const ConsentChanged& fact, Step& step) {
  const auto level = enum_of<Consent>(fact.consent);
  if (!level) return Verdict::dead("bad_field:consent");
  const Ref ref = resolve(fact, step);
  if (ref.lead_id.empty()) return unresolved(ConsentChanged::type, ref, *level, step);
  LeadEdit lead;
  lead.lead_id = ref.lead_id;
  lead.row = &identity_.edit(step.tenant, ref.lead_id);
  LeadRow& row = *lead.row;
  const TimeMs captured_ms = fact.captured_ms.value_or(step.event_ms);
  const ConsentResult result = change_consent(row.consent, *level, captured_ms, fact.basis && !fact.basis->empty());
  const bool measures = fact.measure_consent && (!row.measure_ms || captured_ms >= *row.measure_ms);
  if (measures) {
    row.measure_consent = fact.measure_consent;
    row.measure_ms = captured_ms;
  }

  ConsentChanged out;
  out.lead_id = lead.lead_id;
  out.consent = name_of(row.consent.level);
  out.basis = fact.basis;
  out.captured_ms = captured_ms;
  out.purpose = fact.purpose;
  if (measures) out.measure_consent = fact.measure_consent;
  const std::string subject = subject_key(subject_of(lead.lead_id, {}), step);
  if (result == ConsentResult::kept) {
    ledger().append(step, "transition_rejected", "harvest", lead.lead_id,
                    R"({"asked":")" + fact.consent + R"(","code":"consent_kept","consent":")" + out.consent + "\"}");
    if (measures) step.emit({.topic = topics::attribution_touches, .key = subject}, out);
    return Verdict::handled();
  }
  if (result == ConsentResult::set) lead.changed.emplace_back("consent");
  tell_lead(lead, "consent", false, step);
  if (row.consent.level == Consent::dnc) out.address_tokens = address_tokens_of(row);
  step.emit({.topic = topics::outreach_intents, .key = step.tenant}, out);
  out.address_tokens.clear();
  step.emit({.topic = topics::attribution_touches, .key = subject}, out);
  return Verdict::handled();
}

Verdict HarvestFold::connection_changed(const ConnectionChanged& fact, Step& step) {
  const Ref ref = resolve(fact, step);
  if (ref.lead_id.empty()) return unresolved(ConnectionChanged::type, ref, Consent::unknown, step);
  LeadEdit lead;
  lead.lead_id = ref.lead_id;
  lead.row = &identity_.edit(step.tenant, ref.lead_id);
  lead.row->linkedin_status = fact.status;
  tell_profile(lead, step);
  return Verdict::handled();
}

}  // namespace millrace::harvest
