#include <doctest/doctest.h>

#include "core/fields.h"
#include "topology/outreach/lower_case.h"
#include "topology/outreach/reply.h"
#include "topology/outreach/reply_effect.h"

using namespace millrace;
using namespace millrace::outreach;

namespace {
Classified of(std::string_view body, std::string_view subject = "Re: intro", std::string_view original = "") {
  return classify({.subject = subject, .body = body, .original = original}, ReplyRules{});
}
std::string words(std::string_view body, std::string_view original = "") {
  return own_words(normalise_reply(body), normalise_reply(original), default_quote_markers());
}
using Effect = ReplyEffect::Effect;
}  // namespace

TEST_SUITE("topology/outreach") {
  TEST_CASE("lower case knows the letters of the six languages") {
    CHECK(lower_case("ÄÖÜ ÉÀÇÑ ẞ ŠŽ") == "äöü éàçñ ẞ šž");
    CHECK(lower_case("ГЕРМАНИЯ ΑΘΗΝΑ") == "германия αθηνα");
    CHECK(lower_case("\xC3") == "\xC3");  // cut text stays as it is
    CHECK(trim(" \t a b\r\n") == "a b");
    CHECK(trim("\n").empty());
  }

  TEST_CASE("QT-1: a quotation starts at its introduction, alone or over two lines") {
    CHECK(words("Yes.\nOn Mon, 5 Jan 2026, Bob <b@x.com> wrote:\nopt out") == "yes.");
    CHECK(words("Yes.\nOn Mon, 5 Jan 2026 at 10:00 Bob\n<b@x.com> wrote:\nopt out") == "yes.");
    CHECK(words("On my way. Bob wrote to me\nsee you") == "on my way. bob wrote to me see you");
    CHECK(words("Ja\nAm 05.01.2026 um 10:00 schrieb Bob Lee:\n> nein") == "ja");
    CHECK(words("Oui\nLe 5 janv. 2026, Bob a écrit\u00a0:\nnon") == "oui");
    CHECK(words("Sí\nEl lun, 5 ene 2026 Bob escribió:\nno") == "sí");
    CHECK(words("Sim\nBob escreveu no dia segunda, 5/01/2026:\nnao") == "sim");
    CHECK(words("Sì\nIl giorno lun 5 gen Bob ha scritto:\nno") == "sì");
  }

  TEST_CASE("QT-1: banners, rules and header blocks start one too") {
    CHECK(words("Yes\n-----Original Message-----\nno") == "yes");
    CHECK(words("Yes\n----- Ursprüngliche Nachricht -----\nno") == "yes");
    CHECK(words("Yes\n---------- Forwarded message ---------\nno") == "yes");
    CHECK(words("Yes\n-- original message\nno") == "yes -- original message no");  // four hyphens at most: a signature
    CHECK(words("Yes\n__________\nno") == "yes");
    CHECK(words("Yes\n_________\nno") == "yes _________ no");
    CHECK(words("Yes\n__________ x\nno") == "yes __________ x no");
    CHECK(words("Yes\nFrom: Bob\nSent: Monday\nTo: Ann\nno") == "yes");
    CHECK(words("Yes\nFrom: Bob\n\nDate: Monday\n\nSubject: x\nno") == "yes");
    CHECK(words("Yes\nFrom: Bob\nx\nx\nx\nx\nx\nSent: y\nTo: z") != "yes");  // too far away
    CHECK(words("Yes\nFrom: here to there\nno") == "yes from: here to there no");
    CHECK(words("Yes\nDe : Bob\nEnviado el: lunes\nPara: Ann\nno") == "yes");
    CHECK(words("Yes\nDe: Bob\nEnvoyé: lundi\nPara: Ann\nno") != "yes");  // two languages are none
  }

  TEST_CASE("quoted lines and lines of the message replied to are not the writer's") {
    CHECK(words("> unsubscribe\nYes") == "yes");
    CHECK(words("Yes\r\nReply STOP to opt out\r\n", "Hi\nReply STOP to opt out") == "yes");
    CHECK(words("Reply STOP to opt out please", "Reply STOP to opt out") == "reply stop to opt out please");
  }

  TEST_CASE("RP-1: whole words, longest first, consumed, distinct") {
    CHECK(of("Not interested, I cannot help").kind == ReplyKind::negative);
    CHECK(of("Not interested, I cannot help").confidence_bp == 6667);
    CHECK(of("I am uninterested").kind == ReplyKind::neutral);
    CHECK(of("Call me! Call me! call me").confidence_bp == 3333);
    CHECK(of("very interested").confidence_bp == 3333);          // not "interested" once more
    CHECK(of("no thank you. no thanks").confidence_bp == 6667);
    CHECK(of("interested, tell me more, book a call, call me").confidence_bp == 10000);
    CHECK(of("I’m not interested").kind == ReplyKind::negative);
    CHECK(of("I don’t need it").kind == ReplyKind::negative);
  }

  TEST_CASE("RP-2: the subject of an answer is not its writer's opinion") {
    CHECK(of("Tell me more", "Re: unsubscribe").kind == ReplyKind::positive);
    CHECK(of("Tell me more", "AW: not interested").kind == ReplyKind::positive);
    CHECK(of("Tell me more", "Unsubscribe").kind == ReplyKind::unsub);
    CHECK(of("x", "Re: Automatic reply").kind == ReplyKind::automatic);  // but machines speak there too
  }

  TEST_CASE("the classes are tried in order") {
    CHECK(of("this is spam, unsubscribe").kind == ReplyKind::complaint);
    CHECK(of("undeliverable: this is spam").kind == ReplyKind::bounce);
    CHECK(of("unsubscribe, I am out of office").kind == ReplyKind::unsub);
    CHECK(of("opt out, opt-out, remove me").confidence_bp == 10000);
    CHECK(of("I am on leave").kind == ReplyKind::ooo);
    CHECK(of("I am on annual leave. automatic reply").confidence_bp == 6667);
    CHECK(of("sounds good but not at this time").kind == ReplyKind::negative);
    CHECK(of("not at this time, but sounds good, call me").kind == ReplyKind::positive);
    CHECK(of("").kind == ReplyKind::neutral);
    CHECK(of("wrong person, speak to my colleague").referral);
    CHECK_FALSE(of("no budget").referral);
  }

  TEST_CASE("a header says it for sure") {
    const auto classified = [](Reply reply) { return classify(reply, ReplyRules{}); };
    CHECK(classified({.body = "yes please", .report_type = "feedback-report"}).kind == ReplyKind::complaint);
    const auto dsn = [&](std::string_view action, std::string_view status) {
      return classified({.report_type = "delivery-status", .dsn_status = status, .dsn_action = action});
    };
    CHECK(dsn("failed", "5.1.1").kind == ReplyKind::bounce);
    CHECK(dsn("failed", "5.1.1").reason == "bounce_hard");
    CHECK(dsn("Failed", "4.4.1").reason == "delivery_failed");
    CHECK(dsn("expanded", "2.0.0").kind == ReplyKind::ignored);
    CHECK(dsn("", "4.4.1").kind == ReplyKind::ignored);
    CHECK(dsn("", "2.1.5").kind == ReplyKind::ignored);
    CHECK(dsn("", "").kind == ReplyKind::bounce);
    CHECK(classified({.body = "hello", .auto_submitted = "auto-generated"}).kind == ReplyKind::automatic);
    CHECK(classified({.body = "hello", .auto_submitted = "no"}).kind == ReplyKind::neutral);
    CHECK(classified({.body = "I am on vacation", .auto_submitted = "auto-replied"}).confidence_bp == 10000);
  }

  TEST_CASE("policy adds phrases and marks of quotations") {
    Policy policy;
    REQUIRE(Policy::parse("[reply.phrases]\npositive = [\"count me in\"]\nreferral = [\"ask Eve\"]\n"
                          "[reply.quote_markers.nl]\nintro = [\"Op … schreef …:\"]\n", policy).empty());
    const auto& rules = policy.of<ReplyRules>("acme");
    CHECK(classify({.body = "Count me in!"}, rules).kind == ReplyKind::positive);
    CHECK(classify({.body = "Please ask Eve."}, rules).referral);
    CHECK(classify({.body = "Call me\nOp ma 5 jan schreef Bob:\nunsubscribe"}, rules).kind == ReplyKind::positive);
  }

  TEST_CASE("an unsure bounce or complaint is reviewed, a sure one is not") {
    CHECK(reply_effect(ReplyKind::bounce, 6666, false, 0, 0).review);
    CHECK_FALSE(reply_effect(ReplyKind::bounce, 6667, false, 0, 0).review);
    CHECK(reply_effect(ReplyKind::bounce, 6667, false, 0, 0).effect == Effect::stop_channel);
    CHECK_FALSE(reply_effect(ReplyKind::complaint, 3333, true, 0, 0).review);
    CHECK(reply_effect(ReplyKind::complaint, 3333, false, 0, 0).trigger.empty());
    CHECK_FALSE(reply_effect(ReplyKind::unsub, 5000, false, 0, 0).review);
    CHECK(reply_effect(ReplyKind::automatic, 10000, true, 1000, 0).hold_until_ms == 1000 + 3 * kDayMs);
    CHECK(reply_effect(ReplyKind::ooo, 10000, true, 1000, 100 * kDayMs).hold_until_ms == 100 * kDayMs);
  }
}
