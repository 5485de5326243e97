#include "tests/unit/route_driver.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE("topology/route") {
  TEST_CASE("RV: a cap approval covers its value and less, and a higher one asks again") {
    RouteDriver d;
    d.zone();
    const auto held = d.scored("ld_1", {{"deal_value_cents", 60000000}}, {.id = "in-1"});
    CHECK(d.reasons(held) == Json({"deal_cap_exceeded"}));
    const Json item = d.opened(held);
    CHECK(item.at("review_id") == hid("rv_", 12, {"acme", "ld_1", "in-1", "deal_cap_exceeded"}));
    CHECK(item.at("type") == "CAP");
    CHECK(item.at("value_cents") == 60000000);
    CHECK(item.at("due_ms") == 604800000);
    // A higher value while the item is open is the same HOLD: nothing is said.
    CHECK(d.scored("ld_1", {{"deal_value_cents", 65000000}}).empty());
    // Approved at 600,000.00, decided again at 650,000.00: held again under a new item.
    const auto again = d.answer("approve", item);
    CHECK(d.reasons(again) == Json({"deal_cap_exceeded"}));
    const Json second = d.opened(again);
    CHECK(second.at("value_cents") == 65000000);
    const auto routed = d.answer("approve", second);
    CHECK(d.action(routed) == "ROUTE");
    CHECK(only(routed, "route.decided").data.at("rules").at(4).at("outcome") == "approved");
  }

  TEST_CASE("RV: an approval in MANUAL_REVIEW goes to score, and the next lead.scored is routed without auto") {
    RouteDriver d;
    d.zone();
    d.policy("[route]\nauto = false\n");
    const Json item = d.opened(d.scored("ld_1", {{"status", "MANUAL_REVIEW"}}));
    const auto out = d.answer("approve", item);
    CHECK(only(out, "review.decided").data == Json({{"actor", "bob"}, {"lead_id", "ld_1"}, {"outcome", "approved"}}));
    CHECK(count(out, "route.decided") == 0);
    CHECK(d.action(d.scored("ld_1")) == "ROUTE");
  }

  TEST_CASE("RV: a routing approval is used up by the decision that reaches check 6") {
    RouteDriver d;
    d.zone();
    d.policy("[route]\nauto = false\n");
    const Json item = d.opened(d.scored("ld_1", {{"campaign_id", nullptr}}));
    CHECK(item.at("reason") == "auto_off");
    const auto out = d.answer("approve", item);
    CHECK(d.reasons(out) == Json({"no_campaign"}));
    CHECK(d.reasons(d.scored("ld_1")) == Json({"auto_off"}));
  }

  TEST_CASE("RV: a rejection sends a waiting lead back to score as rejected") {
    RouteDriver d;
    d.zone();
    const Json item = d.opened(d.scored("ld_1", {{"deal_value_cents", 60000000}}));
    const auto out = d.answer("reject", item);
    CHECK(only(out, "review.decided").data.at("outcome") == "rejected");
    CHECK(d.states(out) == Json({"rejected"}));
  }

  TEST_CASE("RV-1: an item answers once; later answers are not_open, and one that never was is unknown_review") {
    RouteDriver d;
    d.zone();
    const Json item = d.opened(d.scored("ld_1", {{"deal_value_cents", 60000000}}));
    d.answer("approve", item);
    CHECK(only(d.answer("reject", item), "operator.rejected").data.at("code") == "not_open");
    CHECK(only(d.op("operator.approve", {{"review_id", "rv_none"}, {"zone", "north"}}), "operator.rejected")
              .data.at("code") == "unknown_review");
    CHECK(d.op("operator.approve", {{"review_id", "rv_none"}}).empty());
    CHECK(d.last_verdict().reason == "missing_field:zone");
  }

  TEST_CASE("RV: an item that nobody answers expires with an alert, and the next decision opens a new one") {
    RouteDriver d;
    d.zone();
    const Json item = d.opened(d.scored("ld_1", {{"deal_value_cents", 60000000}}, {.at_ms = 1000}));
    CHECK(count(d.tick(604800999), "alert.raised") == 0);
    const auto out = d.tick(604801000);
    CHECK(only(out, "alert.raised").data.at("reason") == "review_expired");
    CHECK(d.states(out) == Json({"expired"}));
    CHECK(only(d.answer("approve", item), "operator.rejected").data.at("code") == "not_open");
    const auto again = d.scored("ld_1", {{"deal_value_cents", 60000000}});
    CHECK(d.reasons(again) == Json({"deal_cap_exceeded"}));
    CHECK(d.opened(again).at("review_id") != item.at("review_id"));
  }

  TEST_CASE("RV: a lead that ends closes its items as moved") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1", {{"deal_value_cents", 60000000}});
    const auto out = d.scored("ld_1", {{"status", "LOST"}, {"status_reason", "deal_lost"}});
    CHECK(d.states(out) == Json({"moved"}));
    CHECK(count(d.tick(604800000), "alert.raised") == 0);
  }

  TEST_CASE("RV: a deal that grows past the cap after routing is asked once a value, and the sequence goes on") {
    RouteDriver d;
    d.zone();
    d.scored("ld_1");
    d.scored("ld_1", {{"status", "CONTACTED"}});
    const auto asked = d.scored("ld_1", {{"status", "CONTACTED"}, {"deal_value_cents", 60000000}});
    CHECK(only(asked, "alert.raised").data.at("severity") == "warning");
    const Json item = d.opened(asked);
    CHECK(item.at("type") == "CAP");
    CHECK(count(asked, "route.decided") == 0);
    CHECK(d.scored("ld_1", {{"status", "CONTACTED"}, {"deal_value_cents", 60000000}}).empty());
    CHECK(only(d.scored("ld_1", {{"status", "REPLIED"}, {"deal_value_cents", 90000000}}), "alert.raised")
              .data.at("severity") == "error");
    const auto no = d.answer("reject", item);
    CHECK(only(no, "alert.raised").data.at("reason") == "cap_rejected");
    CHECK(count(no, "review.decided") == 0);
  }
}
