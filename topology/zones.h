// Time zones as a port: the rules of IANA zones that folds need, part of the environment (DESIGN.md law 4).
//
//   const TimeZones& zones = *environment().zones;
//   const TimeMs local = local_ms(zones, "Europe/Berlin", now_ms);  // a clock on that wall, as if it were UTC
//
// Threads: any.
//
// ZO-1  A span is a stretch of time with one offset: local time = UTC + offset. Everything else follows from spans, so
//       the gaps and folds of summer time follow from local time.
// ZO-2  A name that is no zone is UTC.
// Tests: tests/unit/zones_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "core/ids.h"

namespace millrace {

struct ZoneSpan {
  TimeMs begin_ms, end_ms;  // begin <= t < end
  DurationMs offset_ms;
};

class TimeZones {
 public:
  virtual ~TimeZones() = default;
  virtual bool known(std::string_view zone) const = 0;
  virtual ZoneSpan span_at(std::string_view zone, TimeMs t) const = 0;
  // Of the rules, e.g. "2025b"; empty when the system does not tell.
  virtual std::string version() const = 0;
};

// The zones of this machine's tzdata (topology/zones.cpp, the only file that knows the library).
const TimeZones& system_time_zones();

inline TimeMs local_ms(const TimeZones& zones, std::string_view zone, TimeMs t) {
  return t + zones.span_at(zone, t).offset_ms;
}
// Days since 1970-01-01 on the zone's calendar.
std::int64_t local_day(const TimeZones& zones, std::string_view zone, TimeMs t);
// The first moment after t of a later local day.
TimeMs next_local_midnight(const TimeZones& zones, std::string_view zone, TimeMs t);

}  // namespace millrace
