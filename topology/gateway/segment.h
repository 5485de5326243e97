// Messages of Segment and RudderStack (spec/gateway.md section 1).
//
// SE-1  external ids are seg:<userId> and seg_anon:<anonymousId>, in this order, those that are given.
// Tests: conformance harvest.segment_map, tests/unit/gateway_test.cpp
#pragma once

#include <string_view>
#include <vector>

#include "topology/gateway/document.h"
#include "topology/gateway/fact.h"

namespace millrace::gateway {

// The messages of a request: those of its `batch`, else the body itself.
std::vector<const Value*> segment_messages(const Value& body);
// `arrival_ms`: the time of a message that names none.
Mapped segment_fact(const Value& message, std::string_view tenant, TimeMs arrival_ms);

}  // namespace millrace::gateway
