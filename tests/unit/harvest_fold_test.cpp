#include "tests/unit/harvest_driver.h"

namespace millrace::test {

TEST_SUITE("topology/harvest") {
  TEST_CASE("data that is empty is missing, whatever its type") {
    HarvestDesk desk;
    for (const Json& data : {Json::object(), Json::array(), Json(""), Json(nullptr)}) {
      desk.driver.send("lead.captured", data);
      CHECK(desk.driver.last_verdict().reason == "missing_data");
    }
    desk.driver.send("lead.captured", {{"email", "a@x.com"}});
    CHECK(desk.driver.last_verdict().reason == "missing_field:lead_source");
    desk.driver.send("lead.captured", Json::array({1}));
    CHECK(desk.driver.last_verdict().reason == "bad_data");
  }

  TEST_CASE("a snapshot tells the type of the source that captured now, and source and quality of the first capture") {
    HarvestDesk desk;
    desk.ask("operator.source_defined", {{"name", "Friends"}, {"type", "referral"}, {"risk_bp", 1000}, {"conversion_bp", 3000}});
    REQUIRE(desk.driver.last_verdict().kind == Verdict::Kind::handled);
    const Json first = only(desk.capture({{"email", "ann@x.com"}}), "lead.snapshot").data;
    CHECK(first.at("source_type") == "other");
    const Json again = only(desk.capture({{"email", "ann@x.com"}, {"lead_source", "friends"}}), "lead.snapshot").data;
    CHECK(again.at("source") == "csv");
    CHECK(again.at("source_type") == "referral");
    CHECK(again.at("source_quality_bp") == first.at("source_quality_bp"));
    const Json enriched = only(desk.driver.send("lead.enriched", {{"email", "ann@x.com"}, {"enrichment", {{"industry", "retail"}}}}), "lead.snapshot").data;
    CHECK(enriched.at("source_type") == "other");
  }

  TEST_CASE("a custom integer of a file may be negative; what is no integer is left out with a warning") {
    HarvestDesk desk;
    desk.driver.policy("[custom.delta]\ntype = \"integer\"\n");
    const Json good = only(desk.capture({{"email", "a@x.com"}, {"extra", {{"delta", "-12"}, {"other", "x"}}}}), "lead.snapshot").data;
    CHECK(good.at("custom") == Json{{"delta", -12}});
    const Json bad = only(desk.capture({{"email", "b@x.com"}, {"extra", {{"delta", "-"}}}}), "lead.snapshot").data;
    CHECK_FALSE(bad.contains("custom"));
    CHECK(bad.at("warnings") == Json{"bad_custom:delta"});
  }

  TEST_CASE("two leads of one name, in whatever case, and one company are candidates, never one lead") {
    HarvestDesk desk;
    const std::string first = only(desk.capture({{"email", "e@x.com"}, {"name", "\xC3\x89mile Zola"}}), "lead.snapshot").data.at("lead_id");
    const auto out = desk.capture({{"email", "z@x.com"}, {"name", "\xC3\xA9MILE ZOLA"}});
    const Json candidate = only(out, "identity.candidate").data;
    CHECK(candidate.at("b") == first);
    CHECK(candidate.at("a") == only(out, "lead.snapshot").data.at("lead_id"));
    CHECK(count(desk.capture({{"email", "y@gmail.com"}, {"name", "\xC3\x89mile Zola"}}), "identity.candidate") == 0);
  }

  TEST_CASE("an open by a provider's id waits for the message, though its address names the lead") {
    HarvestDesk desk;
    const std::string lead = only(desk.capture({{"email", "a@x.com"}}), "lead.snapshot").data.at("lead_id");
    CHECK(desk.driver.send("engagement.opened", {{"provider_message_id", "p1"}, {"email", "a@x.com"}}).empty());
    CHECK(desk.driver.last_verdict().kind == Verdict::Kind::handled);
    const auto out = desk.driver.send("delivery.sent", {{"lead_id", lead}, {"message_id", "m1"}, {"attempt", 1}, {"channel", "email"},
                                                         {"provider_message_id", "p1"}});
    CHECK(only(out, "engagement.opened").data.at("message_id") == "m1");
    // A bounce has an effect without one.
    CHECK(count(desk.driver.send("engagement.bounced", {{"provider_message_id", "p2"}, {"email", "a@x.com"}}), "engagement.bounced") == 3);
  }

  TEST_CASE("a step fires as many timers as the live policy says, after a restart too") {
    HarvestDesk desk;
    CHECK(desk.driver.fold().timers_a_step() == 1000);
    desk.driver.policy("[engine]\nstep_timers = 5\n");
    CHECK(desk.driver.fold().timers_a_step() == 5);
    desk.driver.restart();
    CHECK(desk.driver.fold().timers_a_step() == 5);
  }

  TEST_CASE("an enrichment may name the company") {
    HarvestDesk desk;
    desk.capture({{"email", "a@x.com"}});
    const auto out = desk.driver.send("lead.enriched", {{"email", "a@x.com"}, {"enrichment", {{"company", "X Ltd"}, {"industry", "retail"}}}});
    CHECK(only(out, "lead.snapshot").data.at("lead").at("company") == "X Ltd");
    CHECK(only(out, "lead.profile").data.at("company") == "X Ltd");
  }

  TEST_CASE("a fact whose lead never came is a dead letter that tells its type, on the first tick at the end of its time") {
    HarvestDesk desk;
    desk.driver.send("engagement.opened", {{"message_id", "m9"}}, {.at_ms = 2000});
    CHECK(count(desk.driver.tick(2000 + 86'400'000 - 1), "record.dead_lettered") == 0);
    const Json letter = only(desk.driver.tick(2000 + 86'400'000), "record.dead_lettered").data;
    CHECK(letter.at("type") == "engagement.opened");
    CHECK(letter.at("reason") == "unresolved_lead");
    CHECK(letter.at("tenant") == "acme");
  }

  TEST_CASE("an open that waited for its message gives a touch of its own record") {
    HarvestDesk desk;
    desk.driver.policy("[attribution]\ncount_opens = true\n");
    const std::string lead = only(desk.capture({{"email", "a@x.com"}}), "lead.snapshot").data.at("lead_id");
    desk.driver.send("engagement.opened", {{"message_id", "m1"}}, {.id = "open-1", .source = "web"});
    desk.driver.send("engagement.opened", {{"message_id", "m1"}}, {.id = "open-2", .source = "web"});
    const auto out = desk.driver.send("delivery.sent", {{"lead_id", lead}, {"message_id", "m1"}, {"attempt", 1}, {"channel", "email"}});
    std::vector<std::string> records;
    for (const Sent& each : out)
      if (each.type == "touch") records.push_back(each.data.at("record_id"));
    CHECK(records == std::vector<std::string>{record_id("acme", "web", "open-1"), record_id("acme", "web", "open-2")});
  }
}

}  // namespace millrace::test
