// Time as text and on the calendar. No clock lives here: time comes from records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace millrace {

// RFC 3339 with a zone; digits beyond milliseconds are cut. nullopt when it is not that.
std::optional<TimeMs> parse_rfc3339(std::string_view text);
// "2026-01-31T09:30:00.123Z"; the milliseconds are always three digits.
void append_rfc3339(std::string& out, TimeMs time);
std::string rfc3339(TimeMs time);

struct CivilDate {
  std::int64_t year;
  int month;  // 1..12
  int day;    // 1..31
};
// Days since 1970-01-01 (proleptic Gregorian), and back.
std::int64_t days_from_civil(CivilDate date);
CivilDate civil_from_days(std::int64_t days);
inline std::int64_t utc_day(TimeMs t) { return (t >= 0 ? t : t - (kDayMs - 1)) / kDayMs; }
// "2026-01-31"
std::string utc_date(TimeMs time);

}  // namespace millrace
