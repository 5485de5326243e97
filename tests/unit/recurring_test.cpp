#include "node/recurring.h"

#include <doctest/doctest.h>

#include <future>
#include <vector>

namespace millrace::node {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

}  // namespace

TEST_SUITE_BEGIN("node/recurring");

TEST_CASE("RE-2: a fault is told when it is another than that of the round before, and the work goes on") {
  const std::vector<const char*> outcomes{"away", "away", "", "away", "refused", "refused"};
  std::vector<std::string> told;
  std::size_t rounds = 0;
  std::promise<void> all;
  {
    Recurring work(
        {.period = milliseconds(1)},
        [&]() -> Result<void> {
          if (rounds == outcomes.size()) {
            ++rounds;
            all.set_value();
          }
          if (rounds > outcomes.size()) return {};
          const std::string code = outcomes[rounds++];
          return code.empty() ? Result<void>() : Result<void>(retryable(code, "as told"));
        },
        [&](const Fault& fault) { told.push_back(fault.code); });
    REQUIRE(all.get_future().wait_for(seconds(30)) == std::future_status::ready);
  }
  CHECK(told == std::vector<std::string>{"away", "away", "refused"});
}

TEST_CASE("RE-1: it ends without waiting for its period, and begins at once only when told to") {
  for (const bool at_once : {false, true}) {
    std::atomic<int> rounds{0};
    std::promise<void> first;
    {
      Recurring work({.period = hours(100), .at_once = at_once}, [&]() -> Result<void> {
        if (++rounds == 1) first.set_value();
        return {};
      });
      if (at_once) REQUIRE(first.get_future().wait_for(seconds(30)) == std::future_status::ready);
      CHECK_FALSE(work.ending());
    }
    CHECK(rounds == (at_once ? 1 : 0));
  }
}

TEST_CASE("RE-1: a round under way hears that it is to end, and is waited for") {
  std::promise<void> begun, go_on;
  bool heard = false, over = false;
  auto until = go_on.get_future();
  {
    Recurring work({.period = milliseconds(1), .at_once = true}, [&]() -> Result<void> {
      begun.set_value();
      until.wait();
      heard = work.ending();
      over = true;
      return {};
    });
    begun.get_future().wait();
    work.end();
    go_on.set_value();
  }
  CHECK(heard);
  CHECK(over);
}

TEST_SUITE_END();

}  // namespace millrace::node
