#include "tests/unit/route_driver.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE("topology/route") {
  TEST_CASE("SH-1: exposure slows a zone down, then holds it, and frees it when deals leave") {
    RouteDriver d;
    d.zone({{"capacity_cents", 10000000}});
    const auto first = d.scored("ld_1", {{"deal_value_cents", 6000000}});
    CHECK(only(first, "alert.raised").data.at("reason") == "shield_warning");
    const auto slow = d.scored("ld_2", {{"deal_value_cents", 2000000}});
    CHECK(d.reasons(slow) == Json({"shield_warning"}));
    CHECK(only(slow, "route.decided").data.at("priority") == "low");
    CHECK(only(slow, "alert.raised").data.at("severity") == "critical");
    const auto held = d.scored("ld_3");
    CHECK(d.reasons(held) == Json({"shield_critical"}));
    CHECK(d.opened(held).at("type") == "SHIELD");
    const auto free = d.scored("ld_1", {{"status", "WON"}, {"deal_value_cents", 6000000}});
    CHECK(only(free, "alert.raised").data.at("reason") == "shield_safe");
    const auto swept = d.deliver(free);
    CHECK(only(swept, "lead.routed").data.at("lead_id") == "ld_3");
    CHECK(d.states(swept) == Json({"moved"}));
  }

  TEST_CASE("an approved SHIELD item skips the shields once") {
    RouteDriver d;
    d.zone({{"capacity_cents", 1000000}});
    d.scored("ld_1");
    const Json item = d.opened(d.scored("ld_2"));
    const auto out = d.answer("approve", item);
    CHECK(d.action(out) == "ROUTE");
    CHECK(only(out, "route.decided").data.at("rules").at(2).at("outcome") == "skipped");
  }

  TEST_CASE("the lost rate is that of the last hundred contacted leads, by their first contact") {
    RouteDriver d;
    d.zone();
    const auto id = [](int i) { return "ld_" + std::to_string(1000 + i); };
    std::vector<Sent> out;
    for (int i = 0; i < 19; ++i) {
      d.scored(id(i), {{"status", "CONTACTED"}});
      out = d.scored(id(i), {{"status", "LOST"}, {"status_reason", "replied_negative"}});
      CHECK(count(out, "alert.raised") == 0);
    }
    out = d.scored(id(19), {{"status", "REPLIED"}});  // 19 of 20: 9500
    CHECK(only(out, "alert.raised").data.at("context").at("value_bp") == 9500);
    CHECK(only(out, "alert.raised").data.at("severity") == "critical");
    CHECK(d.reasons(d.scored("ld_x")) == Json({"shield_critical"}));
    out = d.scored(id(0), {{"status", "REPLIED"}});  // one comes back: 18 of 20
    CHECK(only(out, "alert.raised").data.at("reason") == "shield_warning");
    CHECK(only(d.deliver(out), "lead.routed").data.at("lead_id") == "ld_x");
    // Silence is not lost; a hundred later contacts push the first ones out.
    for (int i = 20; i < 120; ++i) {
      d.scored(id(i), {{"status", "CONTACTED"}});
      d.scored(id(i), {{"status", "LOST"}, {"status_reason", "sequence_exhausted"}});
    }
    CHECK(d.reasons(d.scored("ld_y")) == Json::array());
  }

  TEST_CASE("SH-2: a zone's own limits and values come before those for all zones") {
    RouteDriver d;
    d.zone();
    d.op("operator.shield_value", {{"zone", "north"}, {"name", "legal"}, {"value_bp", 1}});
    CHECK(d.last_verdict().reason == "unknown_shield");
    d.op("operator.shield_defined", {{"zone", "*"}, {"name", "legal"}, {"warning_bp", 50}, {"critical_bp", 100}});
    const auto told = d.op("operator.shield_value", {{"zone", "*"}, {"name", "legal"}, {"value_bp", 100}});
    CHECK(count(told, "alert.raised") == 1);
    CHECK(only(told, "alert.raised").data.at("context").at("zone") == "*");
    CHECK(d.reasons(d.scored("ld_1")) == Json({"shield_critical"}));
    d.op("operator.shield_defined", {{"zone", "north"}, {"name", "legal"}, {"warning_bp", 90}, {"critical_bp", 200}});
    CHECK(d.reasons(d.scored("ld_1", {{"engagement_bp", 1}})) == Json({"shield_warning"}));
    d.op("operator.shield_value", {{"zone", "north"}, {"name", "legal"}, {"value_bp", 10}});
    CHECK(d.reasons(d.scored("ld_2")) == Json::array());
  }

  TEST_CASE("a value for all zones that falls frees the leads of every zone") {
    RouteDriver d;
    d.zone();
    d.zone({{"zone", "south"}});
    d.op("operator.shield_defined", {{"zone", "*"}, {"name", "legal"}, {"warning_bp", 50}, {"critical_bp", 100}});
    d.op("operator.shield_value", {{"zone", "*"}, {"name", "legal"}, {"value_bp", 100}});
    d.scored("ld_1", Json::object(), {.at_ms = 1000});
    d.scored("ld_2", {{"zone", "south"}});
    const auto out = d.op("operator.shield_value", {{"zone", "*"}, {"name", "legal"}, {"value_bp", 0}});
    CHECK(count(d.deliver(out), "lead.routed") == 2);
  }

  TEST_CASE("shields that cannot be are dead letters") {
    RouteDriver d;
    d.op("operator.shield_defined", {{"zone", "north"}, {"name", "legal"}, {"warning_bp", 60}, {"critical_bp", 50}});
    CHECK(d.last_verdict().reason == "bad_field:warning_bp");
    d.op("operator.shield_value", {{"zone", "north"}, {"name", "lost_rate"}, {"value_bp", 5}});
    CHECK(d.last_verdict().reason == "bad_field:name");
  }
}
