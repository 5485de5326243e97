#include "tests/unit/route_driver.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE("topology/route") {
  TEST_CASE("RT-1: a qualified lead is routed, and the decision tells its checks, inputs and alternatives") {
    RouteDriver d;
    d.zone();
    d.op("operator.owner_defined", {{"owner_id", "ann"}, {"zones", {"north"}}, {"capacity", 3}});
    const auto out = d.scored("ld_1", {{"signals", {"recent_job_change", "company_hiring", "is_decision_maker"}}},
                              {.at_ms = 5000, .id = "in-1"});
    const Sent& sent = only(out, "route.decided");
    CHECK(sent.topic == "routing.decisions");
    CHECK(sent.key == "acme/ld_1");
    const Json& e = sent.data;
    CHECK(e.at("decision_id") == hid("dec_", 12, {"acme", "ld_1", "in-1"}));
    CHECK(e.at("action") == "ROUTE");
    CHECK(e.at("category") == "lead_assignment");
    CHECK(e.at("reasons") == Json({"intent_boost"}));
    CHECK(e.at("sequence") == "aggressive_close");
    CHECK(e.at("sequence_start_ms") == 5000);
    CHECK(e.at("effective_bp") == 9500);
    CHECK(e.at("boosted") == true);
    CHECK(e.at("priority") == "medium");
    CHECK(e.at("cone_bp") == 6000);
    CHECK(e.at("cone_rank") == 1);
    CHECK(e.at("owner_id") == "ann");
    CHECK(e.at("confidence_bp") == 7000);
    CHECK(e.at("cause_id") == "in-1");
    CHECK(e.at("now_ms") == 5000);
    CHECK_FALSE(e.contains("override"));
    CHECK(e.at("inputs").at("zone").at("average_price_cents") == 100000000);
    CHECK(e.at("inputs").at("owners") == Json::parse(R"([{"capacity":3,"open":0,"owner_id":"ann"}])"));
    CHECK(e.at("inputs").at("dims").at("fit") == 8000);
    CHECK(e.at("alternatives") == Json::parse(R"([{"margin_bp":1001,"sequence":"regular_nurture"}])"));
    std::vector<std::string> rules;
    for (const Json& row : e.at("rules")) rules.push_back(row.at("rule"));
    CHECK(rules == std::vector<std::string>{"route.gate", "route.review_required", "route.shield", "route.cap_check",
                                            "route.cap_check", "route.auto", "route.campaign", "route.sequence",
                                            "route.cone", "route.owner"});
    const Sent& routed = only(out, "lead.routed");
    CHECK(routed.topic == "leads.harvested");
    CHECK(routed.key == "acme/ld_1");
    CHECK(routed.data.at("decision_id") == e.at("decision_id"));
    CHECK(routed.data.at("owner_id") == "ann");
    const Sent& entry = only(out, "ledger.entry");
    CHECK(entry.data.at("kind") == "decision");
    CHECK(entry.data.at("body") == e);
  }

  TEST_CASE("RT-2: a lead that was routed is skipped, and the skip is said once") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1");
    const auto again = d.scored("ld_1", {{"engagement_bp", 3000}});
    CHECK(d.reasons(again) == Json({"already_routed"}));
    CHECK(count(d.scored("ld_1", {{"status", "ROUTED"}}), "route.decided") == 0);
    CHECK(count(d.scored("ld_1", {{"status", "CONTACTED"}}), "route.decided") == 0);
  }

  TEST_CASE("RT-2: a lead that falls back to NEW may be routed again") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1");
    d.scored("ld_1", {{"status", "LOST"}, {"status_reason", "silent"}});
    CHECK(d.reasons(d.scored("ld_1", {{"status", "NEW"}})) == Json({"qualification_pending"}));
    CHECK(d.action(d.scored("ld_1")) == "ROUTE");
  }

  TEST_CASE("RT-3: what does not change is not said twice") {
    RouteDriver d;
    CHECK(d.reasons(d.scored("ld_1", {{"status", "NEW"}})) == Json({"qualification_pending"}));
    CHECK(d.scored("ld_1", {{"status", "ENRICHED"}}).empty());
    CHECK(d.reasons(d.scored("ld_1", {{"status", "LOST"}})) == Json({"rejected_lead"}));
    CHECK(d.scored("ld_1", {{"status", "UNSUBSCRIBED"}}).empty());
  }

  TEST_CASE("a blocked deal raises an alert once and tells score nothing") {
    RouteDriver d;
    d.zone();
    const auto out = d.scored("ld_1", {{"deal_value_cents", 75000001}});
    CHECK(d.action(out) == "BLOCK");
    CHECK(only(out, "route.decided").data.at("category") == "deal_approval");
    const Json alert = only(out, "alert.raised").data;
    CHECK(alert.at("reason") == "deal_cap_hard");
    CHECK(alert.at("severity") == "error");
    CHECK(alert.at("context").at("subject") == "ld_1");
    CHECK(count(out, "lead.routed") == 0);
    CHECK(d.scored("ld_1", {{"deal_value_cents", 75000002}}).empty());
  }

  TEST_CASE("a status that score does not know is a dead letter") {
    RouteDriver d;
    CHECK(d.scored("ld_1", {{"status", "PARKED"}}).empty());
    CHECK(d.last_verdict().reason == "bad_field:status");
  }

  TEST_CASE("a campaign of the policy stands in for the lead's") {
    RouteDriver d;
    d.zone();
    CHECK(d.reasons(d.scored("ld_1", {{"campaign_id", nullptr}})) == Json({"no_campaign"}));
    d.policy("[campaign.default]\n\"*\" = \"c9\"\n");
    const auto out = d.scored("ld_1", {{"campaign_id", nullptr}, {"engagement_bp", 3000}});
    CHECK(d.action(out) == "ROUTE");
    CHECK(only(out, "route.decided").data.at("campaign_id") == "c9");
    CHECK(d.states(out) == Json({"moved"}));
  }

  TEST_CASE("an override names the sequence, and its request stands in the decision") {
    RouteDriver d;
    d.zone();
    d.policy("[route]\nauto = false\n");
    CHECK(d.reasons(d.scored("ld_1")) == Json({"auto_off"}));
    const auto out = d.op("operator.route_override", {{"lead_id", "ld_1"}, {"zone", "north"}, {"sequence", "vip_7"},
                                                      {"approver", "eve"}, {"reason", "known"}, {"request_id", "r9"}});
    const Json e = only(out, "route.decided").data;
    CHECK(e.at("action") == "ROUTE");
    CHECK(e.at("sequence") == "vip_7");
    CHECK(e.at("override") == Json({{"approver", "eve"}, {"request_id", "r9"}}));
    CHECK(count(out, "review.decided") == 0);
  }

  TEST_CASE("an override takes a lead out of MANUAL_REVIEW and tells score so before it is routed") {
    RouteDriver d;
    d.zone();
    CHECK(d.reasons(d.scored("ld_1", {{"status", "MANUAL_REVIEW"}})) == Json({"review_required"}));
    const auto out = d.op("operator.route_override", {{"lead_id", "ld_1"}, {"zone", "north"}, {"sequence", "vip_7"},
                                                      {"approver", "eve"}, {"reason", "known"}});
    std::vector<std::string> back;
    for (const Sent& each : out)
      if (each.topic == "leads.harvested") back.push_back(each.type);
    CHECK(back == std::vector<std::string>{"review.decided", "lead.routed"});
    CHECK(only(out, "review.decided").data.at("outcome") == "approved");
    CHECK(only(out, "route.decided").data.at("rules").at(1).at("outcome") == "skipped");
  }

  TEST_CASE("an override with an action decides that action and opens an item that its actor cannot approve") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1", {{"status", "NEW"}});
    const auto out = d.op("operator.route_override", {{"lead_id", "ld_1"}, {"zone", "north"}, {"action", "HOLD"},
                                                      {"approver", "eve"}, {"reason", "wait"}});
    CHECK(d.action(out) == "HOLD");
    CHECK(d.reasons(out) == Json({"override"}));
    const Json item = d.opened(out);
    CHECK(item.at("type") == "ROUTING");
    CHECK(only(d.answer("approve", item, "ann"), "operator.rejected").data.at("code") == "self_approval");
  }

  TEST_CASE("overrides that cannot be are refused, each with its code") {
    RouteDriver d;
    const auto code = [&](Json changes) {
      Json data = {{"lead_id", "ld_1"}, {"zone", "north"}, {"sequence", "s"}, {"approver", "eve"}, {"reason", "r"}};
      data.merge_patch(changes);
      const auto out = d.op("operator.route_override", data);
      return out.empty() ? d.last_verdict().reason : only(out, "operator.rejected").data.at("code").get<std::string>();
    };
    CHECK(code(Json::object()) == "unknown_lead");
    CHECK(code({{"approver", "ann"}}) == "self_approval");
    CHECK(code({{"sequence", "No Such"}}) == "illegal_sequence");
    CHECK(code({{"sequence", nullptr}}) == "missing_field:sequence");
    CHECK(code({{"sequence", nullptr}, {"action", "ROUTE"}}) == "bad_field:action");
    CHECK(code({{"reason", nullptr}}) == "missing_field:reason");
  }

  TEST_CASE("leads that leave the zone take their items, load and exposure with them") {
    for (const std::string way : {"lead.zone_left", "lead.merged", "lead.erased"}) {
      CAPTURE(way);
      RouteDriver d;
      d.zone({{"capacity_cents", 1000000}});
      d.op("operator.owner_defined", {{"owner_id", "ann"}, {"zones", {"*"}}, {"capacity", 1}});
      CHECK(only(d.scored("ld_1", {{"deal_value_cents", 900000}}), "route.decided").data.at("owner_id") == "ann");
      CHECK(d.reasons(d.scored("ld_2")) == Json({"shield_critical"}));
      const Json gone = way == "lead.zone_left" ? Json{{"lead_id", "ld_1"}, {"zone", "north"}}
                        : way == "lead.merged"  ? Json{{"survivor", "ld_9"}, {"absorbed", {"ld_1"}}}
                                                : Json{{"lead_id", "ld_1"}, {"request_id", "r"}};
      const auto out = d.send(way, gone, {.key = "acme/north"});
      CHECK(only(out, "alert.raised").data.at("reason") == "shield_safe");
      const auto swept = d.deliver(out);
      CHECK(d.action(swept) == "ROUTE");
      CHECK(only(swept, "route.decided").data.at("owner_id") == "ann");
    }
  }

  TEST_CASE("C1: a fold made anew over its tables goes on where it was") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1");
    const Json held = d.opened(d.scored("ld_2", {{"deal_value_cents", 60000000}}));
    d.restart();
    CHECK(d.reasons(d.scored("ld_1", {{"engagement_bp", 1}})) == Json({"already_routed"}));
    CHECK(d.action(d.answer("approve", held)) == "ROUTE");
  }
}
