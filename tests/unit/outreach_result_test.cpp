#include "tests/unit/outreach_scene.h"

using namespace millrace;
using namespace millrace::test;

namespace {
const Person kBoth = {.email = "ann@x.com", .linkedin = "linkedin.com/in/ann", .linkedin_status = "connected"};
}

TEST_SUITE("topology/outreach") {
  TEST_CASE("a skipped channel falls back to the next one in the same step") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    const Sent second = only(s.skipped(mail, "address_suppressed", 5), "message.intent");
    CHECK(second.data.at("channel") == "linkedin");
    CHECK(second.data.at("step") == "1");
    CHECK(second.data.at("message_id") != mail.data.at("message_id"));
    CHECK(s.skipped(second, "channel_disabled", 6).empty());  // FAILED all_exhausted: the next step comes on its day
    CHECK(only(s.tick(2 * kDay), "message.intent").data.at("channel") == "email");
  }

  TEST_CASE("DROPPED, another attempt and an unknown message change nothing") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    CHECK(s.answer(mail, "DROPPED", "duplicate", 1, false).empty());
    Sent other = mail;
    other.data["attempt"] = 2;
    CHECK(s.skipped(other, "address_suppressed", 1).empty());
    other.data["message_id"] = "msg_x";
    CHECK(s.skipped(other, "address_suppressed", 1).empty());
    CHECK(count(s.skipped(mail, "address_suppressed", 1), "message.intent") == 1);
  }

  TEST_CASE("OR-3: an unknown reason is a dead letter, and nothing is written") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    s.skipped(mail, "because", 1);
    CHECK(s.d.last_verdict().kind == Verdict::Kind::dead_letter);
    CHECK(s.d.last_verdict().reason == "unknown_reason");
    s.answer(mail, "SKIPPED", "", 1, false);
    CHECK(s.d.last_verdict().reason == "missing_field:reason");
    s.answer(mail, "DONE", "", 1, false);
    CHECK(s.d.last_verdict().reason == "bad_field:result");
    s.commanded(mail, 1);
    s.fact("delivery.failed", mail, {{"reason", "because"}}, 2);
    CHECK(s.d.last_verdict().reason == "unknown_reason");
    CHECK(count(s.fact("delivery.failed", mail, {{"reason", "bounce_hard"}}, 2), "message.intent") == 1);
  }

  TEST_CASE("a campaign that is gone stops the sequence, and the step does not count") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    const auto out = s.skipped(mail, "unknown_campaign", 1);
    CHECK(only(out, "alert.raised").data.at("reason") == "unknown_campaign");
    CHECK(count(out, "message.intent") == 0);
    CHECK(s.tick(60 * kDay).empty());
  }

  TEST_CASE("FA-2: a transport failure is tried again with the same message, three times, then the next channel") {
    Scene s;
    Sent mail = s.started("ld_1", kBoth, 0);
    const auto id = mail.data.at("message_id");
    TimeMs now = 0;
    for (int attempt = 1; attempt <= 3; ++attempt) {
      s.commanded(mail, now);
      CHECK(s.fact("delivery.failed", mail, {{"reason", "delivery_failed"}}, now).empty());
      now += kHourMs;
      mail = only(s.tick(now), "message.intent");
      CHECK(mail.data.at("message_id") == id);
      CHECK(mail.data.at("attempt") == attempt + 1);
    }
    s.commanded(mail, now);
    CHECK(only(s.fact("delivery.failed", mail, {{"reason", "delivery_failed"}}, now), "message.intent").data.at("channel") ==
          "linkedin");
  }

  TEST_CASE("a permanent failure and a dagger class are not tried again") {
    for (const Json& how : {Json{{"reason", "delivery_failed"}, {"permanent", true}}, Json{{"smtp_code", 501}},
                            Json{{"dsn_status", "5.5.1"}}}) {
      Scene s;
      const Sent mail = s.started("ld_1", kBoth, 0);
      s.commanded(mail, 0);
      CHECK(only(s.fact("delivery.failed", mail, how, 1), "message.intent").data.at("channel") == "linkedin");
    }
  }

  TEST_CASE("a permanent failure forbids a retry only where the table says so") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    s.commanded(mail, 0);
    // A full mailbox has its two soft retries whatever the provider calls it, and dispatch counts alike.
    CHECK(count(s.fact("delivery.failed", mail, {{"reason", "mailbox_full"}, {"permanent", true}}, 1), "message.intent") == 0);
    const Sent again = only(s.tick(kDay + 1), "message.intent");
    CHECK(again.data.at("message_id") == mail.data.at("message_id"));
    CHECK(again.data.at("attempt") == 2);
    s.commanded(again, kDay + 1);
    const Sent next = only(s.fact("delivery.failed", again, {{"reason", "delivery_failed"}, {"permanent", true}}, kDay + 2), "message.intent");
    CHECK(next.data.at("channel") == "linkedin");
  }

  TEST_CASE("a rate limit waits as long as the provider said, ten times, and ends the step") {
    Scene s;
    Sent mail = s.started("ld_1", kBoth, 0);
    TimeMs now = 0;
    for (int i = 0; i < 10; ++i) {
      s.commanded(mail, now);
      s.fact("delivery.failed", mail, {{"reason", "rate_limited"}, {"retry_after_ms", 90000}}, now);
      CHECK(s.tick(now + 89999).empty());
      now += 90000;
      mail = only(s.tick(now), "message.intent");
    }
    s.commanded(mail, now);
    CHECK(s.fact("delivery.failed", mail, {{"reason", "rate_limited"}}, now).empty());
    CHECK(s.tick(now + kDay).empty());
    CHECK(only(s.tick(now + 2 * kDay), "message.intent").data.at("step") == "2");
  }

  TEST_CASE("a revoked command is back in dispatch's queue: attempt + 1, no retry, no intent") {
    Scene s;
    Sent mail = s.started("ld_1", kBoth, 0);
    s.commanded(mail, 0);
    CHECK(s.fact("delivery.failed", mail, {{"reason", "expired"}}, 1).empty());
    CHECK(s.tick(2 * kDay).empty());  // OR-1: it waits in dispatch
    mail.data["attempt"] = 2;
    s.commanded(mail, 3 * kDay);
    CHECK(s.tick(5 * kDay - 1).empty());
    CHECK(count(s.tick(5 * kDay), "message.intent") == 1);
  }

  TEST_CASE("a hard bounce gives up the address: suppressed, the next channel now, no mail later") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    s.commanded(mail, 0);
    s.fact("delivery.sent", mail, {}, 1);
    const auto out = s.fact("engagement.bounced", mail, {{"dsn_status", "5.1.1"}}, 2);
    const Sent suppress = only(out, "lead.suppress");
    CHECK(suppress.topic == "outreach.intents");
    CHECK(suppress.data.at("reason") == "bounce_hard");
    CHECK(suppress.data.at("kind") == "address");
    CHECK(suppress.data.at("token") == mail.data.at("address_token"));
    const Sent second = only(out, "message.intent");
    CHECK(second.data.at("channel") == "linkedin");
    s.commanded(second, 2);
    CHECK(only(s.tick(3 * kDay), "message.intent").data.at("channel") == "linkedin");
    CHECK(s.fact("engagement.bounced", mail, {{"dsn_status", "5.1.1"}}, 3).empty());  // once
  }

  TEST_CASE("a bounce that names no message is about the last mail") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    s.commanded(mail, 0);
    CHECK(count(s.lead("engagement.bounced", "ld_1", {{"smtp_code", 550}}, 1), "message.intent") == 1);
  }

  TEST_CASE("a full mailbox is tried again after a day and after two") {
    Scene s;
    Sent mail = s.started("ld_1", kBoth, 0);
    s.commanded(mail, 0);
    s.fact("engagement.bounced", mail, {{"dsn_status", "5.2.2"}}, 0);
    CHECK(s.tick(kDay - 1).empty());
    mail = only(s.tick(kDay), "message.intent");
    CHECK(mail.data.at("attempt") == 2);
    s.commanded(mail, kDay);
    s.fact("delivery.failed", mail, {{"reason", "mailbox_full"}}, kDay);
    CHECK(s.tick(3 * kDay - 1).empty());
    CHECK(only(s.tick(3 * kDay), "message.intent").data.at("attempt") == 3);
  }

  TEST_CASE("spam protection ends the step with a task for a person; content the step with an alert") {
    Scene s;
    s.define_template("aggressive_close/1/contact_form", "contact_form", "Hello");
    const Sent form = s.started("ld_1", {.form_url = "https://x.com/contact"}, 0);
    CHECK(form.data.at("channel") == "contact_form");
    CHECK(form.data.at("url_token") == s.d.keys().token("acme", "url", "https://x.com/contact"));
    s.commanded(form, 0);
    const auto out = s.fact("delivery.failed", form, {{"reason", "form_spam_protected"}}, 1);
    CHECK(only(out, "alert.raised").data.at("reason") == "operator_task");

    Scene t;
    const Sent mail = t.started("ld_1", kBoth, 0);
    const auto blocked = t.skipped(mail, "render_blocked", 1);
    const Json alert = only(blocked, "alert.raised").data;
    CHECK(alert.at("reason") == "render_blocked");
    CHECK(alert.at("context").at("template_id") == "aggressive_close/1/email");  // the template is flagged
    CHECK(count(blocked, "message.intent") == 0);
  }

  TEST_CASE("a lead that may not be written to stops; a withdrawn message is no failure") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    CHECK(s.skipped(mail, "no_consent", 1).empty());
    CHECK(s.tick(60 * kDay).empty());

    Scene t;
    const Sent other = t.started("ld_1", kBoth, 0);
    t.reply("ld_1", "hello");
    CHECK(t.skipped(other, "withdrawn", 1).empty());
    CHECK(t.tick(60 * kDay).empty());
  }

  TEST_CASE("a complaint by the provider suppresses every address and stops everything") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    s.commanded(mail, 0);
    const auto out = s.fact("delivery.failed", mail, {{"reason", "complaint"}}, 1);
    CHECK(count(out, "lead.suppress") == 2);
    CHECK(count(out, "message.intent") == 0);
    CHECK(s.tick(60 * kDay).empty());
  }

  TEST_CASE("a stop takes back what waits for a retry without telling dispatch, and what was commanded with") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    s.commanded(mail, 0);
    s.fact("delivery.failed", mail, {{"reason", "delivery_failed"}}, 0);
    const auto out = s.lead("engagement.unsubscribed", "ld_1", {{"method", "one_click"}}, 1);
    CHECK(count(out, "intent.withdrawn") == 0);
    CHECK(s.tick(60 * kDay).empty());
  }

  TEST_CASE("nobody knows what became of a message: the sequence waits for no answer of it") {
    Scene s;
    const Sent mail = s.started("ld_1", kBoth, 0);
    s.commanded(mail, 0);
    CHECK(s.fact("delivery.unknown", mail, {}, 1).empty());
    CHECK(only(s.tick(2 * kDay), "message.intent").data.at("step") == "2");
  }

  TEST_CASE("an operator's message goes at once, falls back nowhere, and its failure is an alert") {
    Scene s;
    s.profile("ld_1", kBoth);
    const auto send = [&](Json data) {
      data["request_id"] = "req-m";
      data["actor"] = "bob";
      return s.lead("operator.send_message", "ld_1", std::move(data));
    };
    const Sent intent = only(send({{"body", "Hello {{name}}"}, {"subject", "Hi"}}), "message.intent");
    CHECK(intent.data.at("operator") == true);
    CHECK(intent.data.at("sequence") == "operator");
    CHECK(intent.data.at("step") == "req-m");
    CHECK(intent.data.at("template_id") == "operator");
    CHECK(s.clear(intent).at("variables").at("body") == "Hello {{name}}");
    CHECK(s.clear(intent).at("variables").at("subject") == "Hi");
    const auto failed = s.skipped(intent, "address_suppressed");
    CHECK(only(failed, "alert.raised").data.at("reason") == "address_suppressed");
    CHECK(count(failed, "message.intent") == 0);
    CHECK(only(send({{"body", "x"}, {"channel", "contact_form"}}), "operator.rejected").data.at("code") == "no_channel");
    s.lead("operator.send_message", "ld_9", {{"request_id", "r"}, {"actor", "bob"}, {"body", "x"}});
    send(Json::object());
    CHECK(s.d.last_verdict().reason == "missing_field:body");
    const auto unknown = s.lead("operator.send_message", "ld_9", {{"request_id", "r"}, {"actor", "bob"}, {"body", "x"}});
    CHECK(only(unknown, "operator.rejected").data.at("code") == "unknown_lead");
  }

  TEST_CASE("an escalation opens one task per group and severity, and makes later messages urgent") {
    Scene s;
    const Sent mail = s.started("ld_1", {.email = "ann@x.com", .phone = "+14155550132"}, 0);
    s.commanded(mail, 0);
    const auto escalate = [&](const char* severity) {
      return s.lead("lead.escalated", "ld_1",
                    {{"group", "contact"}, {"stage", "x"}, {"severity", severity}, {"in_stage_ms", 5}}, 1);
    };
    CHECK(escalate("medium").empty());
    const Sent task = only(escalate("high"), "message.intent");
    CHECK(task.data.at("channel") == "phone_task");
    CHECK(task.data.at("step") == "escalation/contact/high");
    CHECK(task.data.at("priority") == "high");
    CHECK(escalate("high").empty());
    CHECK(count(escalate("critical"), "message.intent") == 1);
    const auto stage = s.lead("crm.stage_changed", "ld_1", {{"deal_id", "d"}, {"stage_to", "show_up"}, {"currency", "USD"}}, 2);
    CHECK(count(stage, "intent.withdrawn") == 1);  // the mail; tasks stay with the people who do them
    CHECK(count(s.lead("engagement.unsubscribed", "ld_1", {}, 3), "intent.withdrawn") == 2);
  }
}
