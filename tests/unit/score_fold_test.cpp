#include "core/hash.h"
#include "tests/unit/score_driver.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE("topology/score") {
  TEST_CASE("A final snapshot of a fitting lead goes NEW, ENRICHED, QUALIFIED in one step") {
    ScoreDriver s;
    const auto out = s.snapshot(ScoreDriver::strong_lead());
    CHECK(s.d.last_verdict().kind == Verdict::Kind::handled);
    REQUIRE(count(out, "lead.status_changed") == 4);  // to outreach and to dispatch, two transitions
    CHECK(out[0].topic == "routing.decisions");
    CHECK(out[0].key == "acme/ld_1");
    CHECK(out[1].topic == "outreach.intents");
    CHECK(out[1].key == "acme");
    CHECK(out[0].data == Json{{"campaign_id", "c1"}, {"from", "NEW"}, {"lead_id", "ld_1"}, {"to", "ENRICHED"}, {"trigger", "enriched"}});
    CHECK(out[2].data.at("to") == "QUALIFIED");
    const Sent& scored = only(out, "lead.scored");
    CHECK(scored.topic == "leads.scored");
    CHECK(scored.key == "acme/amer");
    const Json& e = scored.data;
    CHECK(e.at("score_bp") == 9938);
    CHECK(e.at("tier") == "HOT");
    CHECK(e.at("grade") == "A");
    CHECK(e.at("probability_bp") == 7000);
    CHECK(e.at("zone") == "amer");
    CHECK(e.at("status") == "QUALIFIED");
    CHECK(e.at("status_reason") == "qualified");
    CHECK(e.at("qualification") == Json{{"result", "QUALIFIED"}});
    CHECK(e.at("dims").size() == 35);
    CHECK(e.at("deal_value_cents") == 1500000);
    CHECK(e.at("next_action_ms") == kT0 + kDayMs);
    CHECK(e.at("policy_sha256").get<std::string>().size() == 16);
    CHECK(e.at("cause_id") == "rec-2");
    CHECK_FALSE(e.contains("model"));
  }

  TEST_CASE("SC-2: an unchanged result emits nothing") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::strong_lead());
    CHECK(s.snapshot(ScoreDriver::strong_lead(), {{"origin", "updated"}}).empty());
    CHECK(s.send("review.decided", {{"outcome", "approved"}, {"actor", "ann"}}).empty());
  }

  TEST_CASE("A lead without enrichment has no score and waits; after a day a person is asked") {
    ScoreDriver s;
    const auto out = s.snapshot(ScoreDriver::bare_lead());
    const Json& e = only(out, "lead.scored").data;
    CHECK_FALSE(e.contains("score_bp"));
    CHECK_FALSE(e.contains("tier"));
    CHECK(e.at("status") == "NEW");
    CHECK(e.at("grade_reasons") == Json{"not_scored"});
    CHECK(e.at("qualification") == Json{{"reasons", {"not_scored"}}, {"result", "PENDING"}});
    CHECK(s.d.tick(kT0 + kDayMs - 1).empty());
    const auto late = s.d.tick(kT0 + kDayMs);
    CHECK(only(late, "lead.scored").data.at("status") == "MANUAL_REVIEW");
    CHECK(only(late, "lead.scored").data.at("status_reason") == "enrichment_missing");
    CHECK(only(late, "lead.status_changed").tenant == "acme");
    // The enrichment comes after all: the reason was the system's, so it may end the review.
    const auto enriched = s.snapshot(ScoreDriver::strong_lead(), {{"origin", "enriched"}});
    CHECK(only(enriched, "lead.status_changed").data.at("trigger") == "qualified");
  }

  TEST_CASE("Enrichment that is not final does not judge; the final one does") {
    ScoreDriver s;
    auto lead = ScoreDriver::strong_lead();
    lead["role"] = "Clerk";
    lead["signals"] = Json::array();
    lead["company_size"] = "startup";
    lead["industry"] = "retail";
    lead["location"] = "UK";
    auto out = s.snapshot(lead, {{"origin", "enriched"}, {"final", false}});
    CHECK(only(out, "lead.scored").data.at("status") == "ENRICHED");
    out = s.snapshot(lead, {{"origin", "enriched"}, {"final", true}});
    CHECK(only(out, "lead.scored").data.at("status") == "LOST");
    CHECK(only(out, "lead.scored").data.at("status_reason") == "low_icp_fit");
    CHECK(only(out, "lead.scored").data.at("qualification").at("result") == "REJECTED");
  }

  TEST_CASE("The sealed address is judged, and never leaves in clear") {
    ScoreDriver s;
    const auto out = s.snapshot(ScoreDriver::strong_lead(), {{"email", "noreply@x.com"}});
    const Json& e = only(out, "lead.scored").data;
    CHECK(e.at("status") == "LOST");
    CHECK(e.at("status_reason") == "multiple_reasons");
    CHECK(e.at("qualification").at("reasons") == Json{"spam_bot", "role_account"});
    for (const Sent& each : out) CHECK(each.data.dump().find("x.com") == std::string::npos);
    ScoreDriver raw;
    CHECK(only(raw.snapshot(ScoreDriver::strong_lead(), {{"email", "not an address"}}), "lead.scored").data.at("status_reason") == "invalid_email");
  }

  TEST_CASE("A disposable domain is looked up in the list that the policy names") {
    ScoreDriver s;
    s.d.environment().lists["disposable.conf"] = {"trash.com"};
    s.d.policy(std::string(kScorePolicy) + "[score]\ndisposable_file = \"disposable.conf\"\n");
    CHECK(only(s.snapshot(ScoreDriver::strong_lead(), {{"email", "ann@trash.com"}}), "lead.scored").data.at("status_reason") ==
          "disposable_domain");
  }

  TEST_CASE("Engagement lifts the score, fades with age by one timer, and stops after an opt-out") {
    ScoreDriver s;
    auto lead = ScoreDriver::strong_lead();
    lead["company_size"] = "startup";  // so that the bonus can be seen
    s.snapshot(lead);
    s.send("delivery.sent", {{"message_id", "m1"}, {"attempt", 1}, {"channel", "email"}});
    CHECK(s.send("engagement.opened", {{"message_id", "m1"}}, "ld_1", kT0 + 1999).empty());
    const auto opened = s.send("engagement.opened", {{"message_id", "m1"}}, "ld_1", kT0 + 60000);
    CHECK(only(opened, "lead.scored").data.at("engagement_bp") == 500);
    const auto clicked = s.send("engagement.clicked", {{"message_id", "m1"}, {"url", "https://x"}}, "ld_1", kT0 + 60000);
    CHECK(only(clicked, "lead.scored").data.at("engagement_bp") == 2000);
    CHECK(s.send("engagement.clicked", {{"message_id", "m1"}, {"url", "https://x"}}).empty());
    CHECK(s.d.tick(kT0 + 60000 + 7 * kDayMs).empty());
    const auto aged = s.d.tick(kT0 + 60001 + 7 * kDayMs);
    CHECK(only(aged, "lead.scored").data.at("engagement_bp") == 1500);
    CHECK(only(s.d.tick(kT0 + 60001 + 14 * kDayMs), "lead.scored").data.at("engagement_bp") == 1000);
    const auto out = s.send("engagement.unsubscribed", {{"message_id", "m1"}});
    CHECK(only(out, "lead.scored").data.at("engagement_bp") == 0);
    CHECK(only(out, "lead.scored").data.at("status") == "UNSUBSCRIBED");
  }

  TEST_CASE("SC-2: an open that is told again writes nothing, unless something else has changed the rating since") {
    ScoreDriver s;
    auto lead = ScoreDriver::strong_lead();
    lead["company_size"] = "startup";
    s.snapshot(lead);
    const auto open = [&](TimeMs at_ms) { return s.send("engagement.opened", {{"message_id", "m1"}}, "ld_1", at_ms); };
    CHECK(only(open(kT0 + kDayMs), "lead.scored").data.at("engagement_bp") == 500);
    s.d.restart();
    CHECK(open(kT0 + kDayMs + 1).empty());
    CHECK(s.d.tables().dirty_rows() == 0);

    const std::string artifact = R"({"intercept_micro":250000,"weights_micro_per_bp":{"icp":0}})";
    s.d.send("control.model_activated", {{"model", "lead_score"}, {"version", 3}, {"artifact_sha256", sha256_hex(artifact)}, {"weight_bp", 5000},
                                         {"intercept_micro", 250000}, {"weights_micro_per_bp", {{"icp", 0}}}}, {.broadcast = true});
    CHECK(only(open(kT0 + kDayMs + 2), "lead.scored").data.at("model").at("version") == 3);
    CHECK(only(open(kT0 + 9 * kDayMs), "lead.scored").data.at("engagement_bp") == 375);  // it has aged, and no tick has said so
  }

  TEST_CASE("A machine's open counts for nothing") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::strong_lead());
    CHECK(s.send("engagement.opened", {{"message_id", "m1"}, {"machine", true}}).empty());
  }

  TEST_CASE("A hard bounce makes the address bad until it changes") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::bare_lead());
    CHECK(s.send("engagement.bounced", {{"dsn_status", "4.2.2"}}).empty());
    s.send("engagement.bounced", {{"dsn_status", "5.1.1"}});
    auto e = only(s.snapshot(ScoreDriver::strong_lead()), "lead.scored").data;
    CHECK(e.at("dims").at("email_verified_bad") == -2000);
    auto lead = ScoreDriver::strong_lead();
    lead["campaign_id"] = "c2";
    e = only(s.snapshot(lead, {{"tokens", {{"email", "another"}}}}), "lead.scored").data;
    CHECK(e.at("dims").at("email_verified_bad") == 0);
  }

  TEST_CASE("Replies move the lead and weigh in; a negative one loses it") {
    ScoreDriver s;
    s.contact();
    auto out = s.send("reply.classified", {{"class", "POSITIVE"}, {"confidence_bp", 6667}, {"message_id", "m1"}});
    CHECK(only(out, "lead.scored").data.at("status") == "REPLIED");
    CHECK(only(out, "lead.scored").data.at("engagement_bp") == 6000);
    out = s.send("reply.classified", {{"class", "NEGATIVE"}, {"confidence_bp", 6667}});
    CHECK(only(out, "lead.scored").data.at("status_reason") == "replied_negative");
    CHECK(only(out, "lead.scored").data.at("engagement_bp") == 0);
    out = s.send("reply.classified", {{"class", "COMPLAINT"}, {"confidence_bp", 10000}});
    CHECK(only(out, "lead.scored").data.at("status") == "SUPPRESSED");
    s.send("reply.classified", {{"class", "OOO"}, {"confidence_bp", 10000}});
    CHECK(s.d.last_verdict().reason == "bad_field:class");
  }

  TEST_CASE("SC-4: what the table does not list leaves the status and is told in the ledger") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::bare_lead());
    const auto out = s.send("lead.routed", {{"sequence", "s"}, {"decision_id", "dec_1"}});
    REQUIRE(out.size() == 1);
    CHECK(out[0].type == "ledger.entry");
    CHECK(out[0].data.at("kind") == "transition_rejected");
    CHECK(out[0].data.at("subject") == "ld_1");
    CHECK(out[0].data.at("body") == Json{{"from", "NEW"}, {"trigger", "routed"}});
  }

  TEST_CASE("SC-4: an operator who asks for the impossible is answered") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::strong_lead());
    const auto ask = [&](const char* trigger) {
      return s.send("operator.lead_status", {{"request_id", "r1"}, {"actor", "ann"}, {"trigger", trigger}});
    };
    CHECK(only(ask("recaptured"), "operator.rejected").data.at("code") == "illegal_transition");
    CHECK(only(ask("erased"), "operator.rejected").data.at("code") == "illegal_transition");
    CHECK(only(ask("reopened"), "operator.rejected").data.at("code") == "illegal_transition");
    CHECK(only(ask("review_rejected"), "lead.scored").data.at("status") == "LOST");
    ask("nonsense");
    CHECK(s.d.last_verdict().reason == "bad_field:trigger");
    const auto reopen = [&](const char* approver) {
      return s.send("operator.lead_reopened", {{"request_id", "r2"}, {"actor", "ann"}, {"approver", approver}});
    };
    CHECK(only(reopen("ann"), "operator.rejected").data.at("code") == "self_approval");
    CHECK(only(reopen("bob"), "lead.scored").data.at("status") == "NEW");
    CHECK(only(reopen("bob"), "operator.rejected").data.at("code") == "illegal_transition");
    CHECK(only(s.snapshot(ScoreDriver::strong_lead()), "lead.scored").data.at("status") == "QUALIFIED");
  }

  TEST_CASE("An operator who names a lead that nobody told of is answered, and no lead is made") {
    ScoreDriver s;
    for (const char* type : {"operator.lead_status", "operator.lead_reopened"}) {
      const auto out = s.send(type, {{"request_id", "r1"}, {"actor", "ann"}, {"approver", "bob"}, {"trigger", "dnc"}}, "ld_9");
      CHECK(only(out, "operator.rejected").data.at("code") == "unknown_lead");
      CHECK(count(out, "lead.scored") == 0);
    }
  }

  TEST_CASE("A deal's value in another currency is told, though nothing else changed") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::strong_lead());
    Json lead = ScoreDriver::strong_lead();
    lead["currency"] = "EUR";
    CHECK(only(s.snapshot(lead), "lead.scored").data.at("currency") == "EUR");
    CHECK(count(s.snapshot(lead), "lead.scored") == 0);
  }

  TEST_CASE("A dry run sends nothing: neither status nor attempts move") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::strong_lead());
    CHECK(s.send("delivery.sent", {{"message_id", "m1"}, {"attempt", 1}, {"channel", "email"}, {"dry_run", true}}).empty());
    CHECK(only(s.send("delivery.sent", {{"message_id", "m1"}, {"attempt", 1}, {"channel", "email"}}), "lead.scored").data.at("status") ==
          "CONTACTED");
  }

  TEST_CASE("Silence ends a contacted lead 30 days after the last message, and not an instant sooner") {
    ScoreDriver s;
    s.contact();
    s.send("delivery.sent", {{"message_id", "m2"}, {"attempt", 1}, {"channel", "email"}}, "ld_1", kT0 + kDayMs);
    CHECK(s.d.tick(kT0 + kDayMs + 30 * kDayMs).empty());
    const auto out = s.d.tick(kT0 + kDayMs + 30 * kDayMs + 1);
    CHECK(only(out, "lead.scored").data.at("status_reason") == "silent");
    CHECK(only(out, "lead.status_changed").data.at("trigger") == "silent_timeout");
  }

  TEST_CASE("A deal under way suspends silence and an exhausted sequence") {
    ScoreDriver s;
    s.contact();
    const auto out = s.send("crm.stage_changed", {{"deal_id", "hs:1"}, {"stage_to", "demo_scheduled"}, {"currency", "EUR"}, {"amount_cents", 700}});
    const Json& e = only(out, "lead.scored").data;
    CHECK(e.at("stage") == "demo_scheduled");
    CHECK(e.at("stage_entered_ms") == kT0);
    CHECK(e.at("deal_value_cents") == 700);
    CHECK(e.at("currency") == "EUR");
    CHECK(s.d.tick(kT0 + 40 * kDayMs).empty());
    CHECK(s.send("lead.sequence_exhausted", {{"sequence", "s"}}).empty());
    // Back to the first talk: the silence of the last 40 days counts at the next tick.
    CHECK(only(s.send("crm.stage_changed", {{"deal_id", "hs:1"}, {"stage_to", "lead"}, {"currency", "EUR"}}), "lead.scored").data.at("stage") == "lead");
    CHECK(only(s.d.tick(kT0 + 40 * kDayMs + 1), "lead.scored").data.at("status_reason") == "silent");
  }

  TEST_CASE("SC-3: a late stage does not move the deal back; an amount changes the value") {
    ScoreDriver s;
    s.contact();
    const Json stage = {{"deal_id", "hs:1"}, {"stage_to", "show_up"}, {"currency", "USD"}, {"amount_cents", 900}, {"occurred_ms", kT0}};
    s.send("crm.stage_changed", stage);
    Json late = stage;
    late["stage_to"] = "closed_lost";
    late["occurred_ms"] = kT0 - 1;
    CHECK(s.send("crm.stage_changed", late).empty());
    const auto out = s.send("crm.deal_updated", {{"deal_id", "hs:1"}, {"amount_cents", 1200}, {"currency", "USD"}});
    CHECK(only(out, "lead.scored").data.at("deal_value_cents") == 1200);
    CHECK(only(s.send("crm.stage_changed", {{"deal_id", "hs:1"}, {"stage_to", "closed_won"}, {"currency", "USD"}}), "lead.scored").data.at("status") ==
          "WON");
  }

  TEST_CASE("DNC suppresses at once, before anything else of the same record") {
    ScoreDriver s;
    auto lead = ScoreDriver::strong_lead();
    lead["consent"] = "DNC";
    const auto out = s.snapshot(lead);
    CHECK(only(out, "lead.scored").data.at("status") == "SUPPRESSED");
    CHECK(only(out, "lead.status_changed").data.at("trigger") == "dnc");
    CHECK(count(out, "lead.status_changed") == 2);
    CHECK(s.snapshot(lead, {{"origin", "consent"}}).empty());
  }

  TEST_CASE("A referred capture brings a mildly lost lead back, to a person") {
    ScoreDriver s;
    s.contact();
    s.send("lead.sequence_exhausted", {{"sequence", "s"}}, "ld_1", kT0 + 1000);
    CHECK(s.snapshot(ScoreDriver::strong_lead(), {{"source_type", "portal"}}, "ld_1", kT0 + 2000).empty());
    const auto out = s.snapshot(ScoreDriver::strong_lead(), {{"source_type", "referral"}}, "ld_1", kT0 + 3000);
    CHECK(only(out, "lead.scored").data.at("status") == "MANUAL_REVIEW");
    CHECK(only(out, "lead.scored").data.at("status_reason") == "recaptured");
    CHECK(only(s.send("review.decided", {{"outcome", "approved"}, {"actor", "ann"}}), "lead.scored").data.at("status") == "QUALIFIED");
  }

  TEST_CASE("A lead that moves to another zone leaves the old one first") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::strong_lead());
    auto lead = ScoreDriver::strong_lead();
    lead["zone"] = "emea";
    const auto out = s.snapshot(lead, {{"origin", "enriched"}});
    REQUIRE(out.size() == 2);
    CHECK(out[0].type == "lead.zone_left");
    CHECK(out[0].key == "acme/amer");
    CHECK(out[0].data == Json{{"lead_id", "ld_1"}, {"zone", "amer"}});
    CHECK(out[1].key == "acme/emea");
  }

  TEST_CASE("A packet gets the lead's part and its value on the way to route") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::strong_lead());
    const auto out = s.send("packet.draft", {{"request_id", "p1"}, {"tenant", "acme"}});
    const Sent& packet = only(out, "packet.draft");
    CHECK(packet.key == "acme/amer");
    CHECK(packet.data.at("deal_value_cents") == 1500000);
    CHECK(packet.data.at("currency") == "USD");
    CHECK(packet.data.at("lead") == Json{{"grade", "A"}, {"probability_bp", 7000}, {"score_bp", 9938}, {"status", "QUALIFIED"},
                                         {"tier", "HOT"}, {"tokens", {{"email", "tok-ld_1"}}}});
    CHECK(only(s.send("packet.draft", {{"request_id", "p2"}, {"tenant", "acme"}, {"deal_value_cents", 5}}), "packet.draft").data.at("deal_value_cents") == 5);
    CHECK(only(s.send("packet.draft", {{"request_id", "p3"}, {"tenant", "acme"}}, "ld_9"), "operator.rejected").data.at("code") == "unknown_lead");
  }

  TEST_CASE("SC-1: a fold made anew over its checkpoint goes on as if nothing had been") {
    ScoreDriver a, b;
    for (ScoreDriver* s : {&a, &b}) {
      s->contact();
      s->send("engagement.clicked", {{"message_id", "m1"}, {"url", "u"}}, "ld_1", kT0 + 5000);
      if (s == &b) b.d.restart();
    }
    const auto x = a.d.tick(kT0 + 40 * kDayMs), y = b.d.tick(kT0 + 40 * kDayMs);
    REQUIRE(x.size() == y.size());
    REQUIRE(x.size() > 2);
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(x[i].id == y[i].id);
      CHECK(x[i].data == y[i].data);
    }
  }

  TEST_CASE("What lacks its lead or its message is refused before anything is written") {
    ScoreDriver s;
    for (const char* type : {"engagement.opened", "engagement.bounced", "engagement.unsubscribed", "delivery.sent"}) {
      CHECK(s.d.send(type, {{"message_id", "m"}}, {.key = "acme/ld_1"}).empty());
      CHECK(s.d.last_verdict().reason == "missing_field:lead_id");
    }
    CHECK(s.send("engagement.clicked", {{"url", "u"}}).empty());
    CHECK(s.d.last_verdict().reason == "missing_field:message_id");
    CHECK(s.send("review.decided", {{"outcome", "maybe"}, {"actor", "ann"}}).empty());
    CHECK(s.d.last_verdict().reason == "bad_field:outcome");
  }
}
