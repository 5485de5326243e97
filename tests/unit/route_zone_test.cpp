#include "tests/unit/route_driver.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE("topology/route") {
  TEST_CASE("a zone with values outside their range is a dead letter and changes nothing") {
    RouteDriver d;
    for (const Json& bad : {Json{{"risk_bp", 10001}}, Json{{"inventory_bp", -1}}, Json{{"demand_bp", 10001}},
                            Json{{"average_price_cents", -1}}, Json{{"capacity_cents", -1}}}) {
      d.zone(bad);
      CHECK(d.last_verdict().reason == "bad_field:" + bad.begin().key());
    }
    CHECK(d.reasons(d.scored("ld_1")) == Json({"unknown_zone"}));
    d.zone({{"currency", nullptr}});
    CHECK(d.last_verdict().reason == "missing_field:currency");
  }

  TEST_CASE("CP-2: a deal in another currency waits for a person") {
    RouteDriver d;
    d.zone({{"currency", "EUR"}});
    CHECK(d.reasons(d.scored("ld_1")) == Json({"currency_mismatch"}));
  }

  TEST_CASE("RT-5: a redefined zone tests its routed leads in batches, in the order of their ids") {
    RouteDriver d;
    d.zone();
    for (int i = 0; i < 250; ++i) {
      const std::string id = "ld_" + std::to_string(1000 + i);
      d.scored(id, {{"deal_value_cents", 40000000}});
      d.scored(id, {{"status", "ROUTED"}, {"deal_value_cents", 40000000}});
    }
    auto out = d.zone({{"average_price_cents", 70000000}});
    std::vector<std::string> asked;
    int sweeps = 0;
    while (count(out, "control.sweep") == 1) {
      ++sweeps;
      CHECK(only(out, "control.sweep").broadcast);
      out = d.deliver(out);
      for (const Sent& each : out)
        if (each.type == "alert.raised") {
          CHECK(each.data.at("reason") == "cap_lowered");
          asked.push_back(each.data.at("context").at("lead_id"));
        }
    }
    CHECK(sweeps == 3);
    CHECK(asked.size() == 250);
    CHECK(std::is_sorted(asked.begin(), asked.end()));
    // The same definition again asks nobody twice.
    out = d.zone({{"average_price_cents", 70000000}});
    while (count(out, "control.sweep") == 1) out = d.deliver(out);
    CHECK(out.empty());
  }

  TEST_CASE("RT-5: control.sweep decides waiting leads again and leaves alone what has not changed") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1", {{"deal_value_cents", 60000000}});
    d.scored("ld_2", {{"deal_value_cents", 60000000}, {"campaign_id", "c2"}});
    d.scored("ld_3");
    const auto sweep = [&](Json data) {
      data["stage"] = "route";
      return d.send("control.sweep", data, {.tenant = "_", .broadcast = true});
    };
    CHECK(sweep(Json::object()).empty());
    d.zone({{"average_price_cents", 200000000}});
    const auto second = sweep({{"campaign_id", "c2"}});
    CHECK(count(second, "route.decided") == 1);
    CHECK(only(second, "route.decided").data.at("lead_id") == "ld_2");
    CHECK(only(second, "route.decided").tenant == "acme");
    const auto rest = sweep(Json::object());
    CHECK(only(rest, "lead.routed").data.at("lead_id") == "ld_1");
    CHECK(sweep(Json::object()).empty());
    CHECK(d.send("control.sweep", {{"stage", "score"}}, {.tenant = "_", .broadcast = true}).empty());
    CHECK(d.last_verdict().kind == Verdict::Kind::ignored);
  }

  TEST_CASE("OW-1, RT-4: leads go to the owner with most room, and the loads follow the leads") {
    RouteDriver d;
    d.zone();
    const auto owner = [&](const std::string& lead) {
      const Json e = only(d.scored(lead), "route.decided").data;
      return e.contains("owner_id") ? e.at("owner_id").get<std::string>() : e.at("reasons").back().get<std::string>();
    };
    CHECK(d.reasons(d.scored("ld_0")).empty());  // no owners: no reason
    d.op("operator.owner_defined", {{"owner_id", "ann"}, {"zones", {"north"}}, {"capacity", 2}});
    d.op("operator.owner_defined", {{"owner_id", "bob"}, {"zones", {"*"}}, {"capacity", 1}});
    d.op("operator.owner_defined", {{"owner_id", "cid"}, {"zones", {"south"}}, {"capacity", 9}});
    CHECK(owner("ld_1") == "ann");  // 0/2 and 0/1 are equal: the name decides
    CHECK(owner("ld_2") == "bob");
    CHECK(owner("ld_3") == "ann");
    CHECK(owner("ld_4") == "no_owner");
    d.scored("ld_2", {{"status", "LOST"}});
    CHECK(owner("ld_5") == "bob");
    // A lead that comes back keeps its owner, also when there is no room left.
    d.scored("ld_2", {{"status", "NEW"}});
    CHECK(owner("ld_2") == "bob");
    d.op("operator.owner_defined", {{"owner_id", "ann"}, {"zones", {"south"}}, {"capacity", 9}});
    CHECK(owner("ld_6") == "no_owner");
  }

  TEST_CASE("the cone's list is told on the tick after it changed, once") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1", {{"probability_bp", 2000}}, {.at_ms = 1000});
    d.scored("ld_2", {{"probability_bp", 9000}});
    const auto out = d.tick(10000);
    const Sent& told = only(out, "cone.changed");
    CHECK(told.topic == "alerts");
    CHECK(told.key == "acme");
    CHECK(told.data == Json({{"top", {"ld_2", "ld_1"}}, {"zone", "north"}}));
    CHECK(d.tick(20000).empty());
    // A change that leaves the order as it was says nothing.
    d.scored("ld_2", {{"probability_bp", 9100}});
    CHECK(count(d.tick(30000), "cone.changed") == 0);
    d.scored("ld_2", {{"status", "LOST"}});
    CHECK(only(d.tick(40000), "cone.changed").data.at("top") == Json({"ld_1"}));
  }

  TEST_CASE("a packet passes with the cap of its deal") {
    RouteDriver d;
    d.zone();
    const Json decided = only(d.scored("ld_1"), "route.decided").data;
    const auto out = d.send("packet.draft",
                            {{"lead_id", "ld_1"}, {"request_id", "r"}, {"tenant", "acme"}, {"deal_value_cents", 60000000},
                             {"currency", "USD"}, {"lead", {{"status", "ROUTED"}}}},
                            {.key = "acme/north"});
    const Sent& sent = only(out, "packet.draft");
    CHECK(sent.key == "acme/ld_1");
    CHECK(sent.data.at("lead").at("status") == "ROUTED");
    CHECK(sent.data.at("tenant") == "acme");
    CHECK(sent.data.at("decision") == Json({{"cap_cents", 50000000}, {"cap_result", "hold:deal_cap_exceeded"},
                                            {"decision_id", decided.at("decision_id")}, {"zone", "north"}}));
  }

  TEST_CASE("zones whose names hold slashes or stars are apart from each other") {
    RouteDriver d;
    d.zone({{"zone", "a/b"}});
    CHECK(d.action(d.scored("ld_1", {{"zone", "a/b"}})) == "ROUTE");
    CHECK(d.reasons(d.scored("ld_1", {{"zone", "a"}})) == Json({"unknown_zone"}));
    d.scored("ld_2", {{"zone", "*"}});
    const auto out = d.tick(10000);
    std::vector<std::string> zones;
    for (const Sent& each : out)
      if (each.type == "cone.changed") zones.push_back(each.data.at("zone"));
    CHECK(zones == std::vector<std::string>{"*", "a", "a/b"});
  }
}
