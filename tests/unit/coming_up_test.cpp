#include "cli/coming_up.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace millrace::cli {

namespace {

// Brokers that answer what they are told to, the last of it for ever; who asks too often is stopped.
struct Brokers {
  explicit Brokers(std::vector<Result<int>> answers) : answers(std::move(answers)) {}
  Result<int> opened(std::chrono::milliseconds topics_wait) {
    ComingUp how;
    how.topics_wait = topics_wait;
    how.pause = std::chrono::milliseconds(0);
    how.stopped = [this] { return asked >= most; };
    how.tell = [this](const Fault& fault) { told.push_back(fault.code); };
    return open_when_up<int>([this] { return answers[std::min(asked++, answers.size() - 1)]; }, how);
  }
  std::vector<Result<int>> answers;
  std::size_t asked = 0, most = 1'000'000;
  std::vector<std::string> told;
};

constexpr std::chrono::hours kLong{1};

}  // namespace

TEST_SUITE("cli/coming_up") {
  TEST_CASE("CU-2: topics that do not come within the wait are the answer, and what was waited for was told") {
    for (const char* code : {"not_found", "topics_gone", "unknown_topic"}) {
      Brokers never({fatal(code, "what is gone")});
      const auto opened = never.opened(std::chrono::milliseconds(5));
      REQUIRE_FALSE(opened);
      CHECK(opened.fault().code == code);
      CHECK(opened.fault().message == "what is gone");
      CHECK(never.asked < never.most);
      CHECK(never.told.size() == never.asked - 1);
    }
  }

  TEST_CASE("CU-2: topics that come within the wait are waited for, and without a wait they are not") {
    const std::vector<Result<int>> late{fatal("not_found", ""), fatal("topics_gone", ""), fatal("unknown_topic", ""), 7};
    Brokers waited(late);
    const auto opened = waited.opened(kLong);
    REQUIRE(opened);
    CHECK(*opened == 7);
    CHECK(waited.told == std::vector<std::string>{"not_found", "topics_gone", "unknown_topic"});
    Brokers at_once(late);
    CHECK_FALSE(at_once.opened(std::chrono::milliseconds(0)));
    CHECK(at_once.asked == 1);
    CHECK(at_once.told.empty());
  }

  TEST_CASE("CU-1: brokers that are away are waited for longer than topics, until it is stopped") {
    Brokers away({retryable("broker_unreachable", "")});
    away.most = 2000;
    const auto opened = away.opened(std::chrono::milliseconds(0));
    REQUIRE_FALSE(opened);
    CHECK(opened.fault().code == "broker_unreachable");
    CHECK(away.asked == away.most);
    Brokers back({retryable("broker_unreachable", ""), retryable("timed_out", ""), 7});
    CHECK(back.opened(std::chrono::milliseconds(0)));
  }

  TEST_CASE("CU-1: what does not pass by itself is the answer at once") {
    Brokers locked({fatal("locked", ""), 7});
    CHECK_FALSE(locked.opened(kLong));
    CHECK(locked.asked == 1);
  }
}

}  // namespace millrace::cli
