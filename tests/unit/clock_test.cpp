#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "topology/control/clock.h"
#include "topology/control/sweep.h"

using namespace millrace;
using namespace millrace::control;

TEST_SUITE("topology/control") {
  TEST_CASE("CL-1: now_ms never goes back") {
    Clock clock;
    std::vector<TimeMs> now;
    for (const TimeMs at : {100, 90, 130}) {
      clock.see(at);
      now.push_back(clock.now_ms);
    }
    CHECK(now == std::vector<TimeMs>{100, 100, 130});
  }

  TEST_CASE("CL-2: a tick counts when it is later than the last, and at most two periods past its append time") {
    Clock clock;
    CHECK(clock.tick(100, 100, 10) == 100);
    CHECK(clock.tick(99999, 110, 10) == 130);
    CHECK(clock.tick(130, 120, 10) == std::nullopt);
    CHECK(clock.tick(129, 120, 10) == std::nullopt);
    CHECK(clock.tick(140, 140, 10) == 140);
    CHECK(clock.tick(160, 140, 10) == 160);
    CHECK(clock.tick(161, 140, 10) == std::nullopt);
  }

  TEST_CASE("CL-2: the first tick of a history namespace, 0, counts") {
    Clock clock;
    CHECK(clock.tick(0, 0, 10000) == 0);
    CHECK(clock.tick(0, 0, 10000) == std::nullopt);
  }

  static std::vector<std::string> load(HistoryClock& clock, const std::vector<TimeMs>& minutes) {
    std::vector<std::string> log;
    for (const TimeMs minute : minutes) {
      const TimeMs event_ms = minute * 60'000;
      for (; const auto hour = clock.hour_before(event_ms); clock.passed()) log.push_back("tick " + std::to_string(*hour / 60'000));
      log.push_back(std::to_string(clock.put(event_ms) / 60'000));
    }
    return log;
  }

  TEST_CASE("CL-3: the tick of a full hour stands before the first record at or after it") {
    HistoryClock clock;
    CHECK(load(clock, {620, 725, 660}) == std::vector<std::string>{"620", "tick 660", "tick 720", "725", "725"});
    CHECK(load(clock, {780}) == std::vector<std::string>{"tick 780", "780"});
    CHECK(load(clock, {780, 781}) == std::vector<std::string>{"780", "781"});
  }

  TEST_CASE("CL-3: the hour in which the load starts has no tick, also when it starts on the hour") {
    HistoryClock clock;
    CHECK(load(clock, {600, 600, 660}) == std::vector<std::string>{"600", "600", "tick 660", "660"});
  }

  TEST_CASE("CL-3: facts from before 1970 are stamped the same way") {
    HistoryClock clock;
    CHECK(load(clock, {-90, -30, 0}) == std::vector<std::string>{"-90", "tick -60", "-30", "tick 0", "0"});
  }

  TEST_CASE("CL-3: hours without a due timer may be passed all at once") {
    HistoryClock clock;
    load(clock, {620});
    clock.pass_until(60 * kHourMs);
    CHECK(load(clock, {60 * 60 - 1}) == std::vector<std::string>{"3599"});
    CHECK(load(clock, {60 * 60}) == std::vector<std::string>{"tick 3600", "3600"});
  }

  static std::vector<std::string> offer(SweepBatch& batch, const std::vector<std::string>& keys) {
    for (const auto& key : keys)
      if (!batch.take(key)) break;
    return batch.keys;
  }

  TEST_CASE("SW-1: a batch ends with a cursor only when keys are left") {
    SweepBatch two(2);
    CHECK(offer(two, {"a", "b", "c"}) == std::vector<std::string>{"a", "b"});
    CHECK(two.next_cursor() == "b");
    SweepBatch exact(2);
    offer(exact, {"a", "b"});
    CHECK(exact.next_cursor() == std::nullopt);
    SweepBatch none;
    CHECK(none.next_cursor() == std::nullopt);
    CHECK(none.limit == 100);
  }

  TEST_CASE("SW-1: a batch of nothing or less still makes progress") {
    SweepBatch batch(0);
    CHECK(offer(batch, {"a", "b"}) == std::vector<std::string>{"a"});
    CHECK(batch.next_cursor() == "a");
    CHECK(SweepBatch(-5).limit == 1);
  }
}
