#include "topology/dispatch/window.h"

#include <algorithm>
#include <array>

#include "core/time.h"

namespace millrace::dispatch {

namespace {
constexpr DurationMs kMinuteMs = 60'000;
}

std::optional<int> minute_of_day(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0U, 1U, 3U, 4U})
    if (digit(i) < 0) return std::nullopt;
  const int hour = digit(0) * 10 + digit(1), minute = digit(3) * 10 + digit(4);
  if (minute > 59 || hour > 24 || (hour == 24 && minute > 0)) return std::nullopt;
  return hour * 60 + minute;
}

bool Window::is_open(TimeMs local) const {
  const std::int64_t day = utc_day(local);
  const int minute = static_cast<int>((local - day * kDayMs) / kMinuteMs);
  const auto weekday = static_cast<unsigned>(((day + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  return (days >> weekday & 1U) && hours.holds(minute) && !quiet.holds(minute);
}

std::optional<TimeMs> next_open(const Window& window, const TimeZones& zones, std::string_view zone, TimeMs t) {
  ZoneSpan span = zones.span_at(zone, t);
  if (window.is_open(t + span.offset_ms)) return t;
  // Within one span a stretch begins only at these minutes of a day.
  std::array<int, 3> starts = {0, window.hours.start_min % 1440, window.quiet.end_min % 1440};
  std::sort(starts.begin(), starts.end());
  const TimeMs horizon = t + 800 * kDayMs;
  TimeMs from = t;
  while (from < horizon) {
    // First whole minute of the span, or of what is left of it.
    const TimeMs first = (from + kMinuteMs - 1) / kMinuteMs * kMinuteMs;
    if (first < span.end_ms && window.is_open(first + span.offset_ms)) return first;
    for (std::int64_t day = utc_day(from + span.offset_ms); day * kDayMs - span.offset_ms < std::min(span.end_ms, horizon); ++day)
      for (const int minute : starts) {
        const TimeMs at = day * kDayMs + minute * kMinuteMs - span.offset_ms;
        if (at >= from && at < span.end_ms && window.is_open(at + span.offset_ms)) return at;
      }
    if (span.end_ms >= horizon) break;
    from = span.end_ms;
    span = zones.span_at(zone, from);
  }
  return std::nullopt;
}

}  // namespace millrace::dispatch
