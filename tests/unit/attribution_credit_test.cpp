#include "tests/unit/attribution_driver.h"

using namespace millrace;
using namespace millrace::test;

namespace {

using Credits = std::map<std::string, std::int64_t>;
using Driver = AttributionDriver;

std::vector<Sent> with(std::vector<Sent> all, const std::vector<Sent>& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_SUITE("topology/attribution") {
  TEST_CASE("AT-1: all eight models credit each event, and each adds up to its increment") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    d.touch("ld_1", 17 * kDay, "m2", "linkedin");
    d.touch("ld_1", 24 * kDay, "m3");
    const auto first = d.stage("ld_1", "e1", "appointment_scheduled", 24 * kDay);
    const auto second = d.stage("ld_1", "e2", "closed_won", 25 * kDay, {{"amount_cents", 2000001}});
    for (const std::string& model : kModels) {
      CAPTURE(model);
      CHECK(d.sum(first, model) == 225000);
      CHECK(d.sum(second, model) == 2000001 - 225000);
    }
    CHECK(Driver::credits(first, "matched") == Credits{{"unattributed", 225000}});
    CHECK(Driver::credits(first, "linear").size() == 3);
    CHECK(Driver::credits(first, "first").size() == 1);
    CHECK(Driver::credits(second, "matched", "e2", "cash_cents") == Credits{{"unattributed", 2000001}});
    const Json row = only(first, "attribution.credit").data;
    CHECK(row.at("currency") == "USD");
    CHECK(row.at("occurred_ms") == 24 * kDay);
    CHECK(row.at("confidence_bp") == 6000);
    CHECK(only(first, "attribution.credit").key == "acme/d1");
  }

  TEST_CASE("AT-2: a lost deal takes back what each model credited, to zero") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    d.touch("ld_1", 17 * kDay, "m2", "linkedin");
    auto all = d.stage("ld_1", "e1", "show_up", 20 * kDay);
    d.touch("ld_1", 21 * kDay, "m3");
    all = with(all, d.stage("ld_1", "e2", "closed_won", 22 * kDay, {{"amount_cents", 1000000}}));
    all = with(all, d.stage("ld_1", "e3", "closed_lost", 23 * kDay));
    for (const std::string& model : kModels) {
      CAPTURE(model);
      CHECK(d.sum(all, model, "e3") == -1000000);
      for (const auto& [ref, cents] : Driver::credits(all, model)) CHECK(cents == 0);
    }
    for (const auto& [ref, cents] : Driver::credits(all, "matched", "", "cash_cents")) CHECK(cents == 0);
  }

  TEST_CASE("a conversion without a touch is direct") {
    AttributionDriver d;
    d.now(kDay);
    const auto out = d.stage("ld_1", "e1", "show_up", kDay);
    CHECK(Driver::credits(out, "linear") == Credits{{"direct", 900000}});
    CHECK(Driver::credits(out, "markov") == Credits{{"direct", 900000}});
    CHECK(Driver::credits(out, "matched") == Credits{{"unattributed", 900000}});
  }

  TEST_CASE("TO-2: touches outside the look-back or after the conversion earn nothing") {
    AttributionDriver d;
    d.now(200 * kDay);
    d.touch("ld_1", 9 * kDay, "old");
    d.touch("ld_1", 10 * kDay, "edge");
    d.touch("ld_1", 100 * kDay, "now");
    d.touch("ld_1", 100 * kDay + 1, "later");
    CHECK(Driver::credits(d.stage("ld_1", "e1", "show_up", 100 * kDay), "linear").size() == 2);
  }

  TEST_CASE("AT-5: an event counts once; out of order or in another currency it changes nothing") {
    AttributionDriver d;
    d.now(30 * kDay);
    CHECK(count(d.stage("ld_1", "e1", "show_up", 20 * kDay), "attribution.credit") == 8);
    CHECK(d.stage("ld_1", "e1", "show_up", 20 * kDay).empty());
    CHECK(d.stage("ld_1", "e0", "appointment_scheduled", 19 * kDay).empty());
    CHECK(d.stage("ld_1", "e2", "closed_won", 21 * kDay, {{"currency", "EUR"}, {"amount_cents", 1}}).empty());
    CHECK(d.sum(d.stage("ld_1", "e3", "closed_lost", 21 * kDay, {{"currency", "EUR"}}), "linear") == -900000);
  }

  TEST_CASE("an amount that arrives for a won deal is a change of stage to the same stage") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.stage("ld_1", "e1", "closed_won", 20 * kDay, {{"amount_cents", 500000}});
    const Json update = {{"deal_id", "d1"}, {"event_id", "e2"}, {"event_ms", 21 * kDay}, {"amount_cents", 700000},
                         {"currency", "USD"}, {"lead_id", "ld_1"}, {"subject", "subj:ld_1"}, {"subject_rev", 0}};
    const auto out = d.say("deal.updated", "subj:ld_1", update, d.now());
    CHECK(d.sum(out, "linear") == 200000);
    CHECK(Driver::credits(out, "matched", "", "cash_cents") == Credits{{"unattributed", 200000}});
  }

  TEST_CASE("an amount in another currency fills nothing") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.stage("ld_1", "e1", "show_up", 20 * kDay);
    const auto update = [&](const char* event, const char* currency) {
      return d.say("deal.updated", "subj:ld_1",
                   {{"deal_id", "d1"}, {"event_id", event}, {"event_ms", 21 * kDay}, {"amount_cents", 999}, {"currency", currency},
                    {"lead_id", "ld_1"}, {"subject", "subj:ld_1"}, {"subject_rev", 0}}, d.now());
    };
    CHECK(update("u1", "EUR").empty());
    CHECK(d.sum(d.stage("ld_1", "e2", "closed_won", 22 * kDay), "linear") == 1500000 - 900000);
  }

  TEST_CASE("what is taken back counts as surely as the event that takes it, at most as its match") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.click("F", 18 * kDay, "fp:abc", {{"measure_consent", true}});
    const auto won = d.stage("ld_1", "e1", "appointment_scheduled", 19 * kDay, {{"fp", "abc"}, {"measure_consent", true}});
    CHECK(only(won, "revenue.credited").data.at("confidence_bp") == 6000);
    const auto lost = d.stage("ld_1", "e2", "closed_lost", 19 * kDay + 1);
    const Json revenue = only(lost, "revenue.credited").data;
    CHECK(revenue.at("pipeline_delta_cents") == -225000);
    CHECK(revenue.at("confidence_bp") == 9000);  // closed_lost 10000, a fingerprint 9000
    for (const Sent& each : lost)
      if (each.type == "attribution.credit" && each.data.at("model") != "matched") CHECK(each.data.at("confidence_bp") == 10000);
  }

  TEST_CASE("AT-1: a touch that arrives late computes its event and the later ones again") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    auto all = d.stage("ld_1", "e1", "show_up", 20 * kDay);
    all = with(all, d.stage("ld_1", "e2", "closed_lost", 21 * kDay));
    d.now(30 * kDay + kDay / 2);
    const auto restated = d.touch("ld_1", 15 * kDay, "m2", "linkedin");
    CHECK(count(restated, "attribution.credit") > 0);
    all = with(all, restated);
    for (const std::string& model : kModels) {
      CAPTURE(model);
      CHECK(d.sum(all, model, "e1") == 900000);
      CHECK(d.sum(all, model, "e2") == -900000);
    }
    CHECK(Driver::credits(all, "linear", "e1").size() == 2);
    for (const auto& [ref, cents] : Driver::credits(all, "linear")) CHECK(cents == 0);
    // The old row is taken back under its own id, the new one names it.
    bool reversed = false, stated = false;
    for (const Sent& each : restated) {
      if (each.data.at("model") != "linear" || each.data.at("event_id") != "e1" || !each.data.contains("restates")) continue;
      CHECK(each.data.at("rev") == 1);
      const std::string old = each.data.at("restates");
      if (each.data.at("credit_id") == old + "-r") reversed = each.data.at("amount_cents") == -900000;
      else stated = each.data.at("amount_cents") == 450000;
    }
    CHECK(reversed);
    CHECK(stated);
    // After a day credits stand.
    d.now(40 * kDay);
    CHECK(count(d.touch("ld_1", 16 * kDay, "m3"), "attribution.credit") == 0);
  }

  TEST_CASE("a deal keeps the models of its first credit") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.policy("[attribution]\nmodels = [\"linear\"]\n");
    CHECK(count(d.stage("ld_1", "e1", "show_up", kDay), "attribution.credit") == 1);
    d.policy("");
    CHECK(count(d.stage("ld_1", "e2", "closed_lost", 2 * kDay), "attribution.credit") == 1);
  }

  TEST_CASE("C1: a fold made anew over its tables goes on where it was") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    auto all = d.stage("ld_1", "e1", "show_up", 20 * kDay);
    d.restart();
    all = with(all, d.stage("ld_1", "e2", "closed_lost", 21 * kDay));
    for (const std::string& model : kModels) CHECK(d.sum(all, model) == 0);
  }
}
