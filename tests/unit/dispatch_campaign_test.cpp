// Campaigns, reviews and the rules that pause.
#include "tests/unit/dispatch_desk.h"

using namespace millrace;
using namespace millrace::test;

namespace {
using Ids = std::vector<std::string>;
}

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("CA-1: a name is taken once, an unknown campaign is refused") {
  Desk desk;
  CHECK(only(desk.d.send("operator.campaign_defined", desk.op({{"name", " SPRING "}})), "operator.rejected").data.at("code") == "name_taken");
  CHECK(only(desk.d.send("operator.campaign_defined", desk.op({{"campaign_id", "x"}, {"name", "Other"}})), "operator.rejected").data.at("code") == "unknown_campaign");
  CHECK(only(desk.d.send("operator.campaign_paused", desk.op({{"campaign_id", "x"}})), "operator.rejected").data.at("code") == "unknown_campaign");
  CHECK(desk.d.send("operator.campaign_defined", desk.op({{"campaign_id", desk.campaign}, {"name", "Spring"}, {"active", false}})).empty());
  const auto out = desk.intend("m1");
  CHECK(Desk::result(out) == "SKIPPED campaign_completed");
  CHECK(Desk::alerts(out) == Ids{"campaign_completed"});
}

TEST_CASE("a paused campaign's messages wait for the resume") {
  Desk desk;
  desk.d.send("operator.campaign_paused", desk.op({{"campaign_id", desk.campaign}}));
  CHECK(Desk::result(desk.intend("m1")) == "-");
  CHECK(desk.tick(kMonday10 + kHourMs).empty());
  desk.d.send("operator.campaign_resumed", desk.op({{"campaign_id", desk.campaign}}), {.at_ms = desk.now});
  CHECK(Desk::commanded(desk.tick(desk.now + 10'000)) == Ids{"m1"});
}

TEST_CASE("a campaign's day ends at UTC midnight") {
  Desk desk;
  desk.d.send("operator.campaign_defined", desk.op({{"campaign_id", desk.campaign}, {"name", "Spring"}, {"max_per_day", 1}}));
  CHECK(Desk::result(desk.intend("m1")) == "COMMANDED");
  CHECK(Desk::result(desk.intend("m2", {.lead = "l2", .domain = "b.com"})) == "-");
  desk.tick(kMonday10 + 14 * kHourMs);
  CHECK(Desk::commanded(desk.tick(kMonday10 + 23 * kHourMs)) == Ids{"m2"});
}

TEST_CASE("AP-1: more than one hard bounce in twenty sends pauses the campaign, once") {
  Desk desk;
  desk.arm();
  desk.sender("s1", "email", {{"daily_cap", 1000}});
  std::vector<Sent> out;
  int sent = 0;
  // Five a day for many days, so that the warm-up allows it.
  for (int day = 0; sent < 50; ++day) {
    desk.now = kMonday10 + (day / 5 * 7 + day % 5) * kDayMs;
    desk.d.tick(desk.now);
    for (int i = 0; i < 5; ++i, ++sent) {
      const std::string id = "m" + std::to_string(sent);
      REQUIRE(Desk::result(desk.intend(id, {.lead = id, .domain = id, .to = "a@" + id + ".com"})) == "COMMANDED");
      out = desk.fact("delivery.sent", id, {{"lead_id", id}});
      if (sent % 20 == 0) desk.fact("engagement.bounced", id, {{"dsn_status", "5.1.1"}});
    }
  }
  const Sent& paused = only(out, "campaign.paused");
  CHECK(paused.topic == "alerts");
  CHECK(paused.data == Json{{"campaign_id", desk.campaign}, {"reasons", {"bounce_rate"}}});
  CHECK(only(out, "ledger.entry").data.at("kind") == "action");
  CHECK(Desk::result(desk.intend("late", {.lead = "late", .domain = "late"})) == "-");
  desk.d.send("operator.campaign_resumed", desk.op({{"campaign_id", desk.campaign}}), {.at_ms = desk.now});
  CHECK(count(desk.fact("delivery.delivered", "m1"), "campaign.paused") == 0);  // the counters began again
}

TEST_CASE("AP-1: an opt-out is no answer: only people's words count against a low reply rate") {
  for (const char* reply : {"POSITIVE", "UNSUB"}) {
    CAPTURE(reply);
    Desk desk;
    desk.d.policy("[campaign]\nreply_rule = true\n");
    desk.arm();
    std::vector<Sent> out;
    int sent = 0;
    for (int day = 0; sent < 50; ++day) {
      desk.now = kMonday10 + (day / 5 * 7 + day % 5) * kDayMs;
      desk.d.tick(desk.now);
      for (int i = 0; i < 5; ++i, ++sent) {
        const std::string id = "m" + std::to_string(sent);
        REQUIRE(Desk::result(desk.intend(id, {.lead = id, .domain = id, .to = "a@" + id + ".com"})) == "COMMANDED");
        out = desk.fact("delivery.sent", id, {{"lead_id", id}});
        if (sent % 10 == 0) desk.fact("reply.classified", id, {{"lead_id", id}, {"class", reply}, {"confidence_bp", 5000}});
      }
    }
    CHECK(count(out, "campaign.paused") == (std::string(reply) == "UNSUB" ? 1 : 0));
  }
}

TEST_CASE("AP-1: goal met, and lost leads count once when they were contacted") {
  Desk desk;
  desk.arm();
  desk.d.send("operator.campaign_defined", desk.op({{"campaign_id", desk.campaign}, {"name", "Spring"}, {"target_clients", 2}, {"max_per_day", 1000}}));
  const auto status = [&](const char* lead, const char* to, const char* trigger) {
    return desk.d.send("lead.status_changed", {{"lead_id", lead}, {"campaign_id", desk.campaign}, {"from", "CONTACTED"}, {"to", to}, {"trigger", trigger}});
  };
  CHECK(status("a", "LOST", "deal_lost").empty());
  CHECK(status("a", "WON", "deal_won").empty());
  CHECK(only(status("b", "WON", "deal_won"), "campaign.paused").data.at("reasons") == Json{"goal_met"});
}

TEST_CASE("AP-1: a campaign that qualifies nobody for ninety days is stale") {
  Desk desk;
  CHECK(desk.tick(kMonday10 + 90 * kDayMs - 1000).empty());
  CHECK(only(desk.tick(kMonday10 + 90 * kDayMs), "campaign.paused").data.at("reasons") == Json{"stale"});
}

TEST_CASE("HO-1: messages of a reviewed campaign wait for approval, operators' do not") {
  Desk desk;
  desk.d.send("operator.campaign_defined", desk.op({{"campaign_id", desk.campaign}, {"name", "Spring"}, {"review_messages", true}, {"max_per_day", 1000}}));
  const auto held = desk.intend("m1");
  CHECK(Desk::result(held) == "-");
  const Sent& entry = only(held, "ledger.entry");
  CHECK(entry.data.at("kind") == "approval");
  CHECK(entry.data.at("subject") == hid("hold_", 12, {"m1"}));
  const Json item = entry.data.at("body");
  CHECK(item.at("state") == "open");
  const auto text = desk.d.keys().open("acme", item.at("text").get<std::string>());
  REQUIRE(text);
  CHECK(Json::parse(*text).at("subject") == "Hi Ann");
  CHECK(Desk::result(desk.intend("m2", {.lead = "l2", .domain = "b.com", .from_operator = true})) == "COMMANDED");

  CHECK(only(desk.d.send("operator.approve", desk.op({{"review_id", "hold_nothing"}})), "operator.rejected").data.at("code") == "unknown_review");
  const Json review = {{"review_id", hid("hold_", 12, {"m1"})}};
  CHECK(only(desk.d.send("operator.approve", desk.op(review)), "ledger.entry").data.at("body").at("state") == "approved");
  CHECK(only(desk.d.send("operator.reject", desk.op(review)), "operator.rejected").data.at("code") == "not_open");
  CHECK(Desk::commanded(desk.tick(desk.now + 1000)) == Ids{"m1"});
  CHECK(Desk::result(desk.fact("delivery.failed", "m1", {{"reason", "expired"}})) == "COMMANDED");  // HO-2
}

TEST_CASE("HO-2: a rejected message is skipped, one that nobody answers after a week") {
  Desk desk;
  desk.d.send("operator.campaign_defined", desk.op({{"campaign_id", desk.campaign}, {"name", "Spring"}, {"review_messages", true}}));
  desk.intend("m1");
  desk.intend("m2", {.lead = "l2"});
  CHECK(Desk::result(desk.d.send("operator.reject", desk.op({{"review_id", hid("hold_", 12, {"m1"})}}))) == "SKIPPED review_rejected");
  CHECK(desk.tick(kMonday10 + 7 * kDayMs - 1).empty());
  const auto out = desk.tick(kMonday10 + 7 * kDayMs);
  CHECK(Desk::result(out) == "SKIPPED review_expired");
  CHECK(Desk::alerts(out) == Ids{"review_expired"});
}

TEST_SUITE_END();
