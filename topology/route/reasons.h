// The words of routing: what it does with a lead, why, and who must agree.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/fields.h"

namespace millrace::route {

enum class Action { route, skip, hold, block };
constexpr std::array<std::string_view, 4> enum_names(Action) { return {"ROUTE", "SKIP", "HOLD", "BLOCK"}; }

// In the order in which the checks of spec/route.md section 3 give them.
enum class Reason {
  already_routed,
  rejected_lead,
  qualification_pending,
  review_required,
  shield_critical,
  deal_cap_hard,
  deal_cap_exceeded,
  unknown_zone,
  currency_mismatch,
  auto_off,
  no_campaign,
  shield_warning,
  intent_boost,
  not_scored,
  no_owner,
  override_action,
  cap_lowered,  // of review items only: a redefined zone lowered the cap of a routed lead
};
constexpr std::array<std::string_view, 17> enum_names(Reason) {
  return {"already_routed", "rejected_lead",     "qualification_pending", "review_required", "shield_critical",
          "deal_cap_hard",  "deal_cap_exceeded", "unknown_zone",          "currency_mismatch", "auto_off",
          "no_campaign",    "shield_warning",    "intent_boost",          "not_scored",      "no_owner",
          "override",       "cap_lowered"};
}

enum class Priority { low, medium, high };
constexpr std::array<std::string_view, 3> enum_names(Priority) { return {"low", "medium", "high"}; }

enum class ReviewType { routing, cap, shield };
constexpr std::array<std::string_view, 3> enum_names(ReviewType) { return {"ROUTING", "CAP", "SHIELD"}; }

}  // namespace millrace::route
