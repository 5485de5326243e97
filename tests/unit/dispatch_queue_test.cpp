// What waits, and in which order it goes on.
#include "tests/unit/dispatch_desk.h"

using namespace millrace;
using namespace millrace::test;

namespace {

using Ids = std::vector<std::string>;

// Its mail channel takes `n` an hour, and n of them are gone.
struct FullHour : Desk {
  explicit FullHour(int n = 1) {
    d.send("operator.channel_config", op({{"channel", "email"}, {"limits", {{"channel_hour", n}}}}));
    for (int i = 0; i < n; ++i)
      intend("gone" + std::to_string(i), {.lead = "gone" + std::to_string(i), .domain = "gone" + std::to_string(i)});
  }
};

}  // namespace

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("OR-1: due messages run by priority, then by the time of their first deferral, then by id") {
  FullHour desk;
  desk.intend("m1", {.lead = "a", .priority = "low", .domain = "a"});
  desk.intend("m3", {.lead = "b", .domain = "b"});
  desk.intend("m2", {.lead = "c", .domain = "c"});
  desk.now += 1;
  desk.intend("m4", {.lead = "d", .priority = "high", .domain = "d"});
  Ids order;
  for (int hour = 1; hour <= 5; ++hour)
    for (const auto& id : Desk::commanded(desk.tick(kMonday10 + hour * kHourMs))) order.push_back(id);
  CHECK(order == Ids{"m4", "m2", "m3", "m1"});
}

TEST_CASE("QU-3: a row that is deferred again for the same stops its queue for all") {
  FullHour desk;
  for (int i = 0; i < 30; ++i) desk.intend("m" + std::to_string(10 + i), {.lead = "l" + std::to_string(i), .domain = "d" + std::to_string(i)});
  CHECK(desk.tick(kMonday10 + kHourMs - 1).empty());
  CHECK(Desk::commanded(desk.tick(kMonday10 + kHourMs)) == Ids{"m10"});
  CHECK(desk.tick(kMonday10 + 2 * kHourMs - 1).empty());
  CHECK(Desk::commanded(desk.tick(kMonday10 + 2 * kHourMs)) == Ids{"m11"});
}

TEST_CASE("OR-1: rows of different queues run in one order") {
  Desk desk(kMonday10 - 24 * kHourMs);  // Sunday
  desk.intend("m1", {.lead = "a", .priority = "low", .domain = "a", .timezone = "Europe/London"});
  desk.intend("m2", {.lead = "b", .priority = "high", .domain = "b", .timezone = "UTC"});
  desk.intend("m3", {.lead = "c", .priority = "high", .domain = "c", .timezone = "Europe/London"});
  desk.intend("m4", {.lead = "d", .domain = "d", .timezone = "Africa/Accra"});
  CHECK(Desk::commanded(desk.tick(kMonday10 - kHourMs)) == Ids{"m2", "m3", "m4", "m1"});
}

TEST_CASE("a hundred messages that become due at once all run on that tick") {
  Desk desk(kMonday10 - 24 * kHourMs);
  desk.sender("s1", "email", {{"daily_cap", 1000}});
  for (int i = 0; i < 100; ++i)
    desk.intend("t" + std::to_string(i), {.lead = "l" + std::to_string(i), .channel = "linkedin", .to = "x" + std::to_string(i)});
  desk.d.send("operator.channel_config", desk.op({{"channel", "linkedin"}, {"limits", {{"channel_hour", 1000}, {"channel_day", 1000}}}}));
  const auto out = desk.tick(kMonday10 - kHourMs);
  CHECK(Desk::commanded(out).size() == 3);  // the first day of its sender
  CHECK(desk.tick(kMonday10).empty());
  CHECK(Desk::commanded(desk.tick(kMonday10 + 23 * kHourMs)).size() == 5);
}

TEST_CASE("OR-2: a new message does not pass those that are due for the same") {
  FullHour desk;
  desk.intend("m1", {.lead = "a", .domain = "a"});
  desk.now = kMonday10 + kHourMs;  // due, but no tick yet
  CHECK(Desk::result(desk.intend("m2", {.lead = "b", .domain = "b"})) == "-");
  CHECK(Desk::result(desk.intend("m3", {.lead = "c", .channel = "linkedin", .to = "x"})) == "COMMANDED");
  CHECK(Desk::result(desk.intend("m4", {.lead = "d", .priority = "high", .domain = "d"})) == "COMMANDED");
  CHECK(Desk::commanded(desk.tick(desk.now)).empty());
  CHECK(Desk::commanded(desk.tick(desk.now + kHourMs)) == Ids{"m1"});
  CHECK(Desk::commanded(desk.tick(desk.now + kHourMs)) == Ids{"m2"});
}

TEST_CASE("OR-3: seven days of waiting for limits, and no more") {
  Desk desk;
  desk.d.send("operator.channel_config", desk.op({{"channel", "email"}, {"limits", {{"channel_hour", 0}}}}));
  desk.intend("m1");
  CHECK(desk.tick(kMonday10 + 3 * kDayMs).empty());
  desk.d.send("operator.kill_switch", desk.op({{"on", true}, {"scope", "tenant"}, {"reason", "stop"}}), {.at_ms = desk.now});
  desk.tick(kMonday10 + 4 * kDayMs);  // finds the switch on: its clock stands
  desk.tick(kMonday10 + 20 * kDayMs);
  desk.d.send("operator.kill_switch", desk.op({{"on", false}, {"scope", "tenant"}, {"reason", "go"}}), {.at_ms = desk.now});
  CHECK(Desk::result(desk.tick(desk.now + 1000)) == "-");
  CHECK(Desk::result(desk.tick(kMonday10 + 23 * kDayMs + 500)) == "-");
  CHECK(Desk::result(desk.tick(kMonday10 + 23 * kDayMs + 1000)) == "SKIPPED deferred_too_long");
  CHECK(desk.tick(kMonday10 + 40 * kDayMs).empty());
}

TEST_CASE("DI-4: what waits can be withdrawn, and the rest of its queue goes on") {
  FullHour desk;
  for (const char* id : {"m1", "m2", "m3"}) desk.intend(id, {.lead = id, .domain = id});
  CHECK(Desk::result(desk.d.send("intent.withdrawn", {{"message_id", "m1"}})) == "SKIPPED withdrawn");
  CHECK(Desk::commanded(desk.tick(kMonday10 + kHourMs)) == Ids{"m2"});
  CHECK(Desk::commanded(desk.tick(kMonday10 + 2 * kHourMs)) == Ids{"m3"});
}

TEST_CASE("the kill switch defers what comes, revokes what went, and lets go on the next tick") {
  Desk desk;
  desk.intend("m0");
  const auto on = desk.d.send("operator.kill_switch", desk.op({{"on", true}, {"scope", "tenant"}, {"reason", "stop"}}), {.at_ms = desk.now});
  CHECK(only(on, "command.revoked").data == Json{{"before_ms", kMonday10}, {"scope", "tenant"}});
  CHECK(only(on, "ledger.entry").data.at("kind") == "control");
  CHECK(Desk::result(desk.fact("delivery.failed", "m0", {{"reason", "revoked"}})) == "-");
  CHECK(Desk::result(desk.intend("m1", {.lead = "l2"})) == "-");
  CHECK(desk.tick(desk.now + kDayMs).empty());
  desk.d.send("operator.kill_switch", desk.op({{"on", false}, {"scope", "tenant"}, {"reason", "go"}}), {.at_ms = desk.now});
  const auto out = desk.tick(desk.now + 10'000);
  CHECK(Desk::commanded(out) == Ids{"m0", "m1"});
  CHECK(only(out, "email.send").data.at("command_id") == "m0:2");
}

TEST_CASE("a global kill switch holds every tenant and lets every tenant go") {
  Desk desk;
  desk.d.send("operator.kill_switch", desk.op({{"on", true}, {"scope", "global"}, {"reason", "stop"}}), {.tenant = "_", .broadcast = true});
  CHECK(Desk::result(desk.intend("m1")) == "-");
  desk.d.send("operator.kill_switch", desk.op({{"on", false}, {"scope", "global"}, {"reason", "go"}}), {.tenant = "_", .broadcast = true});
  CHECK(Desk::commanded(desk.tick(desk.now + 10'000)) == Ids{"m1"});
}

TEST_CASE("waiting messages survive a restart") {
  FullHour desk;
  desk.intend("m1", {.lead = "a", .domain = "a"});
  desk.d.restart();
  CHECK(Desk::commanded(desk.tick(kMonday10 + kHourMs)) == Ids{"m1"});
}

TEST_SUITE_END();
