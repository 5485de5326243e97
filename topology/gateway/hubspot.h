// HubSpot's webhooks (spec/gateway.md section 1): one event of the array that it posts, and the signature over the whole.
//
// HS-1  An event gives the same fact however often it is sent: its id is made of what HubSpot names it by.
// HS-2  What a contact's property says is typed as the front door wants it; what does not fit is ignored, not refused.
// HS-3  Signatures are compared in constant time; without a secret everything is refused.
// Tests: conformance harvest.hubspot_map, harvest.hubspot_signature, tests/unit/gateway_test.cpp
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "topology/gateway/document.h"
#include "topology/gateway/fact.h"
#include "topology/harvest/naming.h"

namespace millrace::gateway {

// [hubspot.portal]: portal id -> tenant. [hubspot.map]: property -> field of a lead.
using HubspotPortals = std::map<std::string, std::string, std::less<>>;
using HubspotFields = std::map<std::string, std::string, std::less<>>;
// firstname, lastname, jobtitle, numberofemployees, annualrevenue.
HubspotFields default_hubspot_fields();

// Refused: unknown_tenant.
Mapped hubspot_fact(const Value& event, const HubspotPortals& portals, const HubspotFields& fields, const harvest::StageAliases& stages);

struct HubspotRequest {
  std::string_view secret, method, uri, body;
  std::string_view version;    // "v1", "v2", "v3"
  std::string_view signature;  // as the header has it
  std::optional<TimeMs> timestamp_ms;  // v3
};
// Empty when the signature holds; else no_secret, stale_timestamp or bad_signature.
std::string_view check_hubspot_signature(const HubspotRequest& request, TimeMs now_ms);

}  // namespace millrace::gateway
