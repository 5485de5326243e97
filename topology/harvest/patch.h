// From the data of a fact to what it says of a lead: values normalised, identifiers as tokens (spec/harvest.md section 5).
//
// Takes   lead.captured, the `set` of lead.updated, the `enrichment` of lead.enriched; the policy; the keyring's tokens.
// Gives   a LeadPatch, the Identifiers, and what the landing page carried.
//
// PA-1  Of a sealed fact the tokens that its producer put beside it count, so that no identity hangs on a key.
// PA-2  Each value is hashed once a record.
#pragma once

#include <string>
#include <string_view>

#include "core/keys.h"
#include "topology/events/crm_events.h"
#include "topology/harvest/identity.h"
#include "topology/harvest/lead.h"
#include "topology/harvest/policy.h"
#include "topology/harvest/web.h"

namespace millrace::harvest {

struct Reading {
  std::string_view tenant;
  const HarvestPolicy& policy;
  Keyring& keys;
  TimeMs event_ms = 0;
};

struct ReadLead {
  LeadPatch patch;
  Identifiers ids;
  std::string domain;  // of the company: of the website, else of an email that is no free mailbox; empty: not known
};

// `source`: the name of the lead source, the prefix of external ids.
void read_captured(const LeadCaptured& fact, std::string_view source, const Reading& reading, ReadLead& out);
// Empty, or the reason why `set` is refused (a field of a wrong type).
std::string read_set(const LeadUpdated& fact, const Reading& reading, ReadLead& out);
void read_enrichment(const Enrichment& enrichment, const Reading& reading, ReadLead& out);

// Tokens of a reference by value: email (its own or a role's), external ids with prefix api.
struct RefTokens {
  std::vector<std::string> external_ids;
  std::string email;
};
// Of the fields external_id, external_ids, email of any fact; PA-1.
RefTokens read_ref(const std::optional<std::string>& external_id, const std::vector<std::string>& external_ids,
                   const std::optional<std::string>& email, const RawJson& tokens, const Reading& reading);

// The token of an address of any channel; empty when it is not normalisable.
std::string address_token(std::string_view raw, const Reading& reading);
// The token of an external id, prefixed.
std::string external_token(std::string_view raw, std::string_view prefix, const Reading& reading);

// Kinds that tokens are made for: one for everything that messages can be sent to, so that the token of an address is the
// key of its suppression.
inline constexpr std::string_view kAddressKind = "address";
inline constexpr std::string_view kExternalKind = "external_id";

}  // namespace millrace::harvest
