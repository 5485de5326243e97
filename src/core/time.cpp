#include "core/time.h"

namespace millrace {

// Both from Howard Hinnant, "chrono-compatible low-level date algorithms" (public domain): eras of 400 years that
// start on 1 March, so that the leap day is the last day of a year.
std::int64_t days_from_civil(CivilDate date) {
  const std::int64_t y = date.year - (date.month <= 2);
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const std::int64_t year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

CivilDate civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const int month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {year_of_era + era * 400 + (month <= 2), month, day};
}

static int days_in_month(std::int64_t year, int month) {
  static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[month - 1];
}

namespace {

// Takes a text apart from the left; after the first thing that does not fit, `good` stays false.
struct Cursor {
  std::string_view text;
  bool good = true;

  int digits(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (text.empty() || text.front() < '0' || text.front() > '9') {
        good = false;
        return 0;
      }
      value = value * 10 + (text.front() - '0');
      text.remove_prefix(1);
    }
    return value;
  }
  bool take(char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }
  void need(char c) { good = take(c) && good; }
};

}  // namespace

std::optional<TimeMs> parse_rfc3339(std::string_view text) {
  Cursor in{text};
  const int year = in.digits(4);
  in.need('-');
  const int month = in.digits(2);
  in.need('-');
  const int day = in.digits(2);
  if (!in.take('T') && !in.take('t')) return std::nullopt;  // the RFC lets T and Z be lower case
  const int hour = in.digits(2);
  in.need(':');
  const int minute = in.digits(2);
  in.need(':');
  const int second = in.digits(2);
  int millis = 0;
  if (in.take('.')) {
    int seen = 0;
    for (; !in.text.empty() && in.text.front() >= '0' && in.text.front() <= '9'; in.text.remove_prefix(1), ++seen)
      if (seen < 3) millis = millis * 10 + (in.text.front() - '0');
    if (seen == 0) return std::nullopt;
    for (; seen < 3; ++seen) millis *= 10;
  }
  int offset_minutes = 0;
  if (!in.take('Z') && !in.take('z')) {
    const bool west = in.take('-');
    if (!west) in.need('+');
    const int offset_hour = in.digits(2);
    in.need(':');
    const int offset_minute = in.digits(2);
    if (offset_hour > 23 || offset_minute > 59) return std::nullopt;
    offset_minutes = (west ? -1 : 1) * (offset_hour * 60 + offset_minute);
  }
  if (!in.good || !in.text.empty()) return std::nullopt;
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 60) return std::nullopt;

  const std::int64_t minutes = days_from_civil({year, month, day}) * 1440 + hour * 60 + minute - offset_minutes;
  if (second == 60) {
    // A leap second stands only at the end of a UTC month; it has the same milliseconds as the second after it.
    const std::int64_t after = minutes + 1;
    if (after % 1440 != 0 || civil_from_days(after / 1440).day != 1) return std::nullopt;
  }
  return (minutes * 60 + second) * 1000 + millis;
}

static void append_digits(std::string& out, std::int64_t value, int count) {
  char digits[20];
  for (int i = count; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out.append(digits, static_cast<std::size_t>(count));
}

static void append_date(std::string& out, std::int64_t days) {
  const CivilDate date = civil_from_days(days);
  append_digits(out, date.year, 4);
  out.push_back('-');
  append_digits(out, date.month, 2);
  out.push_back('-');
  append_digits(out, date.day, 2);
}

void append_rfc3339(std::string& out, TimeMs time) {
  const std::int64_t days = utc_day(time);
  const std::int64_t of_day = time - days * kDayMs;
  append_date(out, days);
  out.push_back('T');
  append_digits(out, of_day / kHourMs, 2);
  out.push_back(':');
  append_digits(out, of_day / 60'000 % 60, 2);
  out.push_back(':');
  append_digits(out, of_day / 1000 % 60, 2);
  out.push_back('.');
  append_digits(out, of_day % 1000, 3);
  out.push_back('Z');
}

std::string rfc3339(TimeMs time) {
  std::string out;
  out.reserve(24);
  append_rfc3339(out, time);
  return out;
}

std::string utc_date(TimeMs time) {
  std::string out;
  append_date(out, utc_day(time));
  return out;
}

}  // namespace millrace
