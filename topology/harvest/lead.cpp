#include "topology/harvest/lead.h"

#include <algorithm>

#include "topology/harvest/contact.h"
#include "topology/wire/decode.h"

namespace millrace::harvest {

namespace {

constexpr std::size_t kTags = 32;

template <class T>
bool is_empty(const std::optional<T>& v) {
  return !v.has_value();
}
template <class T>
bool is_empty(const std::vector<T>& v) {
  return v.empty();
}

using Time = std::optional<std::int64_t>;

// Calls visit(name, value member, time member) for each field that stands in clear.
template <class Visit>
void for_each_value(const Visit& visit) {
  using F = LeadFields;
  using T = LeadTimes;
  visit("annual_revenue_cents", &F::annual_revenue_cents, &T::annual_revenue_cents);
  visit("budget", &F::budget, &T::budget);
  visit("campaign_id", &F::campaign_id, &T::campaign_id);
  visit("company", &F::company, &T::company);
  visit("company_size", &F::company_size, &T::company_size);
  visit("currency", &F::currency, &T::currency);
  visit("deal_value_cents", &F::deal_value_cents, &T::deal_value_cents);
  visit("email_verified", &F::email_verified, &T::email_verified);
  visit("employee_count", &F::employee_count, &T::employee_count);
  visit("industry", &F::industry, &T::industry);
  visit("job_level", &F::job_level, &T::job_level);
  visit("location", &F::location, &T::location);
  visit("pain_points", &F::pain_points, &T::pain_points);
  visit("role", &F::role, &T::role);
  visit("signals", &F::signals, &T::signals);
  visit("tags", &F::tags, &T::tags);
  visit("timeline_months", &F::timeline_months, &T::timeline_months);
  visit("timezone", &F::timezone, &T::timezone);
  visit("website", &F::website, &T::website);
  visit("zone", &F::zone, &T::zone);
}

// LD-2: may a fact of this time change a field?
bool may_take(bool empty, const Time& at, const LeadPatch& patch) {
  if (empty) return true;
  return !patch.fill_only && (!at || patch.event_ms >= *at);
}

template <class T>
void take(LeadEdit& lead, const char* name, T& held, Time& at, const T& value, const LeadPatch& patch) {
  if (is_empty(value) || !may_take(is_empty(held), at, patch)) return;
  at = patch.event_ms;
  if (held == value) return;
  held = value;
  lead.changed.emplace_back(name);
}

// An address: only another token, or a raw text where a token is missing, is a change worth opening for.
void take_address(LeadEdit& lead, const char* name, std::string& token, Time& at, const std::optional<Address>& address,
                  std::optional<std::string> ProfilePersonal::*member, bool known, const LeadPatch& patch, std::string_view tenant,
                  Keyring& keys) {
  if (!address || !may_take(!known, at, patch)) return;
  at = patch.event_ms;
  if (known && !address->token.empty() && token == address->token) return;
  auto& place = open_personal(lead, tenant, keys).*member;
  if (!address->text.empty() && !address->token.empty()) place = address->text;
  else place.reset();
  token = address->token;
  lead.personal_changed = true;
  lead.changed.emplace_back(name);
}

void take_name(LeadEdit& lead, const char* name, Time& at, const std::optional<std::string>& value,
               std::optional<std::string> ProfilePersonal::*member, const LeadPatch& patch, std::string_view tenant, Keyring& keys) {
  if (!value || value->empty() || !may_take(!at, at, patch)) return;
  at = patch.event_ms;
  auto& place = open_personal(lead, tenant, keys).*member;
  if (place == value) return;
  place = value;
  lead.personal_changed = true;
  lead.changed.emplace_back(name);
}

// LD-4
void derive_names(const LeadRow& row, ProfilePersonal& personal) {
  const auto text = [](const std::optional<std::string>& v) { return v ? std::string_view(*v) : std::string_view{}; };
  const Names names = names_of(row.at.name ? text(personal.name) : "", row.at.first_name ? text(personal.first_name) : "", text(personal.last_name));
  if (!row.at.name) personal.name = names.name;
  if (!row.at.first_name) personal.first_name = names.first_name;
}

bool seen_email(const LeadRow& row) { return row.at.email.has_value(); }

void unite(std::vector<std::string>& into, const std::vector<std::string>& from) {
  for (const std::string& each : from)
    if (std::find(into.begin(), into.end(), each) == into.end()) into.push_back(each);
}

}  // namespace

ProfilePersonal& open_personal(LeadEdit& lead, std::string_view tenant, Keyring& keys) {
  if (!lead.personal) {
    lead.personal = wire::unseal<ProfilePersonal>(keys, tenant, lead.row->personal.text);
    if (!lead.personal) lead.personal.emplace();
  }
  return *lead.personal;
}

void apply_patch(LeadEdit& lead, const LeadPatch& patch, std::string_view tenant, Keyring& keys) {
  LeadRow& row = *lead.row;
  for_each_value([&](const char* name, auto value, auto at) {
    take(lead, name, row.values.*value, row.at.*at, patch.values.*value, patch);
  });

  // An email that is not normalisable is kept raw, for score to refuse it, but never in the place of a good one.
  if (patch.email && (!patch.email->token.empty() || row.email_token.empty()) && may_take(!seen_email(row), row.at.email, patch)) {
    const std::size_t before = lead.changed.size();
    take_address(lead, "email", row.email_token, row.at.email, patch.email, &ProfilePersonal::email, seen_email(row), patch, tenant, keys);
    if (lead.changed.size() != before) {
      lead.email_text = patch.email->text;
      row.email_tld = patch.email->token.empty() || patch.email->text.empty() ? std::string() : std::string(tld_of(patch.email->text));
    }
  }
  take_address(lead, "phone", row.phone_token, row.at.phone, patch.phone, &ProfilePersonal::phone, !row.phone_token.empty(), patch, tenant, keys);
  take_address(lead, "linkedin", row.linkedin_token, row.at.linkedin, patch.linkedin, &ProfilePersonal::linkedin,
               !row.linkedin_token.empty(), patch, tenant, keys);
  take_name(lead, "first_name", row.at.first_name, patch.first_name, &ProfilePersonal::first_name, patch, tenant, keys);
  take_name(lead, "last_name", row.at.last_name, patch.last_name, &ProfilePersonal::last_name, patch, tenant, keys);
  take_name(lead, "name", row.at.name, patch.name, &ProfilePersonal::name, patch, tenant, keys);
  take_name(lead, "form_url", row.at.form_url, patch.form_url, &ProfilePersonal::form_url, patch, tenant, keys);
  row.has_form_url = row.at.form_url.has_value();
  if (lead.personal_changed) derive_names(row, *lead.personal);

  for (const auto& [name, value] : patch.custom) {
    const auto held = row.custom.find(name);
    if (held == row.custom.end()) {
      row.custom.emplace(name, CustomValue{patch.event_ms, value});
    } else if (patch.fill_only || patch.event_ms < held->second.at_ms) {
      continue;
    } else {
      held->second.at_ms = patch.event_ms;
      if (held->second.value == value) continue;
      held->second.value = value;
    }
    lead.changed.push_back("custom." + name);
  }
  if (patch.consent && raise_consent(row.consent, *patch.consent, patch.event_ms) == ConsentResult::set) lead.changed.emplace_back("consent");
}

void fill_from(LeadEdit& survivor, LeadEdit& absorbed, std::string_view tenant, Keyring& keys) {
  LeadRow& row = *survivor.row;
  LeadRow& other = *absorbed.row;
  std::vector<std::string> tags = row.values.tags;
  unite(tags, other.values.tags);
  std::sort(tags.begin(), tags.end());
  if (tags.size() > kTags) tags.resize(kTags);

  for_each_value([&](const char* name, auto value, auto at) {
    if (!is_empty(row.values.*value) || is_empty(other.values.*value)) return;
    row.values.*value = other.values.*value;
    row.at.*at = other.at.*at;
    survivor.changed.emplace_back(name);
  });
  row.values.tags = std::move(tags);

  ProfilePersonal& mine = open_personal(survivor, tenant, keys);
  const ProfilePersonal& theirs = open_personal(absorbed, tenant, keys);
  const auto fill = [&](const char* name, Time LeadTimes::*at, std::optional<std::string> ProfilePersonal::*member) {
    if (row.at.*at || !(other.at.*at)) return false;
    mine.*member = theirs.*member;
    row.at.*at = other.at.*at;
    survivor.personal_changed = true;
    survivor.changed.emplace_back(name);
    return true;
  };
  if (fill("email", &LeadTimes::email, &ProfilePersonal::email)) {
    row.email_token = other.email_token;
    row.email_tld = other.email_tld;
    row.email_sealed = other.email_sealed;
  }
  if (fill("phone", &LeadTimes::phone, &ProfilePersonal::phone)) row.phone_token = other.phone_token;
  if (fill("linkedin", &LeadTimes::linkedin, &ProfilePersonal::linkedin)) row.linkedin_token = other.linkedin_token;
  fill("first_name", &LeadTimes::first_name, &ProfilePersonal::first_name);
  fill("last_name", &LeadTimes::last_name, &ProfilePersonal::last_name);
  fill("name", &LeadTimes::name, &ProfilePersonal::name);
  if (fill("form_url", &LeadTimes::form_url, &ProfilePersonal::form_url)) row.has_form_url = true;
  if (survivor.personal_changed) derive_names(row, mine);

  for (const auto& [name, value] : other.custom) row.custom.emplace(name, value);
  if (raise_consent(row.consent, other.consent.level, other.consent.captured_ms) == ConsentResult::set) survivor.changed.emplace_back("consent");
  if (other.measure_ms && (!row.measure_ms || *other.measure_ms > *row.measure_ms)) {
    row.measure_ms = other.measure_ms;
    row.measure_consent = other.measure_consent;
  }
  if (other.ids && (!row.ids || other.ids->event_ms > row.ids->event_ms)) row.ids = other.ids;
  if (row.linkedin_status.empty()) row.linkedin_status = other.linkedin_status;
  if (!row.enrich_ms || (other.enrich_ms && *other.enrich_ms > *row.enrich_ms)) row.enrich_ms = other.enrich_ms;
  row.enriched = row.enriched || other.enriched;
  row.won = row.won || other.won;
  row.first_seen_ms = std::min(row.first_seen_ms, other.first_seen_ms);
  row.last_seen_ms = std::max(row.last_seen_ms, other.last_seen_ms);
}

std::vector<std::string> address_tokens_of(const LeadRow& lead) {
  std::vector<std::string> tokens = lead.tokens.emails;
  unite(tokens, lead.tokens.role_emails);
  unite(tokens, lead.tokens.phones);
  unite(tokens, lead.tokens.linkedins);
  return tokens;
}

std::string_view seal_owner_of(const LeadRow& lead, std::string_view lead_id) {
  const TokenLists& t = lead.tokens;
  for (const auto* list : {&t.external_ids, &t.emails, &t.linkedins, &t.phones})
    if (!list->empty()) return list->front();
  return lead_id;
}

}  // namespace millrace::harvest
