#include "tests/unit/attribution_driver.h"

using namespace millrace;
using namespace millrace::test;

namespace {

using Credits = std::map<std::string, std::int64_t>;

}  // namespace

TEST_SUITE("topology/attribution") {
  TEST_CASE("AT-4: a deal that gets its lead takes its journey along, and what still comes follows") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.say("touch", "subj:deal:d1", {{"ts_ms", 10 * kDay}, {"kind", "click"}, {"message_id", "m1"}, {"channel", "email"}}, d.now());
    d.touch("ld_1", 12 * kDay, "m2", "linkedin");
    auto all = d.say("conversion", "subj:deal:d1",
                     {{"deal_id", "d1"}, {"event_id", "e1"}, {"event_ms", 20 * kDay}, {"stage_to", "show_up"},
                      {"subject", "subj:deal:d1"}, {"subject_rev", 0}, {"currency", "USD"}}, d.now());
    // The new subject hears of the deal before its journey came: it holds the fact.
    const Json won = {{"event_id", "e2"}, {"amount_cents", 1000000}, {"subject_rev", 1}};
    CHECK(d.stage("ld_1", "e2", "closed_won", 21 * kDay, won).empty());
    const auto moved = d.say("journey.rekey", "subj:deal:d1",
                             {{"from", "subj:deal:d1"}, {"to", "subj:ld_1"}, {"deals", Json::array({{{"deal_id", "d1"}, {"subject_rev", 1}}})}}, d.now());
    CHECK(count(moved, "journey.moved") == 2);
    all.insert(all.end(), moved.begin(), moved.end());
    for (const std::string& model : kModels) {
      CAPTURE(model);
      CHECK(d.sum(all, model, "e1") == 900000);
      CHECK(d.sum(all, model, "e2") == 100000);
    }
    CHECK(d.credits(moved, "linear", "e2").size() == 2);  // touches of both
    // Facts that still come to the old subject are sent on.
    const auto late = d.say("conversion", "subj:deal:d1",
                            {{"deal_id", "d1"}, {"event_id", "e3"}, {"event_ms", 22 * kDay}, {"stage_to", "closed_lost"},
                             {"subject", "subj:deal:d1"}, {"subject_rev", 0}, {"currency", "USD"}}, d.now());
    for (const std::string& model : kModels) CHECK(d.sum(late, model) == -1000000);
    CHECK(d.say("conversion", "subj:deal:d1",
                {{"deal_id", "d1"}, {"event_id", "e1"}, {"event_ms", 20 * kDay}, {"stage_to", "show_up"},
                 {"subject", "subj:deal:d1"}, {"subject_rev", 0}, {"currency", "USD"}}, d.now()).size() == 1);  // forwarded, a duplicate there
  }

  TEST_CASE("AT-1: a touch older than a deal's last change computes it again, also where the deal has moved and nothing has come since") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    d.stage("ld_1", "e1", "show_up", 20 * kDay);
    CHECK(d.credits(d.touch("ld_1", 20 * kDay + 1, "after"), "linear").empty());
    CHECK(d.credits(d.touch("ld_1", 20 * kDay, "at"), "linear", "e1").size() == 2);
    const Json merged = {{"survivor", "ld_2"}, {"absorbed", {"ld_1"}}};
    d.say("lead.merged", "subj:ld_1", merged, d.now());
    CHECK(d.credits(d.touch("ld_2", 20 * kDay + 2, "after2"), "linear").empty());
    CHECK(d.credits(d.touch("ld_2", 15 * kDay, "before"), "linear", "e1").size() == 3);
  }

  TEST_CASE("AT-4: an absorbed lead's journey goes to the survivor in records of fifty touches") {
    AttributionDriver d;
    d.now(30 * kDay);
    for (int i = 0; i < 120; ++i) d.touch("ld_2", 10 * kDay + i, "m" + std::to_string(i));
    const Json merged = {{"survivor", "ld_1"}, {"absorbed", {"ld_2"}}};
    CHECK(d.say("lead.merged", "subj:ld_1", merged, d.now()).empty());
    CHECK(count(d.say("lead.merged", "subj:ld_2", merged, d.now()), "journey.moved") == 3);
    CHECK(d.credits(d.stage("ld_1", "e1", "show_up", 20 * kDay), "linear").size() == 20);
  }

  TEST_CASE("AT-1: a deal outlives the erasure of its lead, under a name of its own") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    d.stage("ld_1", "e1", "show_up", 20 * kDay);
    const auto erased = d.say("lead.erased", "subj:ld_1", {{"lead_id", "ld_1"}, {"request_id", "r"}}, d.now());
    CHECK(only(erased, "journey.moved").key == "acme/subj:deal:d1");
    // As harvest names it from now on: no lead, the next subject_rev.
    const auto lost = d.say("conversion", "subj:deal:d1",
                            {{"deal_id", "d1"}, {"event_id", "e2"}, {"event_ms", 21 * kDay}, {"stage_to", "closed_lost"},
                             {"subject", "subj:deal:d1"}, {"subject_rev", 1}, {"currency", "USD"}}, d.now());
    for (const std::string& model : kModels) {
      CAPTURE(model);
      CHECK(d.sum(lost, model) == -900000);
    }
    for (const Sent& each : lost) CHECK_FALSE(each.data.contains("lead_id"));
    CHECK(count(d.tick(200 * kDay), "journey.closed") == 0);  // no journey of the lead is left to close
  }

  TEST_CASE("AT-3: a deal whose lead is erased while it asks for its click gets the answer under its new name") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.click("F", 18 * kDay, "click:fbclid=F");
    const auto asked = d.send("conversion",
                              {{"deal_id", "d1"}, {"event_id", "e1"}, {"event_ms", 19 * kDay}, {"stage_to", "show_up"}, {"subject", "subj:ld_1"},
                               {"lead_id", "ld_1"}, {"subject_rev", 0}, {"currency", "USD"}, {"click_ids", {{"fbclid", "F"}}}},
                              {.at_ms = d.now(), .key = "acme/subj:ld_1"});
    const auto answered = d.deliver(asked);
    d.settle(d.send("lead.erased", {{"lead_id", "ld_1"}, {"request_id", "r"}}, {.at_ms = d.now(), .key = "acme/subj:ld_1"}));
    const auto out = d.settle(answered);
    CHECK(d.credits(out, "matched") == std::map<std::string, std::int64_t>{{"F", 900000}});
  }

  TEST_CASE("AT-4: what moves to an erased lead moves on") {
    AttributionDriver d;
    d.now(20 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    d.touch("ld_2", 11 * kDay, "m2");
    d.stage("ld_2", "e1", "show_up", 19 * kDay);
    d.say("lead.erased", "subj:ld_1", {{"lead_id", "ld_1"}, {"request_id", "r"}}, d.now());
    const auto moved = d.say("journey.rekey", "subj:ld_2",
                             {{"from", "subj:ld_2"}, {"to", "subj:ld_1"}, {"deals", Json::array({{{"deal_id", "d1"}, {"subject_rev", 1}}})}}, d.now());
    CHECK(moved.back().type == "journey.moved");
    CHECK(moved.back().key == "acme/subj:deal:d1");
    const auto lost = d.say("conversion", "subj:deal:d1",
                            {{"deal_id", "d1"}, {"event_id", "e2"}, {"event_ms", 21 * kDay}, {"stage_to", "closed_lost"},
                             {"subject", "subj:deal:d1"}, {"subject_rev", 2}, {"currency", "USD"}}, d.now());
    for (const std::string& model : kModels) CHECK(d.sum(lost, model) == -900000);
  }

  TEST_CASE("AT-5: an event that was counted before its deal moved is a duplicate after it, however many there were") {
    AttributionDriver d;
    d.now(20 * kDay);
    for (int i = 0; i < 250; ++i)
      d.stage("ld_2", "e" + std::to_string(i), "show_up", 10 * kDay + i);
    const auto moved = d.say("journey.rekey", "subj:ld_2",
                             {{"from", "subj:ld_2"}, {"to", "subj:ld_1"}, {"deals", Json::array({{{"deal_id", "d1"}, {"subject_rev", 1}}})}}, d.now());
    for (const Sent& each : moved)
      for (const Json& deal : each.data.value("deals", Json::array())) CHECK(deal.value("seen", Json::array()).size() <= 200);
    d.stage("ld_1", "x", "closed_lost", 12 * kDay, {{"subject_rev", 1}});
    for (int i = 0; i < 250; i += 7)
      CHECK(d.stage("ld_1", "e" + std::to_string(i), "show_up", 13 * kDay, {{"subject_rev", 1}}).empty());
    CHECK(d.sum(d.stage("ld_1", "new", "show_up", 13 * kDay, {{"subject_rev", 1}}), "linear") == 900000);
  }

  TEST_CASE("AT-4: a deal with many credits goes over in several records, also when it moves on before the last of them") {
    AttributionDriver d;
    d.now(30 * kDay);
    for (int i = 0; i < 25; ++i) d.touch("ld_1", 10 * kDay + i, "m" + std::to_string(i));
    d.stage("ld_1", "e1", "appointment_scheduled", 20 * kDay);
    d.stage("ld_1", "e2", "show_up", 20 * kDay + 1);
    const auto rekey = [](const char* from, const char* to, int rev) {
      return Json{{"from", from}, {"to", to}, {"deals", Json::array({{{"deal_id", "d1"}, {"subject_rev", rev}}})}};
    };
    const auto moved = d.send("journey.rekey", rekey("subj:ld_1", "subj:ld_2", 1), {.at_ms = d.now(), .key = "acme/subj:ld_1"});
    REQUIRE(count(moved, "journey.moved") > 3);
    const auto half = moved.begin() + static_cast<std::ptrdiff_t>(moved.size() / 2);
    std::vector<Sent> all = d.settle({moved.begin(), half});
    for (const Sent& each : d.say("journey.rekey", "subj:ld_2", rekey("subj:ld_2", "subj:ld_3", 2), d.now())) all.push_back(each);
    CHECK(count(all, "attribution.credit") == 0);
    // The deal is still on its way to the last place: what is said of it there waits for it.
    CHECK(d.stage("ld_3", "e3", "closed_lost", 21 * kDay, {{"subject_rev", 2}}).empty());
    // What was credited is known there: a lost deal takes it back, from each touch and in each model.
    const auto lost = d.settle({half, moved.end()});
    for (const std::string& model : kModels) {
      CAPTURE(model);
      CHECK(d.sum(lost, model) == -900000);
    }
    CHECK(d.credits(lost, "linear").size() == 20);
    CHECK(d.stage("ld_3", "e2", "show_up", 22 * kDay, {{"subject_rev", 2}}).empty());  // AT-5
    // A late touch states both events again: their credits came along.
    const auto late = d.touch("ld_3", 15 * kDay, "late");
    CHECK(d.sum(late, "last", "e1") == 0);
    CHECK(d.credits(late, "last", "e1").size() == 2);
  }

  TEST_CASE("AT-4: a match that comes while a deal's records still arrive changes nothing; behind the last of them it states anew") {
    AttributionDriver d;
    d.now(30 * kDay);
    const char* const stages[] = {"appointment_scheduled", "show_up"};
    for (int i = 0; i < 120; ++i) d.stage("ld_1", "e" + std::to_string(i), stages[i % 2], 20 * kDay + i);
    const Json deals = {{{"deal_id", "d1"}, {"subject_rev", 1}}};
    const auto moved = d.send("journey.rekey", {{"from", "subj:ld_1"}, {"to", "subj:ld_2"}, {"deals", deals}}, {.at_ms = d.now(), .key = "acme/subj:ld_1"});
    REQUIRE(moved.size() > 3);
    const auto found = [&] {
      return d.say("match.result", "subj:ld_2", {{"subject", "subj:ld_2"}, {"deal_id", "d1"}, {"event_id", "e1"}, {"late", true}, {"layer", 1},
                                                 {"method", "click_id"}, {"confidence_bp", 10000}, {"click_id", "C"}, {"clicked_ms", 20 * kDay}}, d.now());
    };
    for (auto each = moved.begin(); each != moved.end(); ++each) {
      CHECK(found().empty());
      CHECK(d.deliver({*each}).empty());
    }
    const auto late = found();
    CHECK(d.credits(late, "matched", "e1") == std::map<std::string, std::int64_t>{{"C", 675000}, {"unattributed", -675000}});
    CHECK(d.sum(late, "matched") == 0);
  }

  TEST_CASE("an erasure that an absorbed lead hears first does not overtake what was said of the survivor's deals") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.say("lead.merged", "subj:ld_2", {{"survivor", "ld_1"}, {"absorbed", {"ld_2"}}}, d.now());
    d.stage("ld_1", "e1", "appointment_scheduled", 20 * kDay);
    const Json erased = {{"lead_id", "ld_1"}, {"request_id", "r"}, {"aliases", {"ld_2"}}};
    CHECK(d.say("lead.erased", "subj:ld_2", erased, d.now()).empty());
    // Said behind the erasure, of the deal's next place.
    CHECK(d.say("conversion", "subj:deal:d1",
                {{"deal_id", "d1"}, {"event_id", "e3"}, {"event_ms", 22 * kDay}, {"stage_to", "closed_lost"}, {"subject", "subj:deal:d1"}, {"subject_rev", 1},
                 {"currency", "USD"}}, d.now()).empty());
    const auto before = d.stage("ld_1", "e2", "show_up", 21 * kDay);
    const auto after = d.say("lead.erased", "subj:ld_1", erased, d.now());
    for (const std::string& model : kModels) {
      CAPTURE(model);
      CHECK(d.sum(before, model, "e2") == 675000);
      CHECK(d.sum(after, model, "e3") == -900000);
    }
  }

  TEST_CASE("AT-2: deals whose ids begin alike, up to a number sign, are two deals") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    const Json order = {{"deal_id", "csv:1001"}}, again = {{"deal_id", "csv:1001#2"}};
    d.stage("ld_1", "e1", "show_up", 20 * kDay, order);
    d.stage("ld_1", "e2", "appointment_scheduled", 20 * kDay, again);
    const Json merged = {{"survivor", "ld_2"}, {"absorbed", {"ld_1"}}};
    for (const Sent& each : d.say("lead.merged", "subj:ld_1", merged, d.now()))
      for (const Json& deal : each.data.value("deals", Json::array())) CHECK(deal.at("seen").size() == 1);
    const auto lost = d.stage("ld_2", "e3", "closed_lost", 21 * kDay, order);
    const auto other = d.stage("ld_2", "e4", "closed_lost", 21 * kDay, again);
    for (const std::string& model : kModels) {
      CAPTURE(model);
      CHECK(d.sum(lost, model) == -900000);
      CHECK(d.sum(other, model) == -225000);
    }
  }

  TEST_CASE("AT-4: many keys go over in records of two hundred") {
    AttributionDriver d;
    d.now(20 * kDay);
    Json keys = Json::array();
    for (int i = 0; i < 450; ++i) keys.push_back("click:gclid=" + std::to_string(i));
    d.say("touch", "subj:ld_2", {{"ts_ms", 18 * kDay}, {"kind", "capture"}, {"click_ids", {{"gclid", "1"}}}, {"keys", keys}}, d.now());
    const auto moved = d.say("lead.merged", "subj:ld_2", {{"survivor", "ld_1"}, {"absorbed", {"ld_2"}}}, d.now());
    std::size_t told = 0;
    for (const Sent& each : moved) {
      const std::size_t n = each.data.value("keys", Json::array()).size();
      CHECK(n <= 200);
      told += n;
    }
    CHECK(told == 450);
  }

  TEST_CASE("each UTC day has its model, also a quiet one, and one without a conversion says so") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.say("journey.closed", "agg", {{"currency", "USD"}, {"channels", {"email"}}, {"result", "null"}, {"day", "1970-01-31"}}, d.now());
    const Json first = only(d.settle(d.tick(31 * kDay)), "attribution.model").data;
    CHECK(first == Json({{"conversion_bp", 0}, {"currency", "USD"}, {"journeys", 1}, {"removal_effect_bp", Json::object()},
                         {"share_bp", Json::object()}, {"version", 1}}));
    CHECK(count(d.settle(d.tick(31 * kDay + kHour)), "attribution.model") == 0);
    const auto quiet = d.settle(d.tick(33 * kDay + kHour));
    CHECK(only(quiet, "attribution.model").data.at("version") == 2);
    CHECK(count(quiet, "outcome.metric") == 0);
  }

  TEST_CASE("a deal named in a rekey without conversions yet does not make the new subject wait") {
    AttributionDriver d;
    d.now(kDay);
    CHECK(d.stage("ld_1", "e1", "show_up", kDay, {{"subject_rev", 1}}).empty());
    const auto out = d.say("journey.rekey", "subj:deal:d1",
                           {{"from", "subj:deal:d1"}, {"to", "subj:ld_1"}, {"deals", Json::array({{{"deal_id", "d1"}, {"subject_rev", 1}}})}}, d.now());
    CHECK(d.sum(out, "linear") == 900000);
  }

  TEST_CASE("a journey closes as conv when its deal is won, and as null when nothing follows") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    d.touch("ld_1", 11 * kDay, "m2", "linkedin");
    const Json closed = only(d.stage("ld_1", "e1", "closed_won", 20 * kDay), "journey.closed").data;
    CHECK(closed == Json({{"channels", {"email", "linkedin"}}, {"currency", "USD"}, {"day", "1970-01-31"}, {"result", "conv"}}));
    d.touch("ld_2", 10 * kDay, "m1");
    CHECK(count(d.tick(100 * kDay), "journey.closed") == 0);
    const auto out = d.tick(100 * kDay + 1);
    CHECK(only(out, "journey.closed").data.at("result") == "null");
    CHECK(count(d.tick(300 * kDay), "journey.closed") == 0);
  }

  TEST_CASE("a journey with an open deal waits for its end") {
    AttributionDriver d;
    d.now(30 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    d.stage("ld_1", "e1", "show_up", 20 * kDay);
    CHECK(count(d.tick(150 * kDay), "journey.closed") == 0);
    d.now(151 * kDay);
    CHECK(count(d.stage("ld_1", "e2", "closed_lost", 151 * kDay), "journey.closed") == 0);
    CHECK(only(d.tick(152 * kDay), "journey.closed").data.at("result") == "null");
  }

  TEST_CASE("MK-2: shares are computed each day and each fifty journeys, reach every partition and divide credits") {
    AttributionDriver d;
    d.now(30 * kDay);
    const auto journey = [&](std::vector<std::string> channels, const char* result) {
      return d.say("journey.closed", "agg", {{"currency", "USD"}, {"channels", channels}, {"result", result}, {"day", "1970-01-31"}}, d.now());
    };
    for (int i = 0; i < 48; ++i) CHECK(journey({"email", "ad:meta"}, i % 2 ? "conv" : "null").empty());
    CHECK(journey({"email"}, "null").empty());
    const auto out = journey({"ad:meta"}, "conv");
    const Sent& shares = only(out, "markov.shares");
    CHECK(shares.broadcast);
    CHECK(shares.data.at("version") == 1);
    d.say("match.counted", "agg", {{"day", "1970-01-31"}, {"conversions", 4}, {"matched", 3}}, d.now());
    const auto day = d.settle(d.tick(31 * kDay));
    const Json model = only(day, "attribution.model").data;
    CHECK(model.at("version") == 2);
    CHECK(model.at("journeys") == 50);
    CHECK(model.at("conversion_bp") == 5000);
    std::int64_t sum = 0;
    for (const auto& [channel, bp] : model.at("share_bp").items()) sum += bp.get<std::int64_t>();
    CHECK(sum == 10000);
    std::map<std::string, Json> metrics;
    for (const Sent& each : day)
      if (each.type == "outcome.metric") metrics[each.key] = each.data;
    CHECK(metrics.at("acme/metric:attribution_recovery") == Json({{"day", "1970-01-31"}, {"metric_bp", 7500}, {"name", "attribution_recovery"}}));
    CHECK(metrics.at("acme/metric:journey_conversion").at("metric_bp") == 5000);
    d.now(32 * kDay);
    d.touch("ld_1", 10 * kDay, "m1");
    d.say("touch", "subj:ld_1", {{"ts_ms", 11 * kDay}, {"kind", "ad_click"}, {"click_ids", {{"fbclid", "F"}}}}, d.now());
    const auto credited = d.stage("ld_1", "e1", "show_up", 20 * kDay);
    CHECK(d.sum(credited, "markov") == 900000);
    const std::int64_t meta = model.at("share_bp").at("ad:meta");
    for (const Sent& each : credited)
      if (each.type == "attribution.credit" && each.data.at("model") == "markov") {
        CHECK(each.data.at("shares_version") == 2);
        if (each.data.at("channel") == "ad:meta") CHECK(each.data.at("amount_cents") == 900000 * meta / 10000);
      }
  }
}
