#include <doctest/doctest.h>

#include "core/time.h"
#include "topology/dispatch/window.h"

using namespace millrace;
using namespace millrace::dispatch;

namespace {
std::string opens(const Window& window, const char* zone, const char* at) {
  const auto next = next_open(window, system_time_zones(), zone, *parse_rfc3339(at));
  return next ? rfc3339(*next) : "never";
}
}  // namespace

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("WI-1: the window opens at its start and is shut at its end") {
  CHECK(opens({}, "UTC", "2026-01-05T08:59:59.999Z") == "2026-01-05T09:00:00.000Z");
  CHECK(opens({}, "UTC", "2026-01-05T09:00:00Z") == "2026-01-05T09:00:00.000Z");
  CHECK(opens({}, "UTC", "2026-01-05T17:59:59.999Z") == "2026-01-05T17:59:59.999Z");
  CHECK(opens({}, "UTC", "2026-01-05T18:00:00Z") == "2026-01-06T09:00:00.000Z");
  CHECK(opens({}, "UTC", "2026-01-09T18:00:00Z") == "2026-01-12T09:00:00.000Z");  // Friday evening
}

TEST_CASE("WI-1: summer time follows from local time") {
  CHECK(opens({}, "Europe/Berlin", "2026-03-27T17:00:00Z") == "2026-03-30T07:00:00.000Z");
  CHECK(opens({}, "Europe/Berlin", "2026-10-23T16:00:00Z") == "2026-10-26T08:00:00.000Z");
}

TEST_CASE("WI-1: a start inside the gap opens when the clock has jumped over it") {
  Window window;
  window.hours = {2 * 60 + 30, 12 * 60};
  window.quiet = {0, 0};
  window.days = 0b1111111;
  CHECK(opens(window, "Europe/Berlin", "2026-03-29T00:00:00Z") == "2026-03-29T01:00:00.000Z");  // 03:00 local
}

TEST_CASE("WI-1: an hour that comes twice is open twice") {
  Window window;
  window.hours = {2 * 60, 2 * 60 + 30};
  window.quiet = {0, 0};
  window.days = 0b1111111;
  CHECK(opens(window, "Europe/Berlin", "2026-10-25T00:00:00Z") == "2026-10-25T00:00:00.000Z");
  CHECK(opens(window, "Europe/Berlin", "2026-10-25T00:30:00Z") == "2026-10-25T01:00:00.000Z");
  CHECK(opens(window, "Europe/Berlin", "2026-10-25T01:30:00Z") == "2026-10-26T01:00:00.000Z");
}

TEST_CASE("WI-1: quiet hours go over midnight and cut a long window") {
  Window window;
  window.hours = {0, 1440};
  window.days = 0b1111111;
  CHECK(opens(window, "UTC", "2026-01-05T21:00:00Z") == "2026-01-06T08:00:00.000Z");
  CHECK(opens(window, "UTC", "2026-01-05T20:59:00Z") == "2026-01-05T20:59:00.000Z");
}

TEST_CASE("WI-3: an operator's message keeps the quiet hours only") {
  const Window quiet = Window().quiet_only();
  CHECK(opens(quiet, "UTC", "2026-01-10T12:00:00Z") == "2026-01-10T12:00:00.000Z");  // Saturday
  CHECK(opens(quiet, "UTC", "2026-01-10T23:00:00Z") == "2026-01-11T08:00:00.000Z");
}

TEST_CASE("a window without days never opens") {
  Window window;
  window.days = 0;
  CHECK(opens(window, "UTC", "2026-01-05T09:00:00Z") == "never");
}

TEST_SUITE_END();
