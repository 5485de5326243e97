// A lead as harvest keeps it, and how one fact changes it (spec/harvest.md sections 5 and 6.5).
//
// LD-1  A row holds no personal value in clear: addresses and names stand sealed, identifiers as tokens.
// LD-2  A value overwrites when its event time is not older than the field's; with fill_only it only fills an empty one.
// LD-3  What is sealed is opened only to be changed: a fact that brings the addresses already known opens nothing.
// LD-4  A name that was never given is put together from first and last name, a first name is the first word of the name.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"
#include "topology/events/leads_harvested.h"
#include "topology/events/personal.h"
#include "topology/harvest/consent.h"

namespace millrace::harvest {

struct CustomValue {
  TimeMs at_ms = 0;
  RawJson value;
  static constexpr auto fields() {
    return FieldList{field("at_ms", &CustomValue::at_ms), field("value", &CustomValue::value)};
  }
};

// What the latest capture told of the browser: a conversion without such ids is matched by these.
struct CaptureIds {
  std::map<std::string, std::string> click_ids;
  TimeMs event_ms = 0;
  std::optional<std::string> fp, ipua;  // hashes
  std::optional<bool> measure_consent;
  static constexpr auto fields() {
    return FieldList{field("click_ids", &CaptureIds::click_ids), field("event_ms", &CaptureIds::event_ms), field("fp", &CaptureIds::fp),
                      field("ipua", &CaptureIds::ipua), field("measure_consent", &CaptureIds::measure_consent)};
  }
};

// Tokens of identifiers, by kind. An email of a role is an address, not an identifier.
struct TokenLists {
  std::vector<std::string> emails, external_ids, linkedins, phones, role_emails;
  static constexpr auto fields() {
    return FieldList{field("emails", &TokenLists::emails), field("external_ids", &TokenLists::external_ids),
                      field("linkedins", &TokenLists::linkedins), field("phones", &TokenLists::phones),
                      field("role_emails", &TokenLists::role_emails)};
  }
};

struct LeadRow {
  LeadTimes at;
  std::string captured_month;  // of the first capture: its cohort
  ConsentState consent;
  std::map<std::string, CustomValue> custom;
  std::string email_sealed;  // EmailPersonal, for snapshots: as normalised, raw if it is not normalisable
  std::string email_tld, email_token, linkedin_status, linkedin_token, phone_token;  // of the present addresses
  std::optional<TimeMs> enrich_ms;  // when enrichment was asked for
  bool enriched = false, has_form_url = false, won = false;
  TimeMs first_seen_ms = 0, last_seen_ms = 0;
  std::optional<CaptureIds> ids;
  std::optional<bool> measure_consent;  // of the last consent.changed that named it
  std::optional<TimeMs> measure_ms;
  SealedText personal;  // ProfilePersonal
  std::string source;   // of the first capture
  TokenLists tokens;
  LeadFields values;
  static constexpr auto fields() {
    return FieldList{field("at", &LeadRow::at),
                      field("captured_month", &LeadRow::captured_month),
                      field("consent", &LeadRow::consent),
                      field("custom", &LeadRow::custom),
                      field("email_sealed", &LeadRow::email_sealed),
                      field("email_tld", &LeadRow::email_tld),
                      field("email_token", &LeadRow::email_token),
                      field("enrich_ms", &LeadRow::enrich_ms),
                      field("enriched", &LeadRow::enriched),
                      field("first_seen_ms", &LeadRow::first_seen_ms),
                      field("has_form_url", &LeadRow::has_form_url),
                      field("ids", &LeadRow::ids),
                      field("last_seen_ms", &LeadRow::last_seen_ms),
                      field("linkedin_status", &LeadRow::linkedin_status),
                      field("linkedin_token", &LeadRow::linkedin_token),
                      field("measure_consent", &LeadRow::measure_consent),
                      field("measure_ms", &LeadRow::measure_ms),
                      field("personal", &LeadRow::personal),
                      field("phone_token", &LeadRow::phone_token),
                      field("source", &LeadRow::source),
                      field("tokens", &LeadRow::tokens),
                      field("values", &LeadRow::values),
                      field("won", &LeadRow::won)};
  }
};

// An address of a fact: normalised, with its token; or the raw text of an email that is not normalisable.
struct Address {
  std::string text;   // may be empty when its key was destroyed: the token alone counts then
  std::string token;  // empty: not normalisable
};

// What a fact says of a lead, normalised.
struct LeadPatch {
  LeadFields values;  // without the booleans and consent
  std::optional<Address> email, phone, linkedin;
  std::optional<std::string> first_name, form_url, last_name, name;  // as given
  std::optional<Consent> consent;
  std::map<std::string, RawJson> custom;
  std::vector<std::string> warnings;
  TimeMs event_ms = 0;
  bool fill_only = false;
};

// A lead while one record changes it.
struct LeadEdit {
  std::string lead_id;
  LeadRow* row = nullptr;
  std::optional<ProfilePersonal> personal;  // opened
  std::optional<std::string> email_text;    // the new email, raw if it is not normalisable
  bool personal_changed = false;
  std::string captured_by;                     // the source of the capture at hand; empty: the fact is none
  std::vector<std::string> changed, warnings;  // names of fields; of the record
};

// What is sealed of a lead; empty parts when its key was destroyed.
ProfilePersonal& open_personal(LeadEdit& lead, std::string_view tenant, Keyring& keys);

// Applies the values of a patch to a lead (LD-2), but for identifiers, which identity.h indexes.
void apply_patch(LeadEdit& lead, const LeadPatch& patch, std::string_view tenant, Keyring& keys);
// Fills the empty fields of a survivor from an absorbed lead, and unites what is kept of both.
void fill_from(LeadEdit& survivor, LeadEdit& absorbed, std::string_view tenant, Keyring& keys);

// Every known address of a lead: email, role email, phone and LinkedIn tokens.
std::vector<std::string> address_tokens_of(const LeadRow& lead);
// The owner of the key that seals what belongs to this lead: its first identifier, else its id.
std::string_view seal_owner_of(const LeadRow& lead, std::string_view lead_id);

}  // namespace millrace::harvest
