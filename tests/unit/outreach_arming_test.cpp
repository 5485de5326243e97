#include "tests/unit/outreach_scene.h"

using namespace millrace;
using namespace millrace::test;

namespace {
// The first tick after an arming, with the sweep that it begins and its follow-ups.
std::vector<Sent> armed_tick(Scene& s, TimeMs at) {
  std::vector<Sent> all, next = s.tick(at);
  while (!next.empty()) {
    all.insert(all.end(), next.begin(), next.end());
    next = s.d.deliver(next);
  }
  return all;
}
}  // namespace

TEST_SUITE("topology/outreach") {
  TEST_CASE("OR-4: arming begins dry sequences again as the next run, complete ones too, in order of leads") {
    Scene s;
    for (const char* id : {"ld_b", "ld_a", "ld_c"}) {
      const Sent mail = s.started(id, {.email = "ann@x.com"}, 0);
      CHECK(mail.data.at("dry_run") == true);
      s.commanded(mail, 0, false);
      s.fact("delivery.sent", mail, {{"dry_run", true}}, 0);
    }
    s.reply("ld_c", "no thanks");  // stopped: stays so
    s.arm(kDay);
    const auto out = armed_tick(s, kDay + 1);
    const Sent sweep = only(out, "control.sweep");
    CHECK(sweep.data.at("rule") == "arm");
    CHECK(sweep.broadcast);
    std::vector<std::string> leads;
    for (const Sent& each : out)
      if (each.type == "message.intent") {
        leads.push_back(each.data.at("lead_id"));
        CHECK(each.data.at("sequence") == "aggressive_close#2");
        CHECK(each.data.at("step") == "1");
        CHECK(each.data.at("dry_run") == false);
        CHECK(each.tenant == "acme");
      }
    CHECK(leads == std::vector<std::string>{"ld_a", "ld_b"});
    CHECK(armed_tick(s, kDay + 2).empty());
    CHECK(s.arm(kDay + 3, true, "linkedin").empty());
    CHECK(armed_tick(s, kDay + 4).empty());  // something was armed before
  }

  TEST_CASE("a lead that a record reaches first is restarted there, and its old messages say nothing more") {
    Scene s;
    const Sent dry = s.started("ld_1", {.email = "ann@x.com"}, 0);
    s.arm(10);
    const auto sweep = s.tick(20);
    const auto out = s.commanded(dry, 30, false);
    CHECK(only(out, "message.intent").data.at("sequence") == "aggressive_close#2");
    CHECK(s.d.deliver(sweep).empty());
    CHECK(s.fact("delivery.sent", dry, {{"dry_run", true}}, 40).empty());
    CHECK(count(s.tick(2 * kDay + 40), "message.intent") == 0);  // step 1 of the new run still waits in dispatch
  }

  TEST_CASE("a sequence with a live message goes on when a connector is armed again") {
    Scene s;
    s.arm(0);
    armed_tick(s, 0);
    const Sent mail = s.started("ld_1", {.email = "ann@x.com"}, 0);
    s.commanded(mail, 0, true);
    s.arm(10, false);
    s.arm(20);
    CHECK(count(armed_tick(s, 30), "message.intent") == 0);
    CHECK(only(s.tick(2 * kDay), "message.intent").data.at("sequence") == "aggressive_close");
  }

  TEST_CASE("an intent that left after the arming is live: the tick does not write a second one") {
    Scene s;
    s.arm(0);
    const Sent mail = s.started("ld_1", {.email = "ann@x.com"}, 5);
    CHECK(mail.data.at("dry_run") == false);
    CHECK(count(armed_tick(s, 10), "message.intent") == 0);
  }

  TEST_CASE("an arming expires; ad connectors are not ours") {
    Scene s;
    s.arm(0, true, "ads");
    CHECK(s.started("ld_0").data.at("dry_run") == true);
    s.arm(0);
    CHECK(s.started("ld_1").data.at("dry_run") == false);
    s.tick(30 * kDay);
    CHECK(s.started("ld_2").data.at("dry_run") == true);
  }

  TEST_CASE("a sweep goes batch by batch on its own partition and keeps its tenant") {
    Scene s;
    for (int i = 0; i < 5; ++i) s.commanded(s.started("ld_" + std::to_string(i), {.email = "ann@x.com"}, 0), 0, false);
    s.arm(1);
    s.tick(2);
    auto out = s.all("control.sweep", {{"stage", "outreach"}, {"rule", "arm"}, {"batch", 2}}, 3);
    CHECK(count(out, "message.intent") == 2);
    CHECK(only(out, "control.sweep").data.at("cursor") == "acme/ld_1");
    CHECK(only(out, "control.sweep").tenant == "acme");
    out = s.d.deliver(out);
    CHECK(count(out, "message.intent") == 2);
    out = s.d.deliver(out);
    CHECK(count(out, "message.intent") == 1);
    CHECK(count(out, "control.sweep") == 0);
    CHECK(s.all("control.sweep", {{"stage", "score"}}, 3).empty());
    CHECK(s.d.last_verdict().kind == Verdict::Kind::ignored);
  }

  TEST_CASE("a running sequence of an absorbed lead goes to the survivor, once") {
    Scene s;
    const Sent mail = s.started("ld_2", {.email = "ann@x.com"}, 0);
    s.commanded(mail, 0);
    const Json merge = {{"survivor", "ld_1"}, {"absorbed", {"ld_2"}}};
    CHECK(s.lead("lead.merged", "ld_1", merge, 5).empty());
    const auto out = s.lead("lead.merged", "ld_2", merge, 5);
    const Sent over = only(out, "sequence.handoff");
    CHECK(over.topic == "routing.decisions");
    CHECK(over.key == "acme/ld_1");
    CHECK(over.data.at("sent_steps") == 1);
    CHECK(over.data.at("run") == 1);
    CHECK(count(out, "intent.withdrawn") == 1);
    s.profile("ld_1", {.email = "ann@x.com"}, 5);
    CHECK(s.d.deliver({over}).empty());
    CHECK(s.d.deliver({over}).empty());
    const auto step = s.tick(2 * kDay);
    CHECK(count(step, "message.intent") == 1);
    CHECK(only(step, "message.intent").data.at("lead_id") == "ld_1");
    CHECK(only(step, "message.intent").data.at("step") == "2");
  }

  TEST_CASE("a survivor that has had a sequence keeps its own") {
    Scene s;
    s.started("ld_1", {.email = "bob@x.com"}, 0);
    s.started("ld_2", {.email = "ann@x.com"}, 0);
    const Sent over = only(s.lead("lead.merged", "ld_2", {{"survivor", "ld_1"}, {"absorbed", {"ld_2"}}}, 5), "sequence.handoff");
    CHECK(s.d.deliver({over}).empty());
    CHECK(s.tick(3 * kDay).empty());
  }

  TEST_CASE("an erased lead leaves nothing behind, and what is on its way is taken back") {
    Scene s;
    const Sent mail = s.started("ld_1", {.email = "ann@x.com"}, 0);
    const auto out = s.lead("lead.erased", "ld_1", {{"request_id", "r"}}, 5);
    CHECK(only(out, "intent.withdrawn").data.at("message_id") == mail.data.at("message_id"));
    CHECK(s.commanded(mail, 6).empty());
    CHECK(s.tick(60 * kDay).empty());
    CHECK(count(s.reply("ld_1", "yes please"), "message.intent") == 0);
  }

  TEST_CASE("a lead whose key was destroyed is written to no more") {
    Scene s;
    const Sent mail = s.started("ld_1", {.email = "ann@x.com"}, 0);
    s.commanded(mail, 0);
    static_cast<DerivedKeyring&>(s.d.keys()).destroy("acme", "ld_1");
    CHECK(count(s.tick(2 * kDay), "message.intent") == 0);
    CHECK(s.tick(60 * kDay).empty());
  }
}
