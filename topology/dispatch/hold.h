// The review of a message before it goes (spec/dispatch.md section 1, rule dispatch.hold).
//
// HO-1  Messages of a campaign with review_messages are held until approved; those of operators and tasks are not.
// HO-2  One hold for all attempts of a message; the first answer closes it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/fields.h"
#include "core/hash.h"

namespace millrace::dispatch {

enum class HoldState : std::uint8_t { none, held, approved, rejected, expired, withdrawn };
constexpr std::array<std::string_view, 6> enum_names(HoldState) {
  return {"none", "held", "approved", "rejected", "expired", "withdrawn"};
}

inline std::string hold_id(std::string_view message_id) { return hid("hold_", 12, {message_id}); }

constexpr bool is_reviewed(bool review_messages, bool from_operator, bool task) {
  return review_messages && !from_operator && !task;
}

// False: the hold is not open (not_open).
constexpr bool answer(HoldState& state, HoldState answer) {
  if (state != HoldState::held) return false;
  state = answer;
  return true;
}

}  // namespace millrace::dispatch
