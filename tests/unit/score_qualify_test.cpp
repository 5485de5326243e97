#include <doctest/doctest.h>

#include "topology/harvest/contact.h"
#include "topology/score/email_check.h"
#include "topology/score/qualify.h"

using namespace millrace;
using namespace millrace::score;
using Reasons = std::vector<std::string>;

namespace {
Reasons hits(std::string_view raw, const EmailRules& rules = {}) {
  return email_hits(harvest::normal_email(raw), rules);
}
Candidate strong() {
  Candidate c;
  c.score_bp = 9000;
  c.has_email = true;
  c.intent_bp = 5000;
  return c;
}
Qualified judge(const Candidate& c, Reasons email = {}) {
  return qualify(c, {}, [&] { return email; });
}
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("EC-1: an address that cannot be normalised is invalid alone") {
    CHECK(hits("test@@x.com") == Reasons{"invalid_email"});
    CHECK(hits("noreply@localhost") == Reasons{"invalid_email"});
    CHECK(hits("") == Reasons{"invalid_email"});
  }

  TEST_CASE("EC-1: bots are told by runs of letters and of digits") {
    CHECK(hits("MAILER-DAEMON@x.com") == Reasons{"spam_bot"});
    CHECK(hits("bounce+123@x.com") == Reasons{"spam_bot"});
    CHECK(hits("alerts2024@x.com") == Reasons{"spam_bot"});
    CHECK(hits("no.reply@x.com") == Reasons{"spam_bot"});
    CHECK(hits("no1reply@x.com") == Reasons{});
    CHECK(hits("abbot@x.com") == Reasons{});
    CHECK(hits("latest@x.com") == Reasons{});
    CHECK(hits("test@x.com") == Reasons{"spam_bot", "role_account"});
  }

  TEST_CASE("EC-1: roles are told by the first part, competitors with all below them, the rest exactly") {
    CHECK(hits("sales+emea@x.com") == Reasons{"role_account"});
    CHECK(hits("emea.sales@x.com") == Reasons{});
    CHECK(hits("no_reply_x@x.com") == Reasons{"spam_bot", "role_account"});
    EmailRules rules{{"rival.com"}};
    CHECK(hits("ann@rival.com", rules) == Reasons{"competitor"});
    CHECK(hits("ann@eu.rival.com", rules) == Reasons{"competitor"});
    CHECK(hits("ann@notrival.com", rules) == Reasons{});
    const std::unordered_set<std::string> disposable = {"trash.com"};
    rules.disposable = &disposable;
    CHECK(hits("ann@trash.com", rules) == Reasons{"disposable_domain"});
    CHECK(hits("ann@eu.trash.com", rules) == Reasons{});
    CHECK(hits("ann@gmail.com", rules) == Reasons{});
    rules.block_free = true;
    CHECK(hits("ann@gmail.com", rules) == Reasons{"free_domain"});
    CHECK(hits("hi@gmail.com", rules) == Reasons{"role_account", "free_domain"});
    CHECK(summary(hits("hi@gmail.com", rules)) == "multiple_reasons");
  }

  TEST_CASE("QU-1: without a score a lead is pending, whatever else is wrong") {
    Candidate c;
    CHECK(judge(c, {"spam_bot"}).result == QualificationResult::PENDING);
  }

  TEST_CASE("Qualification stops at the first failing check") {
    Candidate c = strong();
    CHECK(judge(c).result == QualificationResult::QUALIFIED);
    c.score_bp = 6999;
    CHECK(judge(c, {"spam_bot"}).reasons == Reasons{"low_icp_fit"});
    c.score_bp = 7000;
    CHECK(judge(c, {"spam_bot", "role_account"}).reason() == "multiple_reasons");
    c.has_email = false;
    CHECK(judge(c, {"spam_bot"}).reason() == "no_channel");
    c.phone = true;
    CHECK(judge(c).reason() == "phone_only");
    c.other_address = true;
    c.intent_bp = 1999;
    CHECK(judge(c).reason() == "low_intent");
    c.intent_bp = 2000;
    CHECK(judge(c).result == QualificationResult::QUALIFIED);
    c.intent_bp = 0;
    c.signals = SignalSet({"is_decision_maker"});
    CHECK(judge(c).result == QualificationResult::QUALIFIED);
  }

  TEST_CASE("An address is unsealed only when the decision gets that far") {
    Candidate c = strong();
    c.score_bp = 100;
    bool asked = false;
    (void)qualify(c, {}, [&] {
      asked = true;
      return Reasons{};
    });
    CHECK_FALSE(asked);
  }
}
