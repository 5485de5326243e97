// Consent of a lead: UNKNOWN < CONSENTED < DNC (spec/harvest.md section 6.7).
//
// CN-1  A capture, an update or a merge only raises it.
// CN-2  consent.changed to DNC always holds; DNC ends only by a later consent.changed with a basis.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::harvest {

enum class Consent { unknown, consented, dnc };
constexpr std::array<std::string_view, 3> enum_names(Consent) { return {"UNKNOWN", "CONSENTED", "DNC"}; }

struct ConsentState {
  TimeMs captured_ms = std::numeric_limits<TimeMs>::min();  // when the value was given
  Consent level = Consent::unknown;
  static constexpr auto fields() {
    return FieldList{field("captured_ms", &ConsentState::captured_ms), field("level", &ConsentState::level)};
  }
};

enum class ConsentResult { set, same, kept };  // kept: the request was refused, the old value stands
constexpr std::array<std::string_view, 3> enum_names(ConsentResult) { return {"set", "same", "kept"}; }

inline ConsentResult same_consent(ConsentState& state, TimeMs captured_ms) {
  state.captured_ms = std::max(state.captured_ms, captured_ms);
  return ConsentResult::same;
}

// CN-1
inline ConsentResult raise_consent(ConsentState& state, Consent level, TimeMs captured_ms) {
  if (level == state.level) return same_consent(state, captured_ms);
  if (level < state.level) return ConsentResult::kept;
  state = {captured_ms, level};
  return ConsentResult::set;
}

// CN-2
inline ConsentResult change_consent(ConsentState& state, Consent level, TimeMs captured_ms, bool has_basis) {
  if (level == state.level) return same_consent(state, captured_ms);
  if (level != Consent::dnc) {
    const bool holds = state.level == Consent::dnc ? has_basis && captured_ms > state.captured_ms : captured_ms >= state.captured_ms;
    if (!holds) return ConsentResult::kept;
  }
  state = {captured_ms, level};
  return ConsentResult::set;
}

}  // namespace millrace::harvest
