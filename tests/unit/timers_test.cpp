#include "state/timers.h"

#include <doctest/doctest.h>

#include "state/memory_kv.h"

namespace millrace::state {
namespace {

// The timers of a task over a disk that outlives it.
struct Clock {
  explicit Clock(std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>())
      : space(std::make_unique<MemoryKv>(std::move(disk)), 1 << 20), timers(space) {}
  void checkpoint() {
    space.cut({.position = 1});
    REQUIRE(space.commit(false));
  }
  TableSpace space;
  Timers timers;
};

}  // namespace

TEST_SUITE_BEGIN("state/timers");

TEST_CASE("TI-1: timers fire in the order of due time, kind and key, each once") {
  Clock clock;
  clock.timers.set({20, "b", "x", {}, {}});
  clock.timers.set({10, "b", "x", {}, {}});
  clock.timers.set({10, "a", "y", {}, {}});
  clock.timers.set({10, "a", "x", {}, {}});
  clock.timers.set({10, "a", "x", {}, {}});
  std::string order;
  Timer timer;
  while (clock.timers.pop_due(15, timer)) order += timer.kind + timer.key + " ";
  CHECK(order == "ax ay bx ");
  CHECK(clock.timers.earliest() == 20);
  clock.timers.cancel(20, "b", "x");
  CHECK(clock.timers.earliest() == std::numeric_limits<TimeMs>::max());
}

TEST_CASE("TI-4: a restart knows the timers of the last checkpoint, with their positions") {
  auto disk = std::make_shared<MemoryDisk>();
  const Position at{TopicId{3}, Partition{2}, Offset{77}}, root{TopicId{1}, Partition{4}, Offset{5}};
  {
    Clock clock(disk);
    clock.timers.set({10, "step", "a", at, root});
    clock.timers.set({-30, "step", "b", at, root});
    clock.timers.set({20, "step", "c", at, root});
    clock.checkpoint();
    clock.timers.cancel(20, "step", "c");
    clock.timers.set({1, "step", "d", at, root});
  }
  Clock clock(disk);
  Timer timer;
  REQUIRE(clock.timers.pop_due(100, timer));
  CHECK(timer.due_ms == -30);
  REQUIRE(clock.timers.pop_due(100, timer));
  CHECK(timer.key == "a");
  CHECK(timer.set_by == at);
  CHECK(timer.root == root);
  REQUIRE(clock.timers.pop_due(100, timer));
  CHECK(timer.key == "c");
  CHECK_FALSE(clock.timers.pop_due(100, timer));
}

TEST_CASE("due() counts what has come and not fired, in memory and in the store, up to a bound") {
  constexpr int kTimers = 5000;  // more than are read at once
  auto disk = std::make_shared<MemoryDisk>();
  {
    Clock clock(disk);
    CHECK(clock.timers.due(100, 10) == 0);
    for (int i = 0; i < kTimers; ++i) clock.timers.set({i, "step", std::to_string(i), {}, {}});
    clock.checkpoint();
  }
  Clock clock(disk);
  CHECK(clock.timers.due(-1, kTimers) == 0);
  CHECK(clock.timers.due(kTimers, 7) == 7);
  CHECK(clock.timers.due(kTimers, 2 * kTimers) == kTimers);
  CHECK(clock.timers.in_memory() < kTimers);  // counting read none in
  clock.timers.cancel(4000, "step", "4000");
  clock.timers.set({4500, "late", "x", {}, {}});
  CHECK(clock.timers.due(kTimers, 2 * kTimers) == kTimers);
  CHECK(clock.timers.due(4000, 2 * kTimers) == 4000);
  Timer timer;
  for (int i = 0; i < 3; ++i) REQUIRE(clock.timers.pop_due(kTimers, timer));
  CHECK(clock.timers.due(kTimers, 2 * kTimers) == kTimers - 3);
}

TEST_CASE("timers are shown in the order in which they fire, those of the store and those set since, but for what was cancelled") {
  auto disk = std::make_shared<MemoryDisk>();
  {
    Clock clock(disk);
    clock.timers.set({1'000, "step", "a", {}, {}});
    clock.timers.set({3'000, "step", "c", {}, {}});
    clock.timers.set({4'000, "wake", "d", {}, {}});
    clock.checkpoint();
  }
  Clock clock(disk);
  clock.timers.set({2'000, "step", "b", {}, {}});
  clock.timers.cancel(3'000, "step", "c");
  const auto shown = [&](std::string_view prefix, std::string_view after, std::size_t limit) {
    std::vector<std::string> all;
    clock.timers.list(prefix, after, limit, [&](std::string_view key, std::string_view) { all.emplace_back(key); });
    return all;
  };
  const std::string day = "1970-01-01T00:00:0";
  const std::vector<std::string> all{day + "1.000Z/step/a", day + "2.000Z/step/b", day + "4.000Z/wake/d"};
  CHECK(shown({}, {}, 10) == all);
  CHECK(shown({}, all[0], 1) == std::vector<std::string>{all[1]});
  CHECK(shown(day + "4", {}, 10) == std::vector<std::string>{all[2]});
  CHECK(clock.timers.print(all[1]));
  CHECK_FALSE(clock.timers.print(day + "3.000Z/step/c"));
}

TEST_SUITE_END();

}  // namespace millrace::state
