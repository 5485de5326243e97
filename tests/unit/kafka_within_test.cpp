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

TEST_SUITE_END();

}  // namespace millrace::log::kafka
