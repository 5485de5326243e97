// Opt-outs, suppression, merges and erasure.
#include "tests/unit/dispatch_desk.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("DI-4: an unsubscribe revokes what is commanded and blocks what follows") {
  Desk desk;
  desk.intend("m1");
  const auto out = desk.d.send("engagement.unsubscribed", {{"lead_id", "l1"}, {"address_tokens", {desk.token("address", "ann@acme.com")}}});
  CHECK(count(out, "command.revoked") == 1);
  CHECK(Desk::result(desk.fact("delivery.failed", "m1", {{"reason", "revoked"}})) == "SKIPPED dnc");
  CHECK(Desk::result(desk.intend("m2", {.lead = "other"})) == "SKIPPED address_suppressed");
}

TEST_CASE("DI-4: what waits meets the opt-out when its turn comes") {
  Desk desk(kMonday10 - kDayMs);  // Sunday
  desk.intend("m1");
  desk.d.send("engagement.unsubscribed", {{"lead_id", "l1"}});
  CHECK(Desk::result(desk.tick(kMonday10)) == "SKIPPED dnc");
}

TEST_CASE("a suppression outlives consent, and only an operator lifts it") {
  Desk desk;
  desk.d.send("engagement.unsubscribed", {{"lead_id", "l1"}});
  desk.now += 1000;
  desk.d.send("consent.changed", {{"lead_id", "l1"}, {"consent", "CONSENTED"}, {"basis", "form"}}, {.at_ms = desk.now});
  CHECK(Desk::result(desk.intend("m1")) == "SKIPPED suppressed_lead");
  desk.d.send("operator.unsuppress", desk.op({{"kind", "identity"}, {"value", "l1"}, {"reason", "user_request"}}));
  CHECK(Desk::result(desk.intend("m2")) == "COMMANDED");
}

TEST_CASE("legal holds and complaints are lifted by an admin only") {
  Desk desk;
  const Json hold = {{"kind", "address"}, {"value", " Ann@Acme.com"}, {"reason", "legal_hold"}};
  desk.d.send("operator.suppress", desk.op(hold));
  CHECK(Desk::result(desk.intend("m1")) == "SKIPPED address_suppressed");
  CHECK(only(desk.d.send("operator.unsuppress", desk.op(hold)), "operator.rejected").data.at("code") == "forbidden");
  CHECK(Desk::result(desk.intend("m2")) == "SKIPPED address_suppressed");
  Json by_admin = desk.op(hold);
  by_admin["roles"] = {"admin"};
  desk.d.send("operator.unsuppress", by_admin);
  CHECK(Desk::result(desk.intend("m3")) == "COMMANDED");
}

TEST_CASE("a domain is suppressed exactly, and what was commanded comes back to be judged again") {
  Desk desk;
  desk.intend("m1");
  desk.intend("m2", {.lead = "l2", .domain = "mail.acme.com", .to = "bob@mail.acme.com"});
  const auto out = desk.d.send("operator.suppress", desk.op({{"kind", "domain"}, {"value", "ACME.com"}, {"reason", "competitor"}}));
  CHECK(only(out, "command.revoked").data == Json{{"before_ms", kMonday10}, {"scope", "tenant"}});
  CHECK(Desk::result(desk.fact("delivery.failed", "m1", {{"reason", "revoked"}})) == "SKIPPED suppressed_lead");
  CHECK(Desk::result(desk.fact("delivery.failed", "m2", {{"reason", "revoked"}})) == "COMMANDED");
}

TEST_CASE("a suppression without a reason is the block list") {
  Desk desk;
  desk.d.send("operator.suppress", desk.op({{"kind", "address"}, {"value", "ann@acme.com"}}));
  CHECK(Desk::result(desk.intend("m1")) == "SKIPPED block_list");
  desk.d.send("operator.suppress", desk.op({{"kind", "address"}, {"value", "ann@acme.com"}, {"reason", "boredom"}}));
  CHECK(desk.d.last_verdict().reason == "unknown_reason");
}

TEST_CASE("a suppressed address revokes only what goes there") {
  Desk desk;
  desk.intend("m1");
  desk.intend("m2", {.lead = "l2", .domain = "b.com", .to = "b@b.com"});
  const auto out = desk.d.send("lead.suppress", {{"kind", "address"}, {"token", desk.token("address", "b@b.com")}, {"reason", "user_request"}});
  CHECK(only(out, "command.revoked").data.at("message_id") == "m2");
  CHECK(count(out, "command.revoked") == 1);
}

TEST_CASE("a complaint ends it for the lead, pauses the warm-up and is revoked once") {
  Desk desk;
  desk.arm();
  desk.intend("m1");
  desk.fact("delivery.sent", "m1");
  desk.intend("m2", {.lead = "l2", .domain = "b.com", .to = "b@b.com"});
  desk.d.send("reply.classified", {{"lead_id", "l1"}, {"class", "COMPLAINT"}, {"confidence_bp", 10000}, {"message_id", "m1"}});
  CHECK(Desk::result(desk.intend("m3", {.step = "2"})) == "SKIPPED dnc");
  CHECK(Desk::result(desk.intend("m4", {.lead = "l4"})) == "SKIPPED address_suppressed");
}

TEST_CASE("a merged lead's reservations, consent and later intents count for the survivor") {
  Desk desk;
  desk.intend("m1", {.lead = "absorbed"});
  desk.d.send("lead.merged", {{"survivor", "l1"}, {"absorbed", {"absorbed"}}});
  CHECK(Desk::result(desk.intend("m2", {.step = "2"})) == "-");  // lead_cooldown
  desk.d.send("engagement.unsubscribed", {{"lead_id", "l1"}});
  CHECK(Desk::result(desk.intend("m3", {.lead = "absorbed", .step = "3"})) == "SKIPPED dnc");
}

TEST_CASE("erasure takes the rows, revokes the command, drops what waits, and blocks what comes later") {
  Desk desk;
  desk.intend("m1");
  desk.intend("m2", {.step = "2"});  // waits for lead_cooldown
  desk.d.send("engagement.unsubscribed", {{"lead_id", "l9"}, {"address_tokens", {desk.token("address", "ann@acme.com")}}});
  const auto out = desk.d.send("lead.erased", {{"lead_id", "l1"}, {"request_id", "rq"}});
  CHECK(count(out, "intent.result") == 0);
  CHECK(desk.tick(kMonday10 + 2 * kDayMs).empty());
  CHECK(Desk::result(desk.intend("m3", {.domain = "new.com", .to = "ann@new.com"})) == "SKIPPED block_list");
  CHECK(Desk::result(desk.intend("m4", {.lead = "l5"})) == "SKIPPED address_suppressed");
  CHECK(desk.fact("delivery.failed", "m1", {{"reason", "revoked"}}).empty());
}

TEST_SUITE_END();
