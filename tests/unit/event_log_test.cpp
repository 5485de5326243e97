#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/event_log.h"

namespace millrace::test {

namespace {

struct Desk {
  TimeMs now = 1'700'000'000'500;
  std::vector<nlohmann::json> lines;
  cli::EventLog log{Level::info, [this] { return now; }, [this](std::string_view line) {
    REQUIRE(line.back() == '\n');
    lines.push_back(nlohmann::json::parse(line));
  }};
};

}  // namespace

TEST_SUITE("cli/event_log") {
  TEST_CASE("a line holds the fields that are there, in JSON, and no others") {
    Desk desk;
    desk.log.tell({.level = Level::warn, .name = "dlq", .stage = "harvest", .partition = 3, .offset = 12, .code = "bad_json", .detail = "a \"quote\""});
    REQUIRE(desk.lines.size() == 1);
    CHECK(desk.lines[0] == nlohmann::json{{"ts", "2023-11-14T22:13:20.500Z"}, {"level", "warn"}, {"event", "dlq"}, {"stage", "harvest"}, {"partition", 3}, {"offset", 12}, {"code", "bad_json"}, {"detail", "a \"quote\""}});
  }

  TEST_CASE("levels above the chosen one are not told") {
    Desk desk;
    CHECK(!desk.log.wants(Level::debug));
    desk.log.tell({.level = Level::debug, .name = "commit"});
    CHECK(desk.lines.empty());
    CHECK(cli::level_of("debug") == Level::debug);
    CHECK(!cli::level_of("loud"));
  }

  TEST_CASE("EL-6: above 100 lines a second of one event the rest is counted, and one limit line tells it") {
    Desk desk;
    for (int i = 0; i < 250; ++i) desk.log.tell({.level = Level::warn, .name = "dlq"});
    desk.log.tell({.name = "retry"});  // another event is not held back
    REQUIRE(desk.lines.size() == 101);
    desk.log.tell_counted();
    CHECK(desk.lines.size() == 101);  // the second is not over
    desk.now += 1000;
    desk.log.tell_counted();
    REQUIRE(desk.lines.size() == 102);
    CHECK(desk.lines.back()["event"] == "limit");
    CHECK(desk.lines.back()["code"] == "dlq");
    CHECK(desk.lines.back()["detail"].get<std::string>().starts_with("150 more lines"));
    desk.log.tell({.level = Level::warn, .name = "dlq"});
    CHECK(desk.lines.back()["event"] == "dlq");
    desk.now += 1000;
    desk.log.tell_counted();
    CHECK(desk.lines.size() == 103);
  }

  TEST_CASE("EL-6: what was counted is told at the end too") {
    std::vector<std::string> lines;
    {
      cli::EventLog log(Level::info, [] { return TimeMs{1000}; }, [&](std::string_view line) { lines.emplace_back(line); });
      for (int i = 0; i < 101; ++i) log.tell({.name = "reject"});
    }
    REQUIRE(lines.size() == 101);
    CHECK(lines.back().find("\"limit\"") != std::string::npos);
  }
}

}  // namespace millrace::test
