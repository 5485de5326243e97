#include "topology/zones.h"

#include <date/tz.h>

#include <chrono>
#include <fstream>
#include <unordered_map>

#include "core/time.h"

namespace millrace {

namespace {

constexpr ZoneSpan kAlwaysUtc{INT64_MIN, INT64_MAX, 0};

TimeMs milliseconds(date::sys_seconds t) {
  const std::int64_t seconds = t.time_since_epoch().count();
  if (seconds <= INT64_MIN / 1000) return INT64_MIN;
  if (seconds >= INT64_MAX / 1000) return INT64_MAX;
  return seconds * 1000;
}

class SystemTimeZones final : public TimeZones {
 public:
  bool known(std::string_view zone) const override { return zone_of(zone).found != nullptr; }

  ZoneSpan span_at(std::string_view zone, TimeMs t) const override {
    if (zone == "UTC") return kAlwaysUtc;
    Zone& z = zone_of(zone);
    if (!z.found) return kAlwaysUtc;
    if (t < z.last.begin_ms || t >= z.last.end_ms) z.last = look_up(*z.found, t);
    return z.last;
  }

  std::string version() const override {
    // The library does not tell it for the system's files; their text form starts with "# version 2025b".
    std::ifstream rules("/usr/share/zoneinfo/tzdata.zi");
    std::string hash, word, version;
    return rules >> hash >> word >> version && word == "version" ? version : std::string();
  }

 private:
  struct Zone {
    const date::time_zone* found = nullptr;
    ZoneSpan last{0, 0, 0};  // most questions are about now
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };

  // What this thread has asked for before.
  static Zone& zone_of(std::string_view name) {
    static thread_local std::unordered_map<std::string, Zone, Hash, std::equal_to<>> zones;
    const auto it = zones.find(name);
    if (it != zones.end()) return it->second;
    Zone zone;
    try {
      if (!name.empty()) zone.found = date::locate_zone(name);
    } catch (const std::exception&) {  // not a zone
    }
    return zones.emplace(name, zone).first->second;
  }

  static ZoneSpan look_up(const date::time_zone& zone, TimeMs t) {
    const std::int64_t seconds = (t >= 0 ? t : t - 999) / 1000;
    try {
      const date::sys_info info = zone.get_info(date::sys_seconds(std::chrono::seconds(seconds)));
      return {milliseconds(info.begin), milliseconds(info.end), std::chrono::milliseconds(info.offset).count()};
    } catch (const std::exception&) {
      return kAlwaysUtc;
    }
  }
};

}  // namespace

const TimeZones& system_time_zones() {
  static const SystemTimeZones zones;
  return zones;
}

std::int64_t local_day(const TimeZones& zones, std::string_view zone, TimeMs t) {
  return utc_day(local_ms(zones, zone, t));
}

TimeMs next_local_midnight(const TimeZones& zones, std::string_view zone, TimeMs t) {
  ZoneSpan span = zones.span_at(zone, t);
  const std::int64_t today = utc_day(t + span.offset_ms);
  for (;;) {
    const TimeMs midnight = (today + 1) * kDayMs - span.offset_ms;
    if (midnight < span.end_ms) return midnight < span.begin_ms ? span.begin_ms : midnight;
    span = zones.span_at(zone, span.end_ms);
    if (utc_day(span.begin_ms + span.offset_ms) > today) return span.begin_ms;  // the clock jumped over midnight
  }
}

}  // namespace millrace
