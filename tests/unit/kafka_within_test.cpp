#include "log/kafka/within.h"

#include <doctest/doctest.h>

#include <future>

namespace millrace::log::kafka {

TEST_SUITE_BEGIN("log/kafka within");

TEST_CASE("WI-1: a call that returns gives its value, and what it owned is gone by then") {
  auto owned = std::make_shared<int>(7);
  const std::weak_ptr<int> watched = owned;
  const auto value = within<int>(std::chrono::minutes(1), [owned = std::move(owned)] { return *owned; });
  REQUIRE(value);
  CHECK(*value == 7);
  CHECK(watched.expired());
}

TEST_CASE("WI-1: a call that does not return is left behind, and what it owns goes when it returns at last") {
  std::promise<void> answer, gone;
  struct Owned {
    explicit Owned(std::promise<void>& gone) : gone(gone) {}
    ~Owned() { gone.set_value(); }
    std::promise<void>& gone;
  };
  std::future<void> went = gone.get_future();
  const auto value = within<int>(std::chrono::milliseconds(1), [owned = std::make_shared<Owned>(gone), waits = answer.get_future().share()] {
    waits.wait();
    return 1;
  });
  CHECK_FALSE(value);
  CHECK(went.wait_for(std::chrono::milliseconds(0)) == std::future_status::timeout);
  answer.set_value();
  CHECK(went.wait_for(std::chrono::minutes(1)) == std::future_status::ready);
}

TEST_CASE("WI-2: what is done meanwhile ends with the call, or when it has nothing more to do") {
  std::promise<void> third;
  int times = 0;
  const auto value = within<int>(
      std::chrono::minutes(1), [waits = third.get_future().share()] { return waits.wait(), 7; },
      [&] {
        if (++times == 3) third.set_value();
        return true;
      });
  REQUIRE(value);
  CHECK(*value == 7);
  CHECK(times >= 3);
  times = 0;
  std::promise<void> over;
  CHECK(within<int>(
            std::chrono::minutes(1), [waits = over.get_future().share()] { return waits.wait(), 8; },
            [&] { return ++times == 2 ? (over.set_value(), false) : true; }) == 8);
  CHECK(times == 2);
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
