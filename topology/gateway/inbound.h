// Items of the generic webhook and of pulls, mapped by configuration (spec/gateway.md section 1).
//
//   [inbound.forms]  type = "lead.captured", id = "form.uid", map = { email = "answers.0.email", lead_source = "=typeform" }
//
// IN-1  A path is names and indexes joined by dots; "=text" is a constant. What does not fit its field is left out.
// IN-2  An item without an id is named by its content, so that the same item gives the same fact.
// Tests: conformance harvest.inbound_map, tests/unit/gateway_test.cpp
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "topology/gateway/document.h"
#include "topology/gateway/fact.h"

namespace millrace::gateway {

struct InboundConfig {
  std::string tenant, type;
  std::string id, time, items;             // paths; empty: none
  std::map<std::string, std::string> map;  // field of data ("enrichment.industry" reaches into an object) -> path or constant
};

// The items of a body: those at the path `items` (one value that is no list is one item), else the body itself.
std::vector<const Value*> inbound_items(const Value& body, const InboundConfig& config);
// Refused: unknown_type or forbidden, when the configuration names a type that the front door does not have, or does not
// take from outside.
Mapped inbound_fact(const Value& item, std::string_view name, const InboundConfig& config, TimeMs arrival_ms);

}  // namespace millrace::gateway
