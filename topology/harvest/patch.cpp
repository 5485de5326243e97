#include "topology/harvest/patch.h"

#include <algorithm>
#include <array>

#include "topology/harvest/contact.h"
#include "topology/wire/decode.h"
#include "topology/wire/strict.h"

namespace millrace::harvest {

namespace {

using wire::JsonValue;

using Text = std::optional<std::string>;

// Tokens beside a sealed fact: a text, or a list of them, by kind.
class GivenTokens {
 public:
  // Keeps its own text: the reader's values are views into it.
  explicit GivenTokens(RawJson tokens) : text_(std::move(tokens.text)) {
    if (!text_.empty()) json_.read(text_);
  }
  std::string one(std::string_view kind) {
    const auto all = list(kind);
    return all.empty() ? std::string() : all.front();
  }
  std::vector<std::string> list(std::string_view kind) {
    std::vector<std::string> out;
    const JsonValue* value = wire::StrictJson::find(json_.root(), kind);
    if (!value) return out;
    std::vector<JsonValue> elements;
    if (value->is(JsonValue::Kind::array)) json_.elements_of(*value, elements);
    else elements.push_back(*value);
    for (const JsonValue& element : elements)
      if (const std::string_view token = json_.string_of(element); !token.empty()) out.emplace_back(token);
    return out;
  }

 private:
  std::string text_;
  wire::StrictJson json_;
};

bool is_blocked(const Reading& r, std::string_view value) {
  const auto& blocked = r.policy.blocked_values;
  return !value.empty() && std::find(blocked.begin(), blocked.end(), value) != blocked.end();
}

// Mailboxes that anybody may have: their domain is no company's.
bool is_free_mail(std::string_view domain) {
  static constexpr auto free = std::to_array<std::string_view>({"gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "aol.com", "protonmail.com",
                                                                "icloud.com", "mail.com", "googlemail.com", "gmx.de", "gmx.net", "web.de", "live.com"});
  return std::find(free.begin(), free.end(), domain) != free.end();
}

template <class T>
void keep(std::optional<T>& to, const std::optional<T>& from) {
  if (from) to = from;
}
void keep(Text& to, const Text& from) {
  if (from && !from->empty()) to = from;
}

// The fields that a capture, a set and an enrichment have in common.
template <class Fact>
void read_values(const Fact& f, LeadPatch& patch) {
  LeadFields& v = patch.values;
  keep(v.annual_revenue_cents, f.annual_revenue_cents);
  keep(v.budget, f.budget);
  if (f.company_size) v.company_size = company_size_of(*f.company_size);
  keep(v.email_verified, f.email_verified);
  keep(v.employee_count, f.employee_count);
  keep(v.industry, f.industry);
  keep(v.job_level, f.job_level);
  keep(v.location, f.location);
  v.pain_points = f.pain_points;
  v.signals = f.signals;
  keep(v.timeline_months, f.timeline_months);
}

template <class Fact>
void read_person(const Fact& f, const Reading& r, const RawJson& tokens, bool is_sealed, ReadLead& out) {
  LeadPatch& patch = out.patch;
  LeadFields& v = patch.values;
  keep(v.campaign_id, f.campaign_id);
  keep(v.company, f.company);
  keep(v.role, f.role);
  keep(v.timezone, f.timezone);
  keep(v.deal_value_cents, f.deal_value_cents);
  if (f.currency && !f.currency->empty()) {
    v.currency = *f.currency;
    for (char& c : *v.currency)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  v.tags = f.tags;
  if (f.website && !f.website->empty())
    if (auto site = normal_url(*f.website)) {
      v.website = std::move(site->url);
      out.domain = std::move(site->domain);
    }
  keep(patch.form_url, f.form_url);
  const auto name = [](const Text& raw) {
    std::string normal = raw ? normal_name(*raw) : std::string();
    return normal.empty() ? Text() : Text(std::move(normal));
  };
  patch.name = name(f.name);
  patch.first_name = name(f.first_name);
  patch.last_name = name(f.last_name);
  if (f.consent) patch.consent = enum_of<Consent>(*f.consent);

  GivenTokens given(is_sealed ? tokens : RawJson{});
  const auto token_of = [&](std::string_view kind, const std::string& normal) {
    std::string token = given.one(kind);
    return token.empty() ? r.keys.token(r.tenant, kAddressKind, normal) : token;
  };
  // Email
  if (f.email && !trimmed(*f.email).empty()) {
    if (auto email = normal_email(*f.email)) {
      const bool role = is_role_address(*email);
      std::string token = token_of(role ? "role_email" : "email", *email);
      if (!is_blocked(r, *email)) (role ? out.ids.role_email : out.ids.email) = token;
      if (out.domain.empty() && !is_free_mail(domain_of(*email))) out.domain = domain_of(*email);
      patch.email = Address{std::move(*email), std::move(token)};
    } else {
      patch.email = Address{*f.email, {}};
      patch.warnings.emplace_back("email_invalid");
    }
  } else if (is_sealed) {  // its key is gone: the tokens stand for it
    out.ids.email = given.one("email");
    out.ids.role_email = given.one("role_email");
    if (const std::string& token = out.ids.email.empty() ? out.ids.role_email : out.ids.email; !token.empty()) patch.email = Address{{}, token};
  }
  const auto address = [&](std::string_view kind, const Text& raw, auto normalise, std::optional<Address>& into, std::string& id) {
    if (raw && !raw->empty()) {
      if (auto normal = normalise(*raw)) {
        std::string token = token_of(kind, *normal);
        if (!is_blocked(r, *normal)) id = token;
        into = Address{std::move(*normal), std::move(token)};
      }
    } else if (is_sealed) {
      if (std::string token = given.one(kind); !token.empty()) {
        id = token;
        into = Address{{}, std::move(token)};
      }
    }
  };
  address("phone", f.phone, [&](const std::string& raw) { return normal_phone(raw, r.policy.country_code); }, patch.phone, out.ids.phone);
  address("linkedin", f.linkedin_url, [](const std::string& raw) { return normal_linkedin(raw); }, patch.linkedin, out.ids.linkedin);
}

template <class Fact>
void read_external_ids(const Fact& f, std::string_view prefix, const Reading& r, std::vector<std::string>& tokens) {
  const auto add = [&](const std::string& raw) {
    const auto id = prefixed_id(raw, prefix);
    if (!id || is_blocked(r, *id)) return;
    std::string token = r.keys.token(r.tenant, kExternalKind, *id);
    if (std::find(tokens.begin(), tokens.end(), token) == tokens.end()) tokens.push_back(std::move(token));
  };
  if (f.external_id) add(*f.external_id);
  for (const std::string& id : f.external_ids) add(id);
}

// Takes the fields of [custom.<field>] out of an object. `lenient`: texts may stand for numbers and booleans (columns of
// a file have no types).
void read_custom(const RawJson& object, bool lenient, const Reading& r, LeadPatch& patch) {
  if (object.text.empty() || r.policy.custom.empty()) return;
  wire::StrictJson json;
  json.read(object.text);
  for (const wire::JsonMember& member : json.root()) {
    const auto field = r.policy.custom.find(member.key);
    if (field == r.policy.custom.end() || member.value.is(JsonValue::Kind::null)) continue;
    const JsonValue& value = member.value;
    const std::string_view text = trimmed(json.string_of(value));
    const bool is_text = value.is(JsonValue::Kind::string);
    RawJson kept;
    switch (field->second) {
      case CustomType::text:
        if (is_text && text.size() <= 500) append_json_string(kept.text, text);
        break;
      case CustomType::integer:
        if (const auto n = wire::int_of(value)) append_json_int(kept.text, *n);
        else if (const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
                 is_text && lenient && !digits.empty() && digits.size() <= 18 &&
                 std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
          append_json_int(kept.text, std::stoll(std::string(text)));
        break;
      case CustomType::boolean:
        if (value.is(JsonValue::Kind::boolean)) kept.text = value.text;
        else if (is_text && lenient && (text == "true" || text == "false")) kept.text = text;
        break;
    }
    if (kept.text.empty()) patch.warnings.push_back("bad_custom:" + std::string(member.key));
    else patch.custom[std::string(member.key)] = std::move(kept);
  }
}

// `set` of lead.updated: fields of a lead by their names.
struct LeadSet {
  Text campaign_id, company, company_size, consent, currency, email, email_verified, external_id, first_name, form_url, industry, job_level,
      last_name, linkedin_url, location, name, phone, role, timezone, website, zone;
  std::vector<std::string> external_ids, pain_points, signals, tags;
  std::optional<std::int64_t> annual_revenue_cents, deal_value_cents, employee_count, timeline_months;
  std::optional<bool> budget;
  static constexpr auto fields() {
    using S = LeadSet;
    return FieldList{field("annual_revenue_cents", &S::annual_revenue_cents), field("budget", &S::budget), field("campaign_id", &S::campaign_id),
                      field("company", &S::company), field("company_size", &S::company_size), field("consent", &S::consent),
                      field("currency", &S::currency), field("deal_value_cents", &S::deal_value_cents), field("email", &S::email),
                      field("email_verified", &S::email_verified), field("employee_count", &S::employee_count),
                      field("external_id", &S::external_id), field("external_ids", &S::external_ids), field("first_name", &S::first_name),
                      field("form_url", &S::form_url), field("industry", &S::industry), field("job_level", &S::job_level),
                      field("last_name", &S::last_name), field("linkedin_url", &S::linkedin_url), field("location", &S::location),
                      field("name", &S::name), field("pain_points", &S::pain_points), field("phone", &S::phone), field("role", &S::role),
                      field("signals", &S::signals), field("tags", &S::tags), field("timeline_months", &S::timeline_months),
                      field("timezone", &S::timezone), field("website", &S::website), field("zone", &S::zone)};
  }
};

}  // namespace

void read_captured(const LeadCaptured& fact, std::string_view source, const Reading& r, ReadLead& out) {
  out = {};
  out.patch.event_ms = r.event_ms;
  out.patch.fill_only = fact.fill_only.value_or(false);
  read_values(fact, out.patch);
  const bool is_sealed = !fact.sealed.text.empty();
  read_person(fact, r, fact.tokens, is_sealed, out);
  read_external_ids(fact, source, r, out.ids.external_ids);
  read_custom(fact.custom, false, r, out.patch);
  read_custom(fact.extra, true, r, out.patch);
}

std::string read_set(const LeadUpdated& fact, const Reading& r, ReadLead& out) {
  out = {};
  out.patch.event_ms = r.event_ms;
  if (fact.set.text.empty()) return {};
  LeadSet set;
  std::string problem;
  if (!wire::decode_text(fact.set.text, set, problem)) return problem;
  read_values(set, out.patch);
  keep(out.patch.values.zone, set.zone);
  read_person(set, r, {}, false, out);
  read_external_ids(set, "api", r, out.ids.external_ids);
  read_custom(fact.set, false, r, out.patch);
  return {};
}

void read_enrichment(const Enrichment& enrichment, const Reading& r, ReadLead& out) {
  out = {};
  out.patch.event_ms = r.event_ms;
  read_values(enrichment, out.patch);
  keep(out.patch.values.company, enrichment.company);  // as a group of Segment names it
  keep(out.patch.values.zone, enrichment.zone);
}

RefTokens read_ref(const Text& external_id, const std::vector<std::string>& external_ids, const Text& email, const RawJson& tokens,
                   const Reading& r) {
  RefTokens ref;
  struct {
    const Text& external_id;
    const std::vector<std::string>& external_ids;
  } ids{external_id, external_ids};
  read_external_ids(ids, "api", r, ref.external_ids);
  if (email)
    if (const auto normal = normal_email(*email)) ref.email = r.keys.token(r.tenant, kAddressKind, *normal);
  if (tokens.text.empty()) return ref;
  GivenTokens given(tokens);
  for (std::string& token : given.list("external_id")) ref.external_ids.push_back(std::move(token));
  if (ref.email.empty()) ref.email = given.one("email");
  if (ref.email.empty()) ref.email = given.one("role_email");
  return ref;
}

std::string address_token(std::string_view raw, const Reading& r) {
  if (const auto email = normal_email(raw)) return r.keys.token(r.tenant, kAddressKind, *email);
  if (const auto linkedin = normal_linkedin(raw)) return r.keys.token(r.tenant, kAddressKind, *linkedin);
  if (const auto phone = normal_phone(raw, r.policy.country_code)) return r.keys.token(r.tenant, kAddressKind, *phone);
  return {};
}

std::string external_token(std::string_view raw, std::string_view prefix, const Reading& r) {
  const auto id = prefixed_id(raw, prefix);
  return id ? r.keys.token(r.tenant, kExternalKind, *id) : std::string();
}

}  // namespace millrace::harvest
