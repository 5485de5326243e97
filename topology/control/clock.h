// Time as the log gives it (spec/conventions.md section 6): now_ms of a partition, the value of a tick, and the stamps
// and hours that a history load puts on the facts it loads. State machines without a clock of their own.
//
// CL-1  now_ms never goes back, whatever order the stamps come in.
// CL-2  A tick counts only when its value is later than that of the last one that counted, and a producer's clock
//       cannot move it more than two periods past the append time.
// CL-3  In a history namespace stamps never go back, and before the first record at or after a full hour that lies
//       after the first record stands the tick of that hour.      Tests: tests/unit/clock_test.cpp
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::control {

inline constexpr TimeMs kNoTime = std::numeric_limits<TimeMs>::min();

// What a tick is worth: no producer's clock moves time further than two periods past the append time.
constexpr TimeMs tick_value(TimeMs tick_ms, TimeMs append_ms, DurationMs period_ms) {
  return std::min(tick_ms, append_ms + 2 * period_ms);
}

// One partition's sense of time.
struct Clock {
  TimeMs now_ms = kNoTime;
  TimeMs last_tick_ms = kNoTime;

  void see(TimeMs stamp_ms) { now_ms = std::max(now_ms, stamp_ms); }
  // The value of a tick appended at `append_ms`, or nullopt when it is ignored.
  std::optional<TimeMs> tick(TimeMs tick_ms, TimeMs append_ms, DurationMs period_ms) {
    const TimeMs value = tick_value(tick_ms, append_ms, period_ms);
    if (value <= last_tick_ms) return std::nullopt;
    last_tick_ms = value;
    return value;
  }

  static constexpr auto fields() {
    return FieldList{field("last_tick_ms", &Clock::last_tick_ms), field("now_ms", &Clock::now_ms)};
  }
};

// The clock of a history load. For each fact: while hour_before() gives an hour, put its tick (or leave it out, when no
// task has a timer due by then) and call passed(); then put the fact with the stamp that put() gives.
class HistoryClock {
 public:
  TimeMs stamp_of(TimeMs event_ms) const { return std::max(last_ms, event_ms); }
  // The next full hour whose tick stands before a fact of this event time.
  std::optional<TimeMs> hour_before(TimeMs event_ms) const {
    if (last_ms == kNoTime || next_hour_ms > stamp_of(event_ms)) return std::nullopt;
    return next_hour_ms;
  }
  void passed() { next_hour_ms += kHourMs; }
  // The next hour is not before `hour_ms`: hours without due timers are passed all at once.
  // Needs: a full hour.
  void pass_until(TimeMs hour_ms) { next_hour_ms = std::max(next_hour_ms, hour_ms); }
  TimeMs put(TimeMs event_ms) {
    const TimeMs stamp = stamp_of(event_ms);
    if (last_ms == kNoTime) next_hour_ms = stamp - floor_mod(stamp) + kHourMs;
    last_ms = stamp;
    return stamp;
  }

  // Kept by the loader from one run to the next.
  TimeMs last_ms = kNoTime;
  TimeMs next_hour_ms = kNoTime;
  static constexpr auto fields() {
    return FieldList{field("last_ms", &HistoryClock::last_ms), field("next_hour_ms", &HistoryClock::next_hour_ms)};
  }

 private:
  static constexpr TimeMs floor_mod(TimeMs t) { return (t % kHourMs + kHourMs) % kHourMs; }
};

}  // namespace millrace::control
