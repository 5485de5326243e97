// What other stages are told of a lead: snapshots, profiles, merges. A sealed value is made once, in the record that
// first carries it, kept in the row, and copied into later records as it stands (LD-3).
#include "core/json.h"
#include "topology/harvest/harvest_fold.h"
#include "topology/optional_text.h"

namespace millrace::harvest {

namespace {

// Tokens of the present addresses, and of the first external id.
void put_tokens(const LeadRow& row, std::map<std::string, std::string>& tokens) {
  if (!row.email_token.empty()) tokens["email"] = row.email_token;
  if (!row.tokens.external_ids.empty()) tokens["external_id"] = row.tokens.external_ids.front();
  if (!row.linkedin_token.empty()) tokens["linkedin"] = row.linkedin_token;
  if (!row.phone_token.empty()) tokens["phone"] = row.phone_token;
}

std::string custom_json(const LeadRow& row) {
  if (row.custom.empty()) return {};
  std::string out = "{";
  for (const auto& [name, value] : row.custom) {
    if (out.size() > 1) out.push_back(',');
    append_json_string(out, name);
    out.append(":").append(value.value.text);
  }
  return out.append("}");
}

std::optional<bool> flag(bool set) { return set ? std::optional(true) : std::nullopt; }

}  // namespace

std::string HarvestFold::seal_next(const LeadRow& lead, std::string_view lead_id, std::string_view type, std::string_view clear, Step& step) {
  std::string sealed;
  const std::string id = step.next_id();
  const SealingKey& key = step.keys->key_for(step.tenant, seal_owner_of(lead, lead_id), step.cause_id);
  step.keys->seal(key, id, type, clear, sealed);
  return sealed;
}

void HarvestFold::tell_merged(std::string_view survivor, const std::vector<std::string>& absorbed, Step& step) {
  const LeadMerged merged{std::string(survivor), absorbed};
  std::vector<std::string> leads{std::string(survivor)};
  leads.insert(leads.end(), absorbed.begin(), absorbed.end());
  for (const std::string& lead : leads) step.emit({.topic = topics::leads_harvested, .key = key_of(step.tenant, lead)}, merged);
  for (const std::string& lead : leads) step.emit({.topic = topics::routing_decisions, .key = key_of(step.tenant, lead)}, merged);
  step.emit({.topic = topics::outreach_intents, .key = step.tenant}, merged);
  for (const std::string& lead : leads) step.emit({.topic = topics::attribution_touches, .key = subject_key(subject_of(lead, {}), step)}, merged);
}

void HarvestFold::tell_rekeys(std::string_view survivor, const std::vector<std::string>& absorbed, Step& step) {
  for (const std::string& lead : absorbed)
    for (const Rekey& rekey : deals_.absorb(step.tenant, lead, survivor)) tell_rekey(rekey, step);
}

void HarvestFold::tell_lead(LeadEdit& lead, std::string_view origin, bool final, Step& step) {
  tell_snapshot(lead, origin, final, step);
  tell_profile(lead, step);
}

void HarvestFold::tell_snapshot(LeadEdit& lead, std::string_view origin, bool final, Step& step) {
  LeadRow& row = *lead.row;
  if (lead.email_text) {
    EmailPersonal email{*lead.email_text};
    row.email_sealed = seal_next(row, lead.lead_id, LeadSnapshot::type, to_json(email), step);
    lead.email_text.reset();
  }
  const HarvestPolicy& policy = rules(step.tenant);
  LeadSnapshot snapshot;
  snapshot.lead_id = lead.lead_id;
  snapshot.origin = origin;
  snapshot.at = row.at;
  snapshot.captured_ms = row.first_seen_ms;
  snapshot.changed = std::move(lead.changed);
  snapshot.warnings = std::move(lead.warnings);
  snapshot.custom.text = custom_json(row);
  snapshot.enriched = row.enriched;
  snapshot.final = final;
  snapshot.sealed.text = row.email_sealed;
  snapshot.source = given(row.source);
  if (const SourceRow* source = sources_.find(step.tenant, row.source, policy)) {
    snapshot.source_type = source->type;
    snapshot.source_quality_bp = source->quality_bp;
  }
  // Whether a lost lead comes back by itself hangs on the source that captured it now (spec/score.md section 9).
  if (!lead.captured_by.empty() && lead.captured_by != row.source)
    if (const SourceRow* source = sources_.find(step.tenant, lead.captured_by, policy)) snapshot.source_type = source->type;
  put_tokens(row, snapshot.tokens);
  // The row's values are lent to the record while it is written.
  snapshot.lead = std::move(row.values);
  std::optional<std::string> own_campaign = snapshot.lead.campaign_id;
  snapshot.lead.campaign_id = campaign_of({}, own_campaign, row.source, policy.campaigns);
  snapshot.lead.consent = name_of(row.consent.level);
  snapshot.lead.email = flag(row.at.email.has_value());
  snapshot.lead.form_url = flag(row.has_form_url);
  snapshot.lead.linkedin = flag(!row.linkedin_token.empty());
  snapshot.lead.phone = flag(!row.phone_token.empty());
  step.emit({.topic = topics::leads_harvested, .key = key_of(step.tenant, lead.lead_id)}, snapshot);
  row.values = std::move(snapshot.lead);
  row.values.campaign_id = std::move(own_campaign);
}

void HarvestFold::tell_profile(LeadEdit& lead, Step& step) {
  LeadRow& row = *lead.row;
  if (lead.personal_changed) {
    row.personal.text = seal_next(row, lead.lead_id, LeadProfile::type, to_json(*lead.personal), step);
    lead.personal_changed = false;
  }
  const LeadFields& v = row.values;
  LeadProfile profile;
  profile.lead_id = lead.lead_id;
  profile.consent = name_of(row.consent.level);
  profile.sealed.text = row.personal.text;
  put_tokens(row, profile.tokens);
  if (row.has_form_url) profile.has.emplace_back("contact_form");
  if (!row.email_token.empty()) profile.has.emplace_back("email");
  if (!row.linkedin_token.empty()) profile.has.emplace_back("linkedin");
  if (!row.phone_token.empty()) profile.has.emplace_back("phone_task");
  profile.tags = v.tags;
  profile.company = v.company;
  profile.role = v.role;
  profile.job_level = v.job_level;
  profile.industry = v.industry;
  profile.location = v.location;
  profile.zone = v.zone;
  profile.timezone = v.timezone;
  profile.email_verified = v.email_verified;
  profile.campaign_id = campaign_of({}, v.campaign_id, row.source, rules(step.tenant).campaigns);
  profile.linkedin_status = given(row.linkedin_status);
  profile.email_tld = given(row.email_tld);
  profile.custom.text = custom_json(row);
  step.emit({.topic = topics::routing_decisions, .key = key_of(step.tenant, lead.lead_id)}, profile);
}

}  // namespace millrace::harvest
