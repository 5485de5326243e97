#include "tests/unit/attribution_driver.h"

using namespace millrace;
using namespace millrace::test;

namespace {

using Credits = std::map<std::string, std::int64_t>;
using Driver = AttributionDriver;

const Json kIds = {{"click_ids", {{"click_id", "C"}, {"fbclid", "F"}}}, {"measure_consent", true}};

}  // namespace

TEST_SUITE("topology/attribution") {
  TEST_CASE("MA-1: keys are asked in order, and the click earns the deal's money for its ad") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.click("F", 18 * kDay, "click:fbclid=F");
    const auto out = d.stage("ld_1", "e1", "show_up", 19 * kDay, kIds);
    CHECK(count(out, "match.request") == 2);  // click_id=C has nothing
    CHECK(Driver::credits(out, "matched") == Credits{{"F", 900000}});
    for (const Sent& each : out) {
      if (each.type != "attribution.credit" || each.data.at("model") != "matched") continue;
      CHECK(each.data.at("channel") == "ad:meta");
      CHECK(each.data.at("layer") == 1);
      CHECK(each.data.at("method") == "click_id");
      CHECK(each.data.at("window_ms") == kDay);
      CHECK(each.data.at("confidence_bp") == 8500);
      CHECK(each.data.at("ad_id") == "ad_F");
    }
    const Sent& revenue = only(out, "revenue.credited");
    CHECK(revenue.topic == "ads.performance");
    CHECK(revenue.key == "acme/A");
    CHECK(revenue.data.at("pipeline_delta_cents") == 900000);
    CHECK(revenue.data.at("spend_day") == "1970-01-19");
    CHECK(only(out, "match.counted").data.at("matched") == 1);
    // The match is kept for life: the next stage asks nobody.
    const auto won = d.stage("ld_1", "e2", "closed_won", 19 * kDay + 1, {{"amount_cents", 1000000}});
    CHECK(count(won, "match.request") == 0);
    CHECK(Driver::credits(won, "matched", "", "cash_cents") == Credits{{"F", 1000000}});
    CHECK(only(won, "revenue.credited").data.at("cash_delta_cents") == 1000000);
  }

  TEST_CASE("a crowd on one fingerprint is no match, and its kind is told") {
    AttributionDriver d;
    d.now(20 * kDay);
    for (const char* id : {"a", "b", "c", "d"}) d.click(id, 19 * kDay, "fp:abc", {{"measure_consent", true}});
    const auto out = d.stage("ld_1", "e1", "show_up", 19 * kDay + 1, {{"fp", "abc"}, {"measure_consent", true}});
    CHECK(only(out, "match.result").data.at("ambiguous") == Json({"fp"}));
    CHECK(Driver::credits(out, "matched") == Credits{{"unattributed", 900000}});
  }

  TEST_CASE("AT-3: events wait in order for the answer of the one before") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.click("F", 18 * kDay, "click:fbclid=F");
    auto stage = [&](const char* event, const char* to, TimeMs at) {
      Json data = {{"deal_id", "d1"}, {"event_id", event}, {"event_ms", at}, {"stage_to", to}, {"subject", "subj:ld_1"},
                   {"lead_id", "ld_1"}, {"subject_rev", 0}, {"currency", "USD"}, {"click_ids", {{"fbclid", "F"}}}};
      return d.send("conversion", data, {.at_ms = d.now(), .key = "acme/subj:ld_1"});
    };
    const auto asked = stage("e1", "show_up", 19 * kDay);
    const auto second = stage("e2", "closed_lost", 19 * kDay + 1);
    CHECK(d.credits(second, "linear") == Credits{{"direct", -900000}});
    CHECK(d.credits(second, "matched").empty());
    const auto out = d.settle(asked);
    CHECK(d.credits(out, "matched", "e1") == Credits{{"F", 900000}});
    CHECK(d.credits(out, "matched", "e2") == Credits{{"F", -900000}});
  }

  TEST_CASE("a click that comes late restates what was unattributed, and the ad gets the money") {
    AttributionDriver d;
    d.now(20 * kDay);
    auto all = d.stage("ld_1", "e1", "show_up", 19 * kDay, kIds);
    CHECK(d.credits(all, "matched") == Credits{{"unattributed", 900000}});
    d.now(20 * kDay + kHour);
    const auto late = d.click("F", 18 * kDay, "click:fbclid=F");
    CHECK(only(late, "match.result").data.at("late") == true);
    all.insert(all.end(), late.begin(), late.end());
    CHECK(d.credits(all, "matched") == Credits{{"F", 900000}, {"unattributed", 0}});
    CHECK(only(late, "revenue.credited").data.at("rev") == 1);
    // A lower layer later does not change it; a newer click of the same layer does.
    const auto better = d.click("C2", 18 * kDay + kHour, "click:click_id=C", {{"ids", {{"click_id", "C"}}}});
    all.insert(all.end(), better.begin(), better.end());
    CHECK(d.credits(all, "matched") == Credits{{"F", 0}, {"C2", 900000}, {"unattributed", 0}});
    CHECK(count(better, "revenue.credited") == 2);
  }

  TEST_CASE("a click that comes after late_ms changes nothing") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.stage("ld_1", "e1", "show_up", 19 * kDay, kIds);
    d.now(21 * kDay + 1);
    CHECK(count(d.click("F", 18 * kDay, "click:fbclid=F"), "match.result") == 0);
  }

  TEST_CASE("a deal that found nothing asks again with its next stage") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.stage("ld_1", "e1", "show_up", 19 * kDay, {{"click_ids", {{"fbclid", "X"}}}});
    d.click("F", 18 * kDay, "click:fbclid=F");
    const auto out = d.stage("ld_1", "e2", "closed_won", 19 * kDay + 1, {{"amount_cents", 1000000}, {"click_ids", {{"fbclid", "F"}}}});
    CHECK(d.credits(out, "matched") == Credits{{"F", 100000}});
  }

  TEST_CASE("a stage that is worth nothing asks too, and the deal keeps the match") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.click("F", 18 * kDay, "click:fbclid=F");
    const auto first = d.stage("ld_1", "e1", "lead", 19 * kDay, {{"click_ids", {{"fbclid", "F"}}}});
    CHECK(only(first, "match.result").data.at("platform") == "meta");
    CHECK(count(first, "attribution.credit") == 0);
    CHECK(count(first, "match.counted") == 0);  // nothing was earned
    d.now(40 * kDay);
    const auto later = d.stage("ld_1", "e2", "appointment_scheduled", 39 * kDay);
    CHECK(d.credits(later, "matched") == Credits{{"F", 225000}});
    CHECK(only(later, "match.counted").data.at("matched") == 1);
  }

  TEST_CASE("ids of a capture are compared at the time of the capture") {
    AttributionDriver d;
    d.now(70 * kDay);
    d.click("F", 5 * kDay, "click:fbclid=F");
    const auto out = d.stage("ld_1", "e1", "closed_won", 65 * kDay, {{"ids_ms", 5 * kDay + kHour}, {"click_ids", {{"fbclid", "F"}}}});
    CHECK(only(out, "match.result").data.at("window_ms") == kHour);
  }

  TEST_CASE("erasure and withdrawn consent empty the keys") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.say("touch", "subj:ld_1", {{"ts_ms", 18 * kDay}, {"kind", "ad_click"}, {"click_ids", {{"fbclid", "F"}}},
                                 {"keys", {"click:fbclid=F", "fp:abc"}}}, d.now());
    d.click("F", 18 * kDay, "click:fbclid=F", {{"lead_id", "ld_1"}});
    d.click("F", 18 * kDay, "fp:abc", {{"lead_id", "ld_1"}});
    auto out = d.say("consent.changed", "subj:ld_1", {{"consent", "OPT_IN"}, {"measure_consent", false}, {"lead_id", "ld_1"}}, d.now());
    CHECK(count(out, "click.forget") == 1);
    out = d.stage("ld_2", "e1", "show_up", 19 * kDay, {{"deal_id", "d2"}, {"fp", "abc"}, {"measure_consent", true}});
    CHECK(d.credits(out, "matched") == Credits{{"unattributed", 900000}});
    out = d.say("lead.erased", "subj:ld_1", {{"lead_id", "ld_1"}, {"request_id", "r"}}, d.now());
    CHECK(count(out, "click.forget") == 1);
    out = d.stage("ld_3", "e1", "show_up", 19 * kDay, {{"deal_id", "d3"}, {"click_ids", {{"fbclid", "F"}}}});
    CHECK(d.credits(out, "matched") == Credits{{"unattributed", 900000}});
  }

  TEST_CASE("what is forgotten is told by its ids, also where no lead was known yet") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.say("touch", "subj:ld_1", {{"ts_ms", 18 * kDay}, {"kind", "capture"}, {"click_ids", {{"fbclid", "F"}}},
                                 {"keys", {"click:click_id=C", "click:fbclid=F", "fp:abc"}}}, d.now());
    d.click("fbclid=F", 18 * kDay, "click:fbclid=F");
    d.click("fbclid=F", 18 * kDay, "fp:abc", {{"measure_consent", true}});
    auto out = d.say("consent.changed", "subj:ld_1", {{"consent", "UNKNOWN"}, {"measure_consent", false}, {"lead_id", "ld_1"}}, d.now());
    CHECK(only(out, "click.forget").data.at("click_ids") == Json({"C", "fbclid=F"}));
    out = d.stage("ld_2", "e1", "show_up", 19 * kDay, {{"deal_id", "d2"}, {"fp", "abc"}, {"measure_consent", true}});
    CHECK(d.credits(out, "matched") == Credits{{"unattributed", 900000}});
    d.say("lead.erased", "subj:ld_1", {{"lead_id", "ld_1"}, {"request_id", "r"}}, d.now());
    out = d.stage("ld_3", "e1", "show_up", 19 * kDay, {{"deal_id", "d3"}, {"click_ids", {{"fbclid", "F"}}}});
    CHECK(d.credits(out, "matched") == Credits{{"unattributed", 900000}});
  }

  TEST_CASE("a click from the future is a dead letter") {
    AttributionDriver d;
    d.now(kDay);
    d.click("F", kDay + 300000, "click:fbclid=F");
    CHECK(d.last_verdict().kind == Verdict::Kind::handled);
    d.click("F", kDay + 300001, "click:fbclid=F");
    CHECK(d.last_verdict().reason == "bad_field:clicked_ms");
  }
}
