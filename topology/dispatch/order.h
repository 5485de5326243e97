// The order in which deferred messages run again, and which new ones must queue behind them (spec/dispatch.md
// section 1, rules dispatch.order, dispatch.join and dispatch.defer).
//
// OR-1  Due rows run by priority, then by the time of their first deferral, then by message_id.
// OR-2  A new intent does not pass a due row of equal or higher priority that waits for a scope and key it needs too.
// OR-3  Only time spent waiting for limits, warm-up and the window counts towards defer_max_ms.
// Tests: tests/conformance/dispatch.cpp
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::dispatch {

enum class Priority : std::uint8_t { high, medium, low };
constexpr std::array<std::string_view, 3> enum_names(Priority) { return {"high", "medium", "low"}; }
// A priority that dispatch does not know runs last.
constexpr Priority priority_of(std::string_view name) { return enum_of<Priority>(name).value_or(Priority::low); }

struct QueuePlace {
  Priority priority;
  TimeMs first_ms;
  std::string_view message_id;
  friend auto operator<=>(const QueuePlace&, const QueuePlace&) = default;
};

// A place as bytes in the same order: 'a', 'b' or 'c', the time as 16 hex, the message.
inline std::string place_key(const QueuePlace& place) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string key(17, '0');
  key[0] = static_cast<char>('a' + static_cast<int>(place.priority));
  auto t = static_cast<std::uint64_t>(std::max<TimeMs>(0, place.first_ms));
  for (int i = 16; i > 0; --i, t >>= 4) key[static_cast<std::size_t>(i)] = digits[t & 15];
  return key.append(place.message_id);
}

// "limit:channel_hour" -> "channel_hour"; other reasons are their own scope.
constexpr std::string_view scope_of(std::string_view reason) {
  return reason.starts_with("limit:") ? reason.substr(6) : reason;
}

constexpr bool counts_as_waiting(std::string_view reason) {
  return reason.starts_with("limit:") || reason == "warm_up" || reason == "outside_window";
}

}  // namespace millrace::dispatch
