// When a recipient may be written to (spec/dispatch.md section 3, rule dispatch.window).
//
// WI-1  Open means: a weekday of the list, start <= local time < end, and no quiet hour. Summer time follows from that.
// WI-2  next_open is t itself when it is open, else the first whole minute that is.
// WI-3  A message of an operator skips the window and keeps the quiet hours; a task skips both.
// Tests: tests/unit/dispatch_window_test.cpp, tests/conformance/dispatch.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "topology/zones.h"

namespace millrace::dispatch {

// Minutes of the day; a stretch whose end does not lie after its start goes over midnight.
struct Hours {
  int start_min = 0, end_min = 1440;
  bool holds(int minute) const {
    if (start_min == end_min) return false;
    return start_min < end_min ? minute >= start_min && minute < end_min : minute >= start_min || minute < end_min;
  }
};
// "09:00" -> 540; "24:00" is the end of the day.
std::optional<int> minute_of_day(std::string_view text);

struct Window {
  Hours hours{9 * 60, 18 * 60};
  unsigned days = 0b0011111;  // bit 0: Monday
  Hours quiet{21 * 60, 8 * 60};

  bool is_open(TimeMs local) const;
  // Only the quiet hours, as for an operator's message.
  Window quiet_only() const { return {{0, 1440}, 0b1111111, quiet}; }
};

// nullopt: never within two years.
std::optional<TimeMs> next_open(const Window& window, const TimeZones& zones, std::string_view zone, TimeMs t);

}  // namespace millrace::dispatch
