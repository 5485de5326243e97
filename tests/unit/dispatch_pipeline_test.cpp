// Intents before the pipeline of a whole stage.
#include "tests/unit/dispatch_desk.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("DI-1: an intent becomes a dry-run command while nothing is armed") {
  Desk desk;
  const auto out = desk.intend("m1");
  CHECK(Desk::result(out) == "COMMANDED");
  const Sent& command = only(out, "email.send");
  CHECK(command.topic == "outreach.commands");
  CHECK(command.key == "acme/l1");
  CHECK(command.data.at("command_id") == "m1:1");
  CHECK(command.data.at("mode") == "dry_run");
  CHECK(command.data.at("sender_id") == "s1");
  CHECK(command.data.at("deadline_ms") == kMonday10 + kHourMs);
  CHECK(command.data.at("provider_key") == sha256_hex("m1:1", 32));
  CHECK(only(out, "intent.result").key == "acme/l1");
  CHECK(only(out, "intent.result").data.at("mode") == "dry_run");
}

TEST_CASE("TX-2: the text is rendered with the sender and sealed with the address; mail can be unsubscribed by one click") {
  Desk desk;
  const Json text = desk.opened(only(desk.intend("m1"), "email.send"));
  CHECK(text.at("to") == "ann@acme.com");
  CHECK(text.at("subject") == "Hi Ann");
  const std::string url = "https://localhost:8080/api/v1/cam/unsubscribe/acme.m1." + desk.token("unsubscribe", "m1").substr(0, 32);
  CHECK(text.at("body") == "Acme and Us 1 Road " + url);
  CHECK(text.at("headers").at("List-Unsubscribe") == "<" + url + ">");
  CHECK(text.at("headers").at("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click");
  CHECK(text.at("headers").at("From") == "s1@us.com");
}

TEST_CASE("TX-1: an operator's mail is not rendered and gets a footer") {
  Desk desk;
  const Json text = desk.opened(only(desk.intend("m1", {.sequence = "operator", .step = "rq-9", .from_operator = true}), "email.send"));
  CHECK(text.at("subject") == "Your question");
  CHECK(text.at("body").get<std::string>().starts_with("An answer.\n\n-- \n1 Road\nUnsubscribe: https://"));
}

TEST_CASE("TX-3: no name begins a header of its own or makes a plain text HTML") {
  Desk desk;
  desk.sender("s1", "email", {{"name", "Lee, \"Ann\"\r\nBcc: eve@x.com"}});
  desk.d.send("operator.template_defined", desk.op({{"template_id", "t2"}, {"version", 1}, {"channel", "email"}, {"subject", "For {{company}}"},
                                                    {"body", "{{first_name}} {{postal_address}} {{unsubscribe_url}}"}}));
  Json intent = desk.intent("m1", {.template_id = "t2"});
  const SealingKey key = desk.d.keys().key_for("acme", "l1", "0123456789abcdef0123456789abcdef");
  std::string sealed;
  const Json personal = {{"to", "ann@acme.com"}, {"variables", {{"first_name", "<script>"}, {"company", "A\nBcc: eve@x.com"}}}};
  desk.d.keys().seal(key, "m1", "message.intent", personal.dump(), sealed);
  intent["sealed"] = sealed;
  const Json text = desk.opened(only(desk.d.send("message.intent", intent, {.at_ms = desk.now}), "email.send"));
  CHECK(text.at("subject") == "For A Bcc: eve@x.com");
  CHECK(text.at("headers").at("From") == "\"Lee, \\\"Ann\\\"  Bcc: eve@x.com\" <s1@us.com>");
  CHECK_FALSE(text.at("headers").contains("Content-Type"));
}

TEST_CASE("TX-1: the footer of an HTML mail is HTML, with its values escaped") {
  for (const char* address : {"1 <b> Road", ""}) {
    Desk desk;
    desk.sender("s1", "email", {{"postal_address", address}});
    Json intent = desk.intent("m1", {.sequence = "operator", .step = "rq-9", .from_operator = true});
    std::string sealed;
    const Json personal = {{"to", "ann@acme.com"}, {"variables", {{"subject", "Hi"}, {"body", "<p>Hi</p>"}}}};
    desk.d.keys().seal(desk.d.keys().key_for("acme", "l1", "0123456789abcdef0123456789abcdef"), "m1", "message.intent", personal.dump(), sealed);
    intent["sealed"] = sealed;
    const Json text = desk.opened(only(desk.d.send("message.intent", intent, {.at_ms = desk.now}), "email.send"));
    const std::string url = "https://localhost:8080/api/v1/cam/unsubscribe/acme.m1." + desk.token("unsubscribe", "m1").substr(0, 32);
    const std::string before = *address ? "1 &lt;b&gt; Road<br>" : "";
    CHECK(text.at("body") == "<p>Hi</p><p>" + before + "<a href=\"" + url + "\">Unsubscribe</a></p>");
    CHECK(text.at("headers").at("Content-Type") == "text/html; charset=utf-8");
  }
}

TEST_CASE("DI-3: a send key is commanded once") {
  Desk desk;
  desk.intend("m1");
  CHECK(Desk::result(desk.intend("m1")) == "DROPPED duplicate");
  CHECK(Desk::result(desk.intend("m1", {.country = "DE", .tags = {"do_not_contact"}})) == "DROPPED duplicate");
}

TEST_CASE("DI-3: what was blocked is decided, too") {
  Desk desk;
  CHECK(Desk::result(desk.intend("m1", {.consent = "DNC"})) == "SKIPPED dnc");
  CHECK(Desk::result(desk.intend("m1")) == "DROPPED duplicate");
}

TEST_CASE("live needs an armed connector, a provider, and an intent that is no dry run") {
  Desk desk;
  desk.d.send("operator.connector_armed", desk.op({{"connector", "email"}, {"tenant", "acme"}, {"armed", true}, {"reason", "go"}}));
  CHECK(Desk::result(desk.intend("m1")) == "SKIPPED channel_disabled");
  desk.arm();
  CHECK(only(desk.intend("m2", {.lead = "l2", .dry_run = true}), "email.send").data.at("mode") == "dry_run");
  CHECK(only(desk.intend("m3", {.lead = "l3"}), "email.send").data.at("mode") == "live");
}

TEST_CASE("each check blocks with the reason that outreach knows") {
  Desk desk;
  int n = 0;
  const auto blocked = [&](const Ask& asked) {
    Ask ask = asked;
    ask.lead = "lead" + std::to_string(++n);
    return Desk::result(desk.intend("b" + std::to_string(n), ask));
  };
  CHECK(blocked(Ask{.campaign = "cmp_none"}) == "SKIPPED unknown_campaign");
  CHECK(blocked(Ask{.channel = "telegram"}) == "SKIPPED channel_disabled");
  CHECK(blocked(Ask{.consent = "UNKNOWN", .country = "DE"}) == "SKIPPED no_consent");
  CHECK(blocked(Ask{.consent = "UNKNOWN", .country = "US"}) == "COMMANDED");
  CHECK(blocked(Ask{.tags = {"vip", "do_not_contact"}}) == "SKIPPED do_not_contact");
  CHECK(blocked(Ask{.template_id = "nothing"}) == "SKIPPED render_blocked");
  CHECK(Desk::alerts(desk.intend("x", {.campaign = "cmp_none"})) == std::vector<std::string>{"unknown_campaign"});
}

TEST_CASE("mail needs a defined sender; the other channels are their own") {
  Desk desk;
  const auto out = desk.intend("m1", {.lead = "l2", .channel = "linkedin", .to = "linkedin.com/in/bob"});
  const Sent& task = only(out, "linkedin.task");
  CHECK(task.data.at("sender_id") == "linkedin");
  CHECK(task.data.at("deadline_ms") == kMonday10 + 3 * kDayMs);

  Json elsewhere = desk.op({{"name", "Other"}});
  desk.d.send("operator.campaign_defined", elsewhere, {.tenant = "beta"});
  Json mail = desk.intent("m2", {});
  mail["campaign_id"] = hid("cmp_", 12, {"beta", "other"});
  CHECK(Desk::result(desk.d.send("message.intent", mail, {.tenant = "beta"})) == "SKIPPED channel_disabled");
}

TEST_CASE("outside the window a message waits for its recipient's morning") {
  Desk desk;
  CHECK(Desk::result(desk.intend("m1", {.timezone = "America/New_York"})) == "-");  // 05:00 there
  CHECK(Desk::commanded(desk.tick(kMonday10 + 4 * kHourMs - 1)).empty());
  CHECK(Desk::commanded(desk.tick(kMonday10 + 4 * kHourMs)) == std::vector<std::string>{"m1"});
}

TEST_CASE("WI-3: an operator's message goes out on a weekend, a task at night") {
  Desk desk(kMonday10 - 2 * kDayMs);  // Saturday
  CHECK(Desk::result(desk.intend("m1")) == "-");
  CHECK(Desk::result(desk.intend("m2", {.lead = "l2", .sequence = "operator", .from_operator = true})) == "COMMANDED");
  desk.now += 13 * kHourMs;
  CHECK(Desk::result(desk.intend("m3", {.lead = "l3", .sequence = "operator", .from_operator = true})) == "-");
  CHECK(Desk::result(desk.intend("m4", {.lead = "l4", .channel = "phone_task", .sequence = "task", .to = "+14155550132"})) == "COMMANDED");
}

TEST_CASE("PI-2: consent that dispatch knows itself is not forgotten") {
  Desk desk;
  desk.d.send("consent.changed", {{"lead_id", "l1"}, {"consent", "DNC"}, {"address_tokens", {desk.token("address", "ann@acme.com")}}});
  CHECK(Desk::result(desk.intend("m1")) == "SKIPPED dnc");
  CHECK(Desk::result(desk.intend("m2", {.lead = "other"})) == "SKIPPED address_suppressed");
  desk.now += 1000;
  desk.d.send("consent.changed", {{"lead_id", "l1"}, {"consent", "CONSENTED"}}, {.at_ms = desk.now});
  CHECK(Desk::result(desk.intend("m3")) == "SKIPPED dnc");  // no basis
  desk.d.send("consent.changed", {{"lead_id", "l1"}, {"consent", "CONSENTED"}, {"basis", "form"}}, {.at_ms = desk.now});
  CHECK(Desk::result(desk.intend("m4")) == "COMMANDED");
}

TEST_CASE("FO-2: an intent without a known consent is a dead letter") {
  Desk desk;
  Json bad = desk.intent("m1", {});
  bad["consent"] = "MAYBE";
  CHECK(desk.d.send("message.intent", bad).empty());
  CHECK(desk.d.last_verdict().reason == "bad_field:consent");
}

TEST_SUITE_END();
