#include <doctest/doctest.h>

#include "core/time.h"
#include "topology/zones.h"

using namespace millrace;

TEST_SUITE_BEGIN("topology/zones");

TEST_CASE("ZO-1: local time follows the offset of its moment") {
  const TimeZones& zones = system_time_zones();
  const TimeMs winter = *parse_rfc3339("2026-01-15T12:00:00Z"), summer = *parse_rfc3339("2026-07-15T12:00:00Z");
  CHECK(local_ms(zones, "Europe/Berlin", winter) - winter == kHourMs);
  CHECK(local_ms(zones, "Europe/Berlin", summer) - summer == 2 * kHourMs);
  CHECK(local_ms(zones, "America/New_York", winter) - winter == -5 * kHourMs);
}

TEST_CASE("ZO-2: what is no zone is UTC") {
  const TimeZones& zones = system_time_zones();
  CHECK(zones.known("Europe/Berlin"));
  CHECK_FALSE(zones.known("Mars/Base"));
  CHECK_FALSE(zones.known(""));
  CHECK(local_ms(zones, "Mars/Base", 1234) == 1234);
}

TEST_CASE("a span ends where the offset changes") {
  const TimeZones& zones = system_time_zones();
  const ZoneSpan span = zones.span_at("Europe/Berlin", *parse_rfc3339("2026-03-01T00:00:00Z"));
  CHECK(rfc3339(span.end_ms) == "2026-03-29T01:00:00.000Z");
  CHECK(zones.span_at("Europe/Berlin", span.end_ms).offset_ms == 2 * kHourMs);
  CHECK(zones.span_at("Europe/Berlin", span.end_ms - 1).offset_ms == kHourMs);
}

TEST_CASE("the next midnight is that of the zone, on short and on long days") {
  const TimeZones& zones = system_time_zones();
  const auto midnight = [&](const char* zone, const char* at) { return rfc3339(next_local_midnight(zones, zone, *parse_rfc3339(at))); };
  CHECK(midnight("UTC", "2026-01-05T00:00:00Z") == "2026-01-06T00:00:00.000Z");
  CHECK(midnight("America/New_York", "2026-01-06T03:00:00Z") == "2026-01-06T05:00:00.000Z");
  CHECK(midnight("Europe/Berlin", "2026-03-29T00:30:00Z") == "2026-03-29T22:00:00.000Z");  // 23 hours
  CHECK(midnight("Europe/Berlin", "2026-10-24T22:30:00Z") == "2026-10-25T23:00:00.000Z");  // 25 hours
  CHECK(midnight("Africa/Cairo", "2026-04-23T12:00:00Z") == "2026-04-23T22:00:00.000Z");   // midnight itself is skipped
}

TEST_CASE("the rules tell their version") { CHECK_FALSE(system_time_zones().version().empty()); }

TEST_SUITE_END();
