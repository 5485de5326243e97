#include "tests/unit/route_driver.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE("topology/route") {
  constexpr TimeMs kDay = 86'400'000;

  std::vector<std::string> severities(const std::vector<Sent>& out, std::string_view topic) {
    std::vector<std::string> found;
    for (const Sent& each : out)
      if (each.type == "lead.escalated" && each.topic == topic) found.push_back(each.data.at("severity"));
    return found;
  }
  using Levels = std::vector<std::string>;

  TEST_CASE("a lead that stays in a group escalates at each level once, to outreach and to the alerts") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1", {{"stage", "show_up"}, {"stage_entered_ms", 0}}, {.at_ms = 1000});
    CHECK(severities(d.tick(14 * kDay), "routing.decisions").empty());
    const auto out = d.tick(14 * kDay + 1);
    CHECK(severities(out, "routing.decisions") == Levels{"medium"});
    CHECK(severities(out, "alerts") == Levels{"medium"});
    const Json e = only(out, "lead.escalated").data;
    CHECK(e == Json({{"group", "negotiation"}, {"in_stage_ms", 14 * kDay + 1}, {"lead_id", "ld_1"},
                     {"severity", "medium"}, {"stage", "show_up"}}));
    CHECK(severities(d.tick(28 * kDay), "alerts").empty());
    CHECK(severities(d.tick(42 * kDay), "alerts") == Levels{"high"});
    CHECK(severities(d.tick(42 * kDay + 1), "alerts") == Levels{"critical"});
    CHECK(d.tick(90 * kDay).empty());
  }

  TEST_CASE("another stage of the same group goes on counting, another group begins anew") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1", {{"stage", "show_up"}, {"stage_entered_ms", 0}});
    d.scored("ld_1", {{"stage", "proposal_sent"}, {"stage_entered_ms", 5 * kDay}});
    CHECK(severities(d.tick(14 * kDay + 1), "alerts") == Levels{"medium"});
    d.scored("ld_1", {{"stage", "contract_sent"}, {"stage_entered_ms", 15 * kDay}});
    CHECK(severities(d.tick(25 * kDay), "alerts").empty());
    CHECK(severities(d.tick(25 * kDay + 1), "alerts") == Levels{"medium"});
  }

  TEST_CASE("terminal leads and deals that are over do not escalate") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1", {{"stage", "show_up"}, {"stage_entered_ms", 0}});
    d.scored("ld_1", {{"stage", "show_up"}, {"stage_entered_ms", 0}, {"status", "LOST"}});
    d.scored("ld_2", {{"stage", "closed_won"}, {"stage_entered_ms", 0}});
    d.scored("ld_3");
    CHECK(severities(d.tick(200 * kDay), "alerts").empty());
    // Taken up again, it is as late as it is: all levels at once, in order.
    d.scored("ld_1", {{"stage", "show_up"}, {"stage_entered_ms", 0}, {"status", "NEW"}});
    CHECK(severities(d.tick(201 * kDay), "alerts") == Levels{"medium", "high", "critical"});
  }

  TEST_CASE("timers keep the threshold they were set with when the policy changes") {
    RouteDriver d;
    d.scored("ld_1", {{"stage", "show_up"}, {"stage_entered_ms", 0}});
    d.policy("[route.escalation]\nnegotiation_days = 1\n");
    d.scored("ld_1", {{"stage", "contract_sent"}, {"stage_entered_ms", 0}, {"status", "QUALIFIED"}});
    CHECK(severities(d.tick(10 * kDay + 1), "alerts") == Levels{"medium"});
    CHECK(severities(d.tick(14 * kDay + 1), "alerts").empty());
  }
}
