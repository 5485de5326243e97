#include <doctest/doctest.h>

#include <algorithm>

#include "core/chance.h"
#include "state/memory_kv.h"
#include "topology/dispatch/rings.h"

using namespace millrace;
using namespace millrace::dispatch;

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("RG-1: a ring counts what a list would count, over parts, removals and time") {
  state::TableSpace space(std::make_unique<state::MemoryKv>(), 1 << 20);
  REQUIRE(space.restore());
  Rings rings(space);
  std::vector<TimeMs> model;
  const Chance chance(7, "rings", "1");
  TimeMs now = 1'000'000'000;
  for (std::uint64_t i = 0; i < 6000; ++i) {
    now += chance.uniform(3 * i, 0, 20'000);
    rings.add("r", now);
    model.push_back(now);
    if (chance.uniform(3 * i + 1, 0, 10) == 0) {
      const auto victim = model.end() - 1 - chance.uniform(3 * i + 2, 0, std::min<std::int64_t>(900, static_cast<std::int64_t>(model.size())));
      if (*victim > now - Rings::kKeepMs) {
        rings.remove("r", *victim);
        model.erase(victim);
      }
    }
    if (i % 37) continue;
    for (const DurationMs window : {kHourMs, kDayMs})
      for (const std::int64_t max : {1, 100, 700, 3000, 100'000}) {
        const auto first = std::upper_bound(model.begin(), model.end(), now - window);
        const auto n = model.end() - first;
        const Counted counted = rings.counted("r", now - window, max);
        if (n < max) {
          REQUIRE(counted.count == n);
        } else {
          REQUIRE(counted.count >= max);
          REQUIRE(counted.freeing_ts == *(model.end() - max));
        }
      }
    space.end_step();
  }
}

TEST_CASE("rings of a prefix are erased a few at a time") {
  state::TableSpace space(std::make_unique<state::MemoryKv>(), 1 << 20);
  REQUIRE(space.restore());
  Rings rings(space);
  for (int i = 0; i < 5; ++i) rings.add("a/dry0/x" + std::to_string(i), 1000);
  rings.add("a/live/x", 1000);
  CHECK(rings.erase_some("a/dry0/", 3));
  CHECK_FALSE(rings.erase_some("a/dry0/", 3));
  CHECK(rings.counted("a/dry0/x4", 0, 9).count == 0);
  CHECK(rings.counted("a/live/x", 0, 9).count == 1);
}

TEST_SUITE_END();
