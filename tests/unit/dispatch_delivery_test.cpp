// What becomes of commands.
#include "tests/unit/dispatch_desk.h"

using namespace millrace;
using namespace millrace::test;

namespace {

using Ids = std::vector<std::string>;

struct Live : Desk {
  Live() { arm(); }
  // A mail to its own lead and domain, on its own step.
  std::vector<Sent> mail(const std::string& id, std::int64_t attempt = 1) {
    return intend(id, {.lead = "lead-" + id, .domain = id + ".com", .to = "a@" + id + ".com", .attempt = attempt});
  }
};

}  // namespace

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("a failure gives the reservation back, a bounce does not") {
  Live desk;
  CHECK(Desk::result(desk.intend("m1")) == "COMMANDED");
  CHECK(Desk::result(desk.intend("m2", {.step = "2"})) == "-");  // lead_cooldown
  desk.fact("delivery.failed", "m1", {{"reason", "delivery_failed"}});
  CHECK(Desk::result(desk.intend("m3", {.step = "3"})) == "COMMANDED");
  desk.fact("delivery.sent", "m3");
  desk.fact("engagement.bounced", "m3", {{"dsn_status", "4.2.2"}, {"permanent", false}});
  CHECK(Desk::result(desk.intend("m4", {.step = "4"})) == "-");
}

TEST_CASE("what a failure gives back is its own reservation, also where another was made in the same moment") {
  Live desk;
  desk.arm("linkedin");
  CHECK(Desk::result(desk.intend("m1")) == "COMMANDED");
  CHECK(Desk::result(desk.intend("m2", {.step = "2", .from_operator = true})) == "COMMANDED");
  desk.fact("delivery.failed", "m2", {{"reason", "delivery_failed"}});
  CHECK(Desk::result(desk.intend("m3", {.channel = "linkedin", .step = "2", .to = "x"})) == "-");  // lead_any_24h, by m1
}

TEST_CASE("a fallback on the same step is no second touch, another step is") {
  Live desk;
  desk.intend("m1");
  desk.fact("delivery.sent", "m1");
  CHECK(Desk::result(desk.intend("m2", {.channel = "linkedin", .to = "x"})) == "COMMANDED");
  CHECK(Desk::result(desk.intend("m3", {.channel = "contact_form", .step = "2", .to = "https://x"})) == "-");
}

TEST_CASE("revoked and expired commands go back to the queue with the next attempt") {
  Live desk;
  desk.intend("m1");
  auto out = desk.fact("delivery.failed", "m1", {{"reason", "expired"}});
  CHECK(Desk::result(out) == "COMMANDED");
  CHECK(only(out, "email.send").data.at("command_id") == "m1:2");
  CHECK(desk.fact("delivery.failed", "m1", {{"reason", "expired"}}).empty());  // of the first attempt, told twice
  out = desk.fact("delivery.failed", "m1", {{"attempt", 2}, {"reason", "revoked"}});
  CHECK(only(out, "email.send").data.at("command_id") == "m1:3");
}

TEST_CASE("DI-4: a withdrawn command is revoked, and skipped when the worker says so") {
  Live desk;
  desk.intend("m1");
  const auto out = desk.d.send("intent.withdrawn", {{"message_id", "m1"}});
  CHECK(only(out, "command.revoked").data == Json{{"message_id", "m1"}});
  CHECK(only(out, "command.revoked").key == "acme/l1");
  CHECK(Desk::result(desk.fact("delivery.failed", "m1", {{"reason", "revoked"}})) == "SKIPPED withdrawn");
  CHECK(desk.d.send("intent.withdrawn", {{"message_id", "m1"}}).empty());
}

TEST_CASE("a reason that no table knows is a dead letter") {
  Live desk;
  desk.intend("m1");
  desk.fact("delivery.failed", "m1", {{"reason", "gremlins"}});
  CHECK(desk.d.last_verdict().reason == "unknown_reason");
}

TEST_CASE("CI-1: five failures in a row open a sender's circuit, a probe closes it") {
  Live desk;
  std::vector<Sent> out;
  for (int i = 0; i < 5; ++i) {
    const std::string id = "m" + std::to_string(i);
    desk.mail(id);
    out = desk.fact("delivery.failed", id, {{"reason", "delivery_failed"}});
    CHECK(Desk::alerts(out).size() == (i == 4));
  }
  CHECK(only(out, "alert.raised").data.at("reason") == "provider_down");
  CHECK(Desk::result(desk.mail("p1")) == "-");
  CHECK(Desk::result(desk.mail("p2")) == "-");
  CHECK(desk.tick(kMonday10 + 59'000).empty());
  CHECK(Desk::commanded(desk.tick(kMonday10 + 60'000)) == Ids{"p1"});
  CHECK(desk.tick(kMonday10 + 119'000).empty());
  CHECK(Desk::alerts(desk.fact("delivery.sent", "p1")) == Ids{"provider_up"});
  CHECK(Desk::commanded(desk.tick(kMonday10 + 119'500)) == Ids{"p2"});
}

TEST_CASE("CI-1: a refusal that is the recipient's own does not count against the provider") {
  Live desk;
  for (int i = 0; i < 4; ++i) {
    desk.mail("m" + std::to_string(i));
    desk.fact("delivery.failed", "m" + std::to_string(i), {{"reason", "delivery_failed"}});
  }
  desk.mail("m4");
  desk.fact("delivery.failed", "m4", {{"dsn_status", "5.7.1"}});
  desk.mail("m5");
  CHECK(Desk::alerts(desk.fact("delivery.failed", "m5", {{"reason", "delivery_failed"}})).empty());
}

TEST_CASE("WA-1: a sender's day is full after its allowance, and the message waits for its midnight") {
  Live desk;
  for (int i = 0; i < 5; ++i) CHECK(Desk::result(desk.mail("m" + std::to_string(i))) == "COMMANDED");
  CHECK(Desk::result(desk.mail("n1")) == "-");
  desk.tick(kMonday10 + 14 * kHourMs);  // midnight: allowed, but the window is shut
  CHECK(Desk::commanded(desk.tick(kMonday10 + 23 * kHourMs)) == Ids{"n1"});
}

TEST_CASE("a lead without a sender takes the first with allowance, and keeps it") {
  Live desk;
  desk.sender("s2");
  for (int i = 0; i < 5; ++i) CHECK(only(desk.mail("m" + std::to_string(i)), "email.send").data.at("sender_id") == "s1");
  CHECK(only(desk.mail("n1"), "email.send").data.at("sender_id") == "s2");
  desk.now += 8 * kDayMs;
  const auto again = [&](const char* lead) {
    return only(desk.intend("again-" + std::string(lead), {.lead = lead, .step = "2"}), "email.send").data.at("sender_id");
  };
  CHECK(again("lead-n1") == "s2");
  CHECK(again("lead-m1") == "s1");
}

TEST_CASE("two hard bounces in a day send the sender back to day 1") {
  Live desk;
  desk.mail("m1");
  desk.now += kDayMs;
  for (const char* id : {"m2", "m3", "m4", "m5", "m6"}) CHECK(Desk::result(desk.mail(id)) == "COMMANDED");
  for (const char* id : {"m2", "m3"}) desk.fact("delivery.failed", id, {{"dsn_status", "5.1.1"}});
  for (const char* id : {"m7", "m8"}) CHECK(Desk::result(desk.mail(id)) == "COMMANDED");  // 3 + 2 of 5
  CHECK(Desk::result(desk.mail("m9")) == "-");
}

TEST_CASE("a hard bounce suppresses the address, three soft ones do") {
  Live desk;
  desk.mail("m1");
  desk.fact("delivery.sent", "m1");
  desk.fact("engagement.bounced", "m1", {{"dsn_status", "5.1.1"}});
  CHECK(Desk::result(desk.intend("n1", {.lead = "x", .to = "a@m1.com"})) == "SKIPPED address_suppressed");
  for (int i = 0; i < 3; ++i) {
    const std::string id = "s" + std::to_string(i);
    CHECK(Desk::result(desk.intend(id, {.lead = id, .domain = "soft.com", .to = "a@soft.com"})) == "COMMANDED");
    desk.fact("delivery.failed", id, {{"reason", "mailbox_full"}});
    desk.fact("delivery.failed", id, {{"reason", "mailbox_full"}});
  }
  CHECK(Desk::result(desk.intend("s9", {.lead = "s9", .domain = "soft.com", .to = "a@soft.com"})) == "SKIPPED address_suppressed");
}

TEST_CASE("an unknown delivery is never repeated and counts as sent after three days") {
  Live desk;
  desk.intend("m1");
  desk.fact("delivery.unknown", "m1");
  CHECK(desk.fact("delivery.failed", "m1", {{"reason", "expired"}}).empty());
  CHECK(desk.tick(kMonday10 + 3 * kDayMs).empty());
  CHECK(desk.d.last_verdict().kind == Verdict::Kind::handled);
  CHECK(Desk::result(desk.intend("m1")) == "DROPPED duplicate");
}

TEST_CASE("DT-1: what a dry run reserved does not bind the live run, nor a dry run after arming") {
  Desk desk;
  CHECK(Desk::result(desk.intend("m1")) == "COMMANDED");
  CHECK(Desk::result(desk.intend("m2", {.step = "2"})) == "-");
  desk.arm();
  CHECK(only(desk.intend("m3", {.step = "3"}), "email.send").data.at("mode") == "live");
  CHECK(only(desk.intend("m4", {.step = "4", .dry_run = true}), "email.send").data.at("mode") == "dry_run");
  CHECK(Desk::result(desk.intend("m5", {.step = "5"})) == "-");
}

TEST_CASE("an arming ends after thirty days and says so three days before") {
  Live desk;
  CHECK(desk.tick(kMonday10 + 27 * kDayMs - 1).empty());
  CHECK(Desk::alerts(desk.tick(kMonday10 + 27 * kDayMs)) == Ids{"arming_expires"});
  CHECK(Desk::alerts(desk.tick(kMonday10 + 30 * kDayMs)) == Ids{"arming_expired"});
  CHECK(only(desk.intend("m1"), "email.send").data.at("mode") == "dry_run");
}

TEST_SUITE_END();
