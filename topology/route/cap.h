// Deal caps of a zone (spec/route.md section 5, rules route.cap, route.cap_check and route.cap_watch).
//
// CP-1  A cap is rounded once, at the end.
// CP-2  Amounts of different currency are never compared: a deal in another currency than its zone waits for a person.
// CP-3  An approval is for one lead and one value: a higher value is tested again, a lower one is covered.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "topology/route/gate.h"
#include "topology/route/policy.h"

namespace millrace::route {

struct ZoneFacts {
  std::int64_t average_price_cents = 0, risk_bp = 0;
  std::int64_t inventory_bp = 5000, demand_bp = 5000;
  std::int64_t capacity_cents = 0;  // 0: exposure is not watched
  std::string currency;             // empty: any
};

enum class CapMethod { basic, demand, inventory };
constexpr std::array<std::string_view, 3> enum_names(CapMethod) { return {"basic", "demand", "inventory"}; }

// Needs: 0 <= average_price_cents <= 9e15 and rates in 0..10000 (checked where zones are defined).
std::int64_t cap_cents(const ZoneFacts& zone, CapMethod method);

enum class CapVerdict { none, ok, unknown_zone, currency_mismatch, exceeded, hard };
constexpr std::array<std::string_view, 6> enum_names(CapVerdict) {
  return {"none", "ok", "hold:unknown_zone", "hold:currency_mismatch", "hold:deal_cap_exceeded", "block:deal_cap_hard"};
}

struct Deal {
  std::optional<std::int64_t> value_cents;
  std::string_view currency = {};  // empty: the zone's
};

struct CapCheck {
  std::optional<std::int64_t> cap_cents;  // null: the zone is not defined
  CapVerdict verdict = CapVerdict::none;
};
// `zone` is null when it is not defined.
CapCheck check_cap(const ZoneFacts* zone, const Deal& deal, const RoutePolicy& policy);

// CP-3: the verdict holds a lead unless its value was approved.
constexpr bool is_held(CapVerdict verdict) {
  return verdict == CapVerdict::unknown_zone || verdict == CapVerdict::currency_mismatch ||
         verdict == CapVerdict::exceeded;
}

// Whether a routed lead's value must be shown to a person: it is above the cap, above what was approved, and above
// what was asked before.
bool asks_again(const CapCheck& check, Phase phase, std::int64_t value_cents, std::int64_t approved_cents,
                std::int64_t asked_cents);

}  // namespace millrace::route
