// Checks 1 to 10 of the front door, in their order; the first that fails is the reason (spec/harvest.md section 1).
//
//   Envelope envelope;
//   const std::string reason = check_envelope(json, record.value, door, envelope);
//
// EV-1  The verdict is a function of the bytes, the door and the keys known; no table is read, nothing is written.
// EV-2  Views of the envelope live as long as the bytes and until the next check with the same reader.
// Tests: conformance harvest.envelope, tests/unit/kafka_cloud_events_test.cpp
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "topology/events/control.h"
#include "topology/harvest/front_types.h"
#include "topology/wire/strict.h"

namespace millrace::harvest {

struct Envelope {
  std::string_view id, source, type, tenant;
  TimeMs event_ms = 0;
  wire::JsonValue data;
  std::vector<wire::JsonMember> members;  // of data
};

// What the checks stand on besides the record.
struct Door {
  TimeMs append_ms = 0;
  bool wall = true;          // clock wall: nothing lies far in the future
  bool broadcast = false;    // a copy that stage control made
  DurationMs future_ms = 300'000;
  std::size_t max_bytes = 65'536;
  std::span<const std::string> tenants;        // empty: all
  std::span<const std::string> clone_tenants;  // came by control.clone_promoted
  std::span<const OperatorKey> keys;         // known at this place of the log
};

// Empty when the record passes.
std::string check_envelope(wire::StrictJson& json, std::string_view bytes, const Door& door, Envelope& envelope);

// Every check that the record fails, in their order, as far as what is broken leaves something to check: for the person who
// mends it. The first is check_envelope()'s.
std::vector<std::string> all_reasons(wire::StrictJson& json, std::string_view bytes, const Door& door);

// Check 9 alone: the fields of data.
std::string check_data(wire::StrictJson& json, const std::vector<wire::JsonMember>& data, const TypeSpec& type);

bool is_tenant(std::string_view tenant);

}  // namespace millrace::harvest
