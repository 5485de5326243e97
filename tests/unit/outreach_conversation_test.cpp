#include "tests/unit/outreach_scene.h"

using namespace millrace;
using namespace millrace::test;

namespace {
const Sent& on_topic(const std::vector<Sent>& out, std::string_view topic, std::string_view type) {
  for (const Sent& each : out)
    if (each.topic == topic && each.type == type) return each;
  FAIL("no " << type << " on " << topic);
  return out.front();
}
// A lead whose first mail was sent live.
Sent mailed(Scene& s, const Person& p = {.email = "ann@x.com", .phone = "+14155550132"}) {
  const Sent mail = s.started("ld_1", p, 0);
  s.commanded(mail, 0);
  s.fact("delivery.sent", mail, {}, 0);
  return mail;
}
}  // namespace

TEST_SUITE("topology/outreach") {
  TEST_CASE("a positive reply stops the sequence and tells score, dispatch, attribution, learning and a person") {
    Scene s;
    const Sent mail = mailed(s);
    const std::string id = mail.data.at("message_id");
    const auto out = s.reply("ld_1", "Sounds good, call me", id, "u1", 100);
    const Sent& told = on_topic(out, "leads.harvested", "reply.classified");
    CHECK(told.key == "acme/ld_1");
    CHECK(told.data.at("class") == "POSITIVE");
    CHECK(told.data.at("confidence_bp") == 6667);
    CHECK(told.data.at("message_id") == id);
    CHECK(told.data.at("referral") == false);
    CHECK(on_topic(out, "outreach.intents", "reply.classified").key == "acme");
    CHECK(on_topic(out, "learning.outcomes", "reply.classified").key == "acme/packet:ld_1");
    const Sent& touch = on_topic(out, "attribution.touches", "touch");
    CHECK(touch.key == "acme/subj:ld_1");
    CHECK(touch.data.at("kind") == "reply");
    CHECK(touch.data.at("class") == "POSITIVE");
    CHECK(touch.data.at("channel") == "email");
    CHECK(touch.data.at("campaign_id") == "c1");
    CHECK(touch.data.at("ts_ms") == 100);
    CHECK(only(out, "alert.raised").data.at("reason") == "positive_reply");
    CHECK(s.tick(60 * kDay).empty());

    CHECK(s.reply("ld_1", "Sounds good, call me", id, "u1", 101).empty());
    CHECK(s.d.last_verdict().kind == Verdict::Kind::duplicate);
    const auto again = s.reply("ld_1", "tell me more", id, "u2", 102);
    CHECK(count(again, "alert.raised") == 0);  // one a message
    CHECK(count(again, "reply.classified") == 3);
  }

  TEST_CASE("the text of a reply may be sealed, and what it quotes of our message is not its writer's") {
    Scene s;
    s.define_template("aggressive_close/1/email", "email",
                      "Hi {{first_name}}\nInterested? Reply here.\n{{unsubscribe_url}} {{postal_address}}", 2);
    const Sent mail = mailed(s);
    CHECK(mail.data.at("template_version") == 2);
    std::string sealed;
    s.d.keys().seal(s.d.keys().key_for("acme", "ld_1", std::string(32, 'a')), "r", "engagement.replied",
                    R"({"body":"I will check.\nInterested? Reply here.\nHi Ann","subject":"Re: x"})", sealed);
    const auto out = s.lead("engagement.replied", "ld_1", {{"sealed", sealed}, {"message_id", mail.data.at("message_id")}}, 5);
    CHECK(only(out, "reply.classified").data.at("class") == "NEUTRAL");
    CHECK(count(out, "touch") == 1);
    for (const Sent& each : out) CHECK(each.data.dump().find("check") == std::string::npos);
  }

  TEST_CASE("out of office and machines hold the sequence, a person's word ends it") {
    Scene s;
    mailed(s);
    CHECK(s.reply("ld_1", "I am out of the office", "", "u1", kDay).empty());
    CHECK(s.tick(2 * kDay).empty());
    CHECK(s.lead("engagement.out_of_office", "ld_1", {}, 3 * kDay).empty());
    CHECK(s.tick(10 * kDay - 1).empty());
    CHECK(count(s.tick(10 * kDay), "message.intent") == 1);
  }

  TEST_CASE("not interested ends it; a referral is an alert") {
    Scene s;
    mailed(s);
    const auto out = s.reply("ld_1", "I am the wrong person, contact my colleague Eve", "", "u1", 5);
    CHECK(on_topic(out, "leads.harvested", "reply.classified").data.at("referral") == true);
    CHECK(only(out, "alert.raised").data.at("reason") == "referral");
    CHECK(count(out, "touch") == 1);
    CHECK(s.tick(60 * kDay).empty());
  }

  TEST_CASE("an unsubscribing reply suppresses every known address") {
    Scene s;
    const Sent mail = s.started("ld_1", {.email = "ann@x.com", .linkedin = "linkedin.com/in/ann", .phone = "+14155550132"}, 0);
    const auto out = s.reply("ld_1", "please unsubscribe me", "", "u1", 5);
    CHECK(count(out, "lead.suppress") == 3);
    CHECK(only(out, "lead.suppress").data.at("reason") == "user_request");
    CHECK(count(out, "reply.classified") == 2);
    CHECK(count(out, "touch") == 0);
    CHECK(only(out, "intent.withdrawn").data.at("message_id") == mail.data.at("message_id"));
  }

  TEST_CASE("a complaint by header suppresses at once") {
    Scene s;
    mailed(s);
    const auto out = s.lead("engagement.replied", "ld_1", {{"body", "x"}, {"headers", {{"report_type", "feedback-report"}}}}, 5);
    CHECK(only(out, "lead.suppress").data.at("reason") == "complaint");
    CHECK(only(out, "reply.classified").data.at("class") == "COMPLAINT");
  }

  TEST_CASE("a delivery report is a bounce of its message, and not tried again") {
    Scene s;
    const Sent mail = s.started("ld_1", {.email = "ann@x.com", .linkedin = "linkedin.com/in/ann", .linkedin_status = "connected"}, 0);
    s.commanded(mail, 0);
    const auto report = [&](const char* action, const char* status) {
      return s.lead("engagement.replied", "ld_1",
                    {{"body", "x"}, {"headers", {{"report_type", "delivery-status"}}}, {"dsn_action", action},
                     {"dsn_status", status}, {"message_id", mail.data.at("message_id")}}, 5);
    };
    CHECK(report("delayed", "4.4.7").empty());
    SUBCASE("a full mailbox has its soft retries all the same") {
      CHECK(count(report("failed", "5.2.2"), "message.intent") == 0);
      CHECK(only(s.tick(5 + kDay), "message.intent").data.at("attempt") == 2);
      return;
    }
    const auto out = report("failed", "4.4.7");
    CHECK(only(out, "message.intent").data.at("channel") == "linkedin");
    CHECK(count(out, "reply.classified") == 0);
    CHECK(count(out, "lead.suppress") == 0);
  }

  TEST_CASE("an unsure bounce is judged by a person before the address is given up") {
    Scene s;
    const Sent mail = mailed(s, {.email = "ann@x.com"});
    const auto opened = s.reply("ld_1", "Undeliverable", mail.data.at("message_id"), "u1", 5);
    CHECK(count(opened, "reply.classified") == 0);
    CHECK(count(opened, "lead.suppress") == 0);
    const Sent entry = only(opened, "ledger.entry");
    CHECK(entry.data.at("kind") == "approval");
    const std::string review = entry.data.at("subject");
    CHECK(review.starts_with("rp_"));
    CHECK(entry.data.at("body").at("state") == "open");
    CHECK(entry.data.at("body").at("type") == "REPLY");
    CHECK(entry.data.at("body").at("due_ms") == 5 + 7 * kDay);
    CHECK(s.tick(2 * kDay).empty());  // the sequence is stopped

    const auto judge = [&](const char* type, const std::string& id) {
      return s.lead(type, "ld_1", {{"request_id", "r"}, {"actor", "eve"}, {"review_id", id}}, 3 * kDay);
    };
    SUBCASE("approved: the full effect") {
      const auto out = judge("operator.approve", review);
      CHECK(only(out, "lead.suppress").data.at("reason") == "bounce_hard");
      CHECK(only(out, "ledger.entry").data.at("body").at("state") == "approved");
      CHECK(only(judge("operator.approve", review), "operator.rejected").data.at("code") == "not_open");
    }
    SUBCASE("rejected: the effect of NEUTRAL") {
      const auto out = judge("operator.reject", review);
      CHECK(count(out, "lead.suppress") == 0);
      CHECK(only(out, "reply.classified").data.at("class") == "NEUTRAL");
      CHECK(only(out, "touch").data.at("ts_ms") == 5);  // when it was written, not when it was judged
    }
    SUBCASE("expired: nothing more") {
      const auto out = s.tick(5 + 7 * kDay);
      CHECK(only(out, "ledger.entry").data.at("body").at("state") == "expired");
      CHECK(count(out, "lead.suppress") == 0);
      CHECK(count(out, "reply.classified") == 0);
      CHECK(only(judge("operator.reject", review), "operator.rejected").data.at("code") == "not_open");
    }
    SUBCASE("unknown") { CHECK(only(judge("operator.approve", "rp_x"), "operator.rejected").data.at("code") == "not_open"); }
  }

  TEST_CASE("an opt-out at the door stops; dispatch and score have it from harvest") {
    Scene s;
    const Sent mail = s.started("ld_1");
    const auto out = s.lead("engagement.complained", "ld_1", {{"message_id", mail.data.at("message_id")}});
    CHECK(out.size() == 1);
    CHECK(only(out, "intent.withdrawn").tenant == "acme");
  }

  TEST_CASE("experiments: exposure at the first live delivery, success once inside the window") {
    Scene s;
    s.define_template("a", "email", "A {{unsubscribe_url}} {{postal_address}}");
    s.define_template("b", "email", "B {{unsubscribe_url}} {{postal_address}}");
    const std::string slot = "aggressive_close/1/email";
    s.all("operator.script_defined", {{"script_id", "sa"}, {"slot", slot}, {"template_id", "a"}});
    s.all("operator.script_defined", {{"script_id", "sb"}, {"slot", slot}, {"template_id", "b"}});
    const auto experiment = [&](const char* state) {
      s.all("operator.experiment_defined",
            {{"experiment_id", "exp1"}, {"slot", slot}, {"control", "a"}, {"state", state},
             {"variants", {{{"id", "a"}, {"script_id", "sa"}, {"weight_bp", 5000}}, {{"id", "b"}, {"script_id", "sb"}, {"weight_bp", 5000}}}}});
    };
    experiment("draft");
    CHECK(s.started("ld_9").data.at("template_id") == slot);
    experiment("running");
    const Sent mail = s.started("ld_1");
    CHECK(mail.data.at("experiment_id") == "exp1");
    CHECK(mail.data.at("variant_id") == "b");  // bucket 9363
    CHECK(mail.data.at("script_id") == "sb");
    CHECK(mail.data.at("template_id") == "b");
    CHECK(mail.data.at("slot") == slot);
    s.commanded(mail, 0);
    CHECK(count(s.fact("delivery.sent", mail, {}, 10), "outcome.exposure") == 1);
    CHECK(s.fact("delivery.sent", mail, {}, 11).empty());
    const auto out = s.reply("ld_1", "yes please", mail.data.at("message_id"), "u1", 20);
    const Sent success = only(out, "outcome.success");
    CHECK(success.key == "acme/exp1");
    CHECK(success.data.at("variant_id") == "b");
    CHECK(success.data.at("subject") == "ld_1");
    CHECK(success.data.at("at_ms") == 20);
    CHECK(success.data.at("value_cents") == 0);
    CHECK(only(out, "script.success").key == "acme/script:" + slot);
    CHECK(count(s.reply("ld_1", "yes please", "", "u2", 21), "outcome.success") == 0);

    s.all("control.promotion", {{"slot", slot}, {"experiment_id", "exp1"}, {"state", "WINNER_TREATMENT"}});
    CHECK(s.started("ld_2").data.at("template_id") == slot);
    s.all("control.promotion", {{"slot", slot}, {"script_id", "sb"}});
    const Sent promoted = s.started("ld_3");
    CHECK(promoted.data.at("template_id") == "b");
    CHECK_FALSE(promoted.data.contains("experiment_id"));
    s.all("control.promotion", {{"slot", slot}});
    CHECK(s.started("ld_4").data.at("template_id") == slot);
  }

  TEST_CASE("a dry run teaches nothing") {
    Scene s;
    s.define_template("a", "email", "A {{unsubscribe_url}} {{postal_address}}");
    s.all("operator.script_defined", {{"script_id", "sa"}, {"slot", "aggressive_close/1/email"}, {"template_id", "a"}});
    s.all("control.promotion", {{"slot", "aggressive_close/1/email"}, {"script_id", "sa"}});
    const Sent mail = s.started("ld_1");
    s.commanded(mail, 0, false);
    CHECK(s.fact("delivery.sent", mail, {{"dry_run", true}}, 10).empty());
    CHECK(count(s.reply("ld_1", "yes please", mail.data.at("message_id"), "u1", 20), "script.success") == 0);
  }

  TEST_CASE("clicks and won deals are successes of their metrics") {
    Scene s;
    s.define_template("a", "email", "A {{unsubscribe_url}} {{postal_address}}");
    s.all("operator.script_defined", {{"script_id", "sa"}, {"slot", "aggressive_close/1/email"}, {"template_id", "a"}});
    s.all("operator.experiment_defined",
          {{"experiment_id", "money"}, {"slot", "aggressive_close/1/email"}, {"control", "a"}, {"metric", "revenue_cents"},
           {"variants", {{{"id", "a"}, {"script_id", "sa"}, {"weight_bp", 10000}}}}});
    const Sent mail = mailed(s);
    CHECK(count(s.fact("engagement.clicked", mail, {{"url", "u"}}, 5), "outcome.success") == 0);
    const auto stage = [&](const char* to, TimeMs at) {
      return s.lead("crm.stage_changed", "ld_1", {{"deal_id", "d"}, {"stage_to", to}, {"amount_cents", 700}, {"currency", "USD"}}, at);
    };
    CHECK(count(stage("show_up", 6), "outcome.success") == 0);
    CHECK(only(stage("closed_won", 7), "outcome.success").data.at("value_cents") == 700);
    CHECK(count(stage("closed_won", 8), "outcome.success") == 0);
  }

  TEST_CASE("a packet draft gets what the lead was written") {
    Scene s;
    mailed(s);
    const Sent draft = only(s.lead("packet.draft", "ld_1", {{"request_id", "r1"}, {"tenant", "acme"}, {"decision", {{"zone", "z"}}}}), "packet.draft");
    CHECK(draft.topic == "learning.outcomes");
    CHECK(draft.key == "acme/packet:ld_1");
    CHECK(draft.data.at("outreach") == Json{{"channels", {"email"}}, {"messages", 1}, {"scripts", Json::array()}});
    CHECK(draft.data.at("decision").at("zone") == "z");
  }
}
