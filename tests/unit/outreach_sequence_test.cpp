#include "tests/unit/outreach_scene.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE("topology/outreach") {
  TEST_CASE("a routed lead gets its first message at once, sealed, with all that dispatch needs") {
    Scene s;
    const Sent intent = s.started("ld_1", {.email = "ann@x.de", .tags = {"vip"}});
    CHECK(intent.topic == "outreach.intents");
    CHECK(intent.key == "acme");
    CHECK(intent.tenant == "acme");
    CHECK(intent.data.at("channel") == "email");
    CHECK(intent.data.at("step") == "1");
    CHECK(intent.data.at("sequence") == "aggressive_close");
    CHECK(intent.data.at("attempt") == 1);
    CHECK(intent.data.at("campaign_id") == "c1");
    CHECK(intent.data.at("country") == "DE");
    CHECK(intent.data.at("consent") == "UNKNOWN");
    CHECK(intent.data.at("tags") == Json{"vip"});
    CHECK(intent.data.at("priority") == "medium");
    CHECK(intent.data.at("template_id") == "aggressive_close/1/email");
    CHECK(intent.data.at("template_version") == 1);
    CHECK(intent.data.at("dry_run") == true);
    CHECK(intent.data.at("operator") == false);
    CHECK(intent.data.at("address_token") == s.d.keys().token("acme", "email", "ann@x.de"));
    CHECK(intent.data.at("domain_token") == s.d.keys().token("acme", "domain", "x.de"));
    const Json clear = s.clear(intent);
    CHECK(clear.at("to") == "ann@x.de");
    CHECK(clear.at("variables").at("first_name") == "Ann");
    CHECK(clear.at("variables").at("company") == "X Ltd");
    CHECK(clear.at("variables").at("title") == "CTO");
    CHECK(clear.at("variables").at("custom.plan") == "Pro");
    CHECK(clear.at("variables").at("custom.seats") == "5");
    CHECK_FALSE(clear.at("variables").contains("custom.list"));
    CHECK(intent.data.dump().find("ann@x.de") == std::string::npos);
  }

  TEST_CASE("the message id is the one of the rule") {
    Scene s;
    CHECK(s.started("ld_1").data.at("message_id") == "msg_da838806f226ad3f1a3f");
  }

  TEST_CASE("steps come on their days, one after the other, and end in exhaustion") {
    Scene s;
    s.arm(0);
    s.tick(0);
    const Sent first = s.started("ld_1", {.email = "ann@x.com"}, 0);
    s.commanded(first, 1000);
    CHECK(s.tick(2 * kDay).empty());  // the command came a second late, so the second step does too
    const Sent second = only(s.tick(2 * kDay + 1000), "message.intent");
    CHECK(second.data.at("step") == "2");
    s.commanded(second, 2 * kDay + 1000);
    const Sent third = only(s.tick(5 * kDay + 1000), "message.intent");
    CHECK(third.data.at("step") == "3");
    s.commanded(third, 5 * kDay + 1000);
    CHECK(s.tick(19 * kDay).empty());
    const auto end = s.tick(19 * kDay + 1000);
    const Sent exhausted = only(end, "lead.sequence_exhausted");
    CHECK(exhausted.topic == "leads.harvested");
    CHECK(exhausted.key == "acme/ld_1");
    CHECK(exhausted.tenant == "acme");
    CHECK(exhausted.data.at("sequence") == "aggressive_close");
    CHECK(exhausted.data.at("message_id") == third.data.at("message_id"));
    CHECK(count(s.tick(60 * kDay), "lead.sequence_exhausted") == 0);
  }

  TEST_CASE("OR-1: while a message waits in dispatch its sequence stands still, and no day is cut") {
    Scene s;
    const Sent first = s.started("ld_1", {.email = "ann@x.com"}, 0);
    CHECK(count(s.tick(10 * kDay), "message.intent") == 0);
    s.commanded(first, 10 * kDay);
    CHECK(count(s.tick(12 * kDay - 1), "message.intent") == 0);
    CHECK(count(s.tick(12 * kDay), "message.intent") == 1);
  }

  TEST_CASE("a step waits for the profile") {
    Scene s;
    CHECK(count(s.route("ld_1", 0), "message.intent") == 0);
    CHECK(count(s.profile("ld_1", {.email = "ann@x.com"}, 50), "message.intent") == 1);
    CHECK(count(s.profile("ld_1", {.email = "ann@x.com"}, 60), "message.intent") == 0);
  }

  TEST_CASE("an undefined sequence is an alert; a running one is not started twice") {
    Scene s;
    s.profile("ld_1");
    const Sent alert = only(s.route("ld_1", 0, "no_such"), "alert.raised");
    CHECK(alert.data.at("reason") == "invalid_sequence");
    CHECK(alert.topic == "alerts");
    CHECK(count(s.route("ld_1", 0), "message.intent") == 1);
    CHECK(s.route("ld_1", 5).empty());
  }

  TEST_CASE("OR-2: a stopped sequence never resumes, a new ROUTE is a new run") {
    Scene s;
    const Sent first = s.started("ld_1", {.email = "ann@x.com"}, 0);
    s.commanded(first, 0);
    const auto stopped = s.lead("crm.stage_changed", "ld_1", {{"deal_id", "hs:1"}, {"stage_to", "demo_scheduled"}, {"currency", "USD"}});
    CHECK(only(stopped, "intent.withdrawn").data.at("message_id") == first.data.at("message_id"));
    CHECK(s.tick(30 * kDay).empty());
    const Sent again = only(s.route("ld_1", 30 * kDay), "message.intent");
    CHECK(again.data.at("sequence") == "aggressive_close#2");
    CHECK(again.data.at("slot").get<std::string>() == "aggressive_close/1/email");
  }

  TEST_CASE("DNC, the tag and a terminal status stop; other statuses and stages do not") {
    for (const Person& barred : {Person{.email = "ann@x.com", .consent = "DNC"}, Person{.email = "ann@x.com", .tags = {"do_not_contact"}}}) {
      Scene s;
      const Sent first = s.started("ld_1");
      CHECK(count(s.profile("ld_1", barred), "intent.withdrawn") == 1);
      CHECK(count(s.route("ld_1"), "message.intent") == 0);
    }
    Scene s;
    const Sent first = s.started("ld_1");
    const auto status = [&](const char* to) {
      return s.lead("lead.status_changed", "ld_1", {{"from", "ROUTED"}, {"to", to}, {"trigger", "x"}});
    };
    CHECK(status("CONTACTED").empty());
    CHECK(s.lead("crm.stage_changed", "ld_1", {{"deal_id", "d"}, {"stage_to", "lead"}, {"currency", "USD"}}).empty());
    CHECK(count(status("LOST"), "intent.withdrawn") == 1);
  }

  TEST_CASE("a LinkedIn message waits for the connection and takes the next channel without one") {
    Scene s;
    const Sent task = s.started("ld_1", {.linkedin = "linkedin.com/in/ann"}, 0);
    CHECK(task.data.at("channel") == "linkedin");
    CHECK(task.data.at("step") == "1/connect");
    s.commanded(task, 0);
    CHECK(s.fact("delivery.sent", task, {}, 1000).empty());
    CHECK(s.tick(6 * kDay).empty());
    SUBCASE("connected: the message at once") {
      const auto out = s.profile("ld_1", {.linkedin = "linkedin.com/in/ann", .linkedin_status = "connected"}, 6 * kDay + 5);
      const Sent message = only(out, "message.intent");
      CHECK(message.data.at("step") == "1");
      CHECK(message.data.at("message_id") != task.data.at("message_id"));
      s.commanded(message, 6 * kDay + 5);
      CHECK(count(s.tick(8 * kDay + 5), "message.intent") == 1);  // the clock stood while it waited
    }
    SUBCASE("declined: not connected at once, and the step fails where no channel is left") {
      CHECK(s.profile("ld_1", {.linkedin = "linkedin.com/in/ann", .linkedin_status = "declined"}, 6 * kDay + 5).empty());
      CHECK(count(s.tick(6 * kDay + 6), "message.intent") == 0);  // step 2 finds the request declined as well
    }
    SUBCASE("after seven days: the step is over, the next one does not ask again") {
      CHECK(s.tick(7 * kDay + 1000).empty());
      CHECK(count(s.tick(7 * kDay + 1001), "message.intent") == 0);
    }
  }

  TEST_CASE("a step without text is skipped with an alert, and the sequence goes on") {
    Scene s;
    s.all("operator.sequence_defined", {{"name", "own"}, {"days", {0, 1}},
                                        {"templates", {Json::object(), {{"email", "aggressive_close/1/email"}}}}});
    s.profile("ld_1");
    const auto out = s.route("ld_1", 0, "own");
    CHECK(only(out, "alert.raised").data.at("reason") == "no_script");
    CHECK(count(out, "message.intent") == 0);
    CHECK(only(s.tick(kDay), "message.intent").data.at("step") == "2");
  }

  TEST_CASE("a running lead keeps the version it started with") {
    Scene s;
    const Sent first = s.started("ld_1", {.email = "ann@x.com"}, 0);
    s.all("operator.sequence_defined", {{"name", "aggressive_close"}, {"days", {0, 1}},
                                        {"templates", {Json::object(), Json::object()}}}, 0);
    s.d.policy("[sequence.aggressive_close]\ndays = [0, 9]\n");
    s.commanded(first, 0);
    CHECK(s.tick(kDay).empty());
    CHECK(only(s.tick(2 * kDay), "message.intent").data.at("template_id") == "aggressive_close/2/email");
  }

  TEST_CASE("a lead without an address is called; only a call that ends without done makes it unreachable") {
    Scene s;
    s.arm(0);
    s.tick(1);
    s.profile("ld_1", {.phone = "+14155550132"}, 1);
    const Sent task = only(s.route("ld_1", 1), "message.intent");
    CHECK(task.data.at("channel") == "phone_task");
    CHECK(task.data.at("sequence") == "task");
    CHECK(task.data.at("step") == "phone/1");
    CHECK(s.clear(task).at("to") == "+14155550132");
    s.commanded(task, 2);
    SUBCASE("skipped") {
      const Sent told = only(s.fact("delivery.failed", task, {{"reason", "task_skipped"}}, 3), "lead.unreachable");
      CHECK(told.key == "acme/ld_1");
    }
    SUBCASE("done") {
      CHECK(count(s.fact("delivery.sent", task, {}, 3), "lead.unreachable") == 0);
      CHECK(count(s.tick(14 * kDay + 3), "lead.sequence_exhausted") == 1);
    }
    SUBCASE("done, and a sweep looks at the lead: it was spoken to, so it is not unreachable") {
      s.fact("delivery.sent", task, {}, 3);
      CHECK(count(s.all("control.sweep", {{"stage", "outreach"}}, 4), "lead.unreachable") == 0);
      CHECK(count(s.tick(14 * kDay + 3), "lead.sequence_exhausted") == 1);
    }
    SUBCASE("done, and then an address becomes known: the sequence goes on") {
      s.fact("delivery.sent", task, {}, 3);
      const Sent mail = only(s.profile("ld_1", {.email = "ann@x.com", .phone = "+14155550132"}, 5), "message.intent");
      CHECK(mail.data.at("channel") == "email");
      s.commanded(mail, 5);
      CHECK(count(s.tick(2 * kDay + 5), "message.intent") == 1);
      CHECK(count(s.tick(14 * kDay + 3), "lead.sequence_exhausted") == 0);
    }
    SUBCASE("an address becomes known") {
      const auto out = s.profile("ld_1", {.email = "ann@x.com", .phone = "+14155550132"}, 3);
      CHECK(only(out, "intent.withdrawn").data.at("message_id") == task.data.at("message_id"));
      CHECK(only(out, "message.intent").data.at("channel") == "email");
    }
  }

  TEST_CASE("OR-4: a dry run never ends a lead") {
    Scene s;
    s.profile("ld_1", {}, 0);
    CHECK(s.route("ld_1", 0).empty());
    CHECK(count(s.profile("ld_1", {.email = "ann@x.com"}, 1), "message.intent") == 1);

    Scene t;
    Sent intent = t.started("ld_1", {.email = "ann@x.com"}, 0);
    for (const TimeMs day : {2, 5, 0}) {
      t.commanded(intent, -1, false);
      if (day) intent = only(t.tick(day * kDay), "message.intent");
    }
    CHECK(count(t.tick(100 * kDay), "lead.sequence_exhausted") == 0);
  }

  TEST_CASE("a restart from state loses nothing") {
    Scene s;
    const Sent first = s.started("ld_1", {.email = "ann@x.com"}, 0);
    s.d.restart();
    s.commanded(first, 0);
    s.d.restart();
    CHECK(count(s.tick(2 * kDay), "message.intent") == 1);
  }
}
