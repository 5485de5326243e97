#include <doctest/doctest.h>

#include <map>

#include "topology/outreach/failure.h"

using namespace millrace;
using namespace millrace::outreach;

namespace {
const std::vector<std::string> kChannels = {"email", "linkedin", "contact_form"};
HasAddress known(std::initializer_list<std::string_view> channels) {
  return [list = std::vector<std::string_view>(channels)](std::string_view each) {
    return std::find(list.begin(), list.end(), each) != list.end();
  };
}
FailureAction after(std::string_view reason, std::int64_t retries, bool retry = true, std::string_view channel = "email",
                    HasAddress has = known({"email", "linkedin"})) {
  return failure_action(*reason_row(reason), channel, retries, retry, kChannels, has);
}
}  // namespace

TEST_SUITE("topology/outreach") {
  TEST_CASE("RE-1: every reason stands once in the table") {
    std::map<std::string_view, int> seen;
    for (const ReasonRow& row : kReasons) ++seen[row.reason];
    for (const auto& [reason, count] : seen) CHECK_MESSAGE(count == 1, reason);
    CHECK(reason_row("no_such_reason") == nullptr);
  }

  TEST_CASE("a retry is taken as long as its own budget lasts") {
    CHECK(after("delivery_failed", 2).action == Action::retry);
    CHECK(after("delivery_failed", 2).policy == RetryPolicy::transport);
    CHECK(after("delivery_failed", 3).action == Action::next_channel);
    CHECK(after("delivery_failed", 0, false).action == Action::next_channel);
    CHECK(after("mailbox_full", 1).policy == RetryPolicy::soft);
    CHECK(after("mailbox_full", 2).channel == "linkedin");
    CHECK(after("mailbox_full", 0, false).action == Action::retry);  // the flag binds transport and form alone
    CHECK(after("rate_limited", 9).policy == RetryPolicy::window);
    CHECK(after("rate_limited", 10).action == Action::stop);
    CHECK(after("form_unreachable", 1, true, "contact_form").policy == RetryPolicy::form);
    CHECK(after("form_unreachable", 2, true, "contact_form").action == Action::all_exhausted);
  }

  TEST_CASE("FA-1: the next channel has an address; none left is all_exhausted") {
    CHECK(after("bounce_hard", 0).channel == "linkedin");
    CHECK(after("bounce_hard", 0).side_effect == "suppress_address");
    CHECK(after("missing_address", 0, true, "email", known({"contact_form"})).channel == "contact_form");
    CHECK(after("no_profile", 0, true, "linkedin").action == Action::all_exhausted);
    CHECK(after("invalid_address", 0, true, "email", known({"email"})).side_effect == "email_invalid");
  }

  TEST_CASE("what ends a step, a sequence or everything") {
    for (const char* reason : {"content_rejected", "render_blocked", "no_script"}) CHECK(after(reason, 0).side_effect == "alert");
    for (const char* reason : {"lead_total", "deferred_too_long", "task_skipped", "review_rejected", "review_expired", "withdrawn"}) {
      CHECK(after(reason, 0).action == Action::stop);
      CHECK(after(reason, 0).side_effect.empty());
    }
    for (const char* reason : {"dnc", "no_consent", "unsubscribed", "suppressed_lead", "do_not_contact", "block_list"})
      CHECK(after(reason, 0).side_effect == "stop_sequence");
    CHECK(after("unknown_campaign", 0).side_effect == "stop_sequence_alert");
    CHECK(after("complaint", 0).side_effect == "suppress_lead");
    CHECK(after("unknown", 0).action == Action::wait);
    CHECK(after("expired", 3).action == Action::requeue);
  }

  TEST_CASE("a whole step falls back in order and says what each channel gave") {
    const auto outcome = [](std::map<std::string, std::string> of) {
      return [of](std::string_view channel) {
        const auto it = of.find(std::string(channel));
        return it == of.end() ? std::string("ok") : it->second;
      };
    };
    CHECK(fall_back(kChannels, known({"linkedin"}), outcome({})).channel == "linkedin");
    const StepOutcome failed =
        fall_back(kChannels, known({"email", "linkedin"}), outcome({{"email", "bounce_hard"}, {"linkedin", "not_connected"}}));
    CHECK(failed.status == "FAILED");
    CHECK(failed.reason == "all_exhausted");
    CHECK(failed.attempts.size() == 3);
    CHECK(failed.attempts.back().second == "missing_address");
    const StepOutcome spam = fall_back(kChannels, known({"contact_form"}), outcome({{"contact_form", "form_spam_protected"}}));
    CHECK(spam.status == "SKIPPED");
    CHECK(spam.reason == "form_spam_protected");
  }

  TEST_CASE("backoff doubles with jitter and is capped at a day after it") {
    CHECK(backoff(RetryPolicy::transport, 1, 1, "msg_1", {}).delay_ms == 289440);
    CHECK(backoff(RetryPolicy::transport, 3, 1, "msg_1", {}).delay_ms == 1385640);
    CHECK(backoff(RetryPolicy::form, 30, 1, "msg_1", {}).delay_ms == kDayMs);
    CHECK(backoff(RetryPolicy::transport, 1000, 1, "msg_1", {}).delay_ms == kDayMs);
    CHECK(backoff(RetryPolicy::soft, 2, 1, "msg_1", {}).delay_ms == 2 * kDayMs);
    CHECK(backoff(RetryPolicy::window, 1, 1, "msg_1", {}).delay_ms == kHourMs);
    CHECK(backoff(RetryPolicy::window, 1, 1, "msg_1", 90000).delay_ms == 90000);
  }

  TEST_CASE("a lead without an address is called, and without a phone unreachable, but never by a dry run") {
    CHECK(reachable(kChannels, known({"email"}), false, false, 0) == Reach::none);
    CHECK(reachable(kChannels, known({}), true, false, 0) == Reach::phone_task);
    CHECK(reachable(kChannels, known({}), false, true, 0) == Reach::unreachable);
    CHECK(reachable(kChannels, known({}), false, false, 1) == Reach::unreachable);
    CHECK(reachable(kChannels, known({}), false, false, 0) == Reach::wait);
  }
}
