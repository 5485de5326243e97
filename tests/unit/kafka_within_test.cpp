#include "log/kafka/within.h"

#include <doctest/doctest.h>

#include <future>
#include <thread>

#include "log/kafka/transactions.h"

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
  CHECK(calls_left_behind() == 1);  // WI-2
  CHECK(went.wait_for(std::chrono::milliseconds(0)) == std::future_status::timeout);
  answer.set_value();
  CHECK(went.wait_for(std::chrono::minutes(1)) == std::future_status::ready);
  while (calls_left_behind() > 0) std::this_thread::yield();
}

TEST_CASE("TX-4: while too many calls were left behind no other transactions are begun, and it says why") {
  std::promise<void> answer;
  const std::shared_future<void> waits = answer.get_future().share();
  for (int i = 0; i < 16; ++i)
    within<int>(std::chrono::milliseconds(0), [waits] {
      waits.wait();
      return 1;
    });
  const auto settings = KafkaSettings::from({{"brokers", "127.0.0.1:1"}, {"namespace", "none"}});
  REQUIRE(settings);
  const TopicTable topics({{"control", 1}});
  const auto refused = Transactions::open(*settings, "id", topics, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.fault().code == "coordinator_away");
  CHECK(refused.fault().kind == Fault::Kind::retry);
  answer.set_value();
  while (calls_left_behind() > 0) std::this_thread::yield();
}

TEST_CASE("WI-2: a handle that does not come to its end is not taken for a commit that does not") {
  std::promise<void> answer;
  within<int>(std::chrono::milliseconds(0), [waits = answer.get_future().share()] { return waits.wait(), 1; }, {}, handles_left_behind());
  CHECK(handles_left_behind() == 1);
  CHECK(calls_left_behind() == 0);
  answer.set_value();
  while (handles_left_behind() > 0) std::this_thread::yield();
}

TEST_CASE("WI-3: what is done meanwhile ends with the call, or when it has nothing more to do") {
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
