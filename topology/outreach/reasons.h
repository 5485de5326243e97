// Why a message did not go, or did not arrive, and what follows: the table of spec/outreach.md section 6.
//
// RE-1  Decisions use the reason code only, never the text of an error.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace millrace::outreach {

// A retry budget on the same channel; none where the reason is never retried.
enum class RetryPolicy : std::uint8_t { none, transport, soft, window, form };
constexpr auto enum_names(RetryPolicy) {
  return std::array<std::string_view, 5>{"none", "transport", "soft", "window", "form"};
}

// What follows when the budget is used up, or there is none.
enum class Then : std::uint8_t {
  next_channel,   // the step goes on with the next channel
  stop_step,      // the step ends here; the sequence goes on
  stop_sequence,  // the sequence ends
  stop_all,       // everything to this lead ends
  requeue,        // dispatch has queued it again
  wait            // nobody knows yet
};

struct ReasonRow {
  std::string_view reason;
  RetryPolicy policy = RetryPolicy::none;
  std::int64_t budget = 0;
  bool obeys_retry_flag = false;  // retry false: the budget counts as used up
  Then then = Then::next_channel;
  std::string_view side_effect{};
  bool skipped = false;  // the message never went out: it is SKIPPED, not FAILED
};

inline constexpr std::array kReasons = {
    ReasonRow{"delivery_failed", RetryPolicy::transport, 3, true},
    ReasonRow{"mailbox_full", RetryPolicy::soft, 2},
    ReasonRow{"rate_limited", RetryPolicy::window, 10, false, Then::stop_step},
    ReasonRow{"form_unreachable", RetryPolicy::form, 2, true},
    ReasonRow{"revoked", RetryPolicy::none, 0, false, Then::requeue},
    ReasonRow{"expired", RetryPolicy::none, 0, false, Then::requeue},
    ReasonRow{"invalid_address", RetryPolicy::none, 0, false, Then::next_channel, "email_invalid"},
    ReasonRow{"bounce_hard", RetryPolicy::none, 0, false, Then::next_channel, "suppress_address"},
    ReasonRow{"no_profile"},
    ReasonRow{"not_connected", RetryPolicy::none, 0, false, Then::next_channel, {}, true},
    ReasonRow{"missing_address", RetryPolicy::none, 0, false, Then::next_channel, {}, true},
    ReasonRow{"address_suppressed", RetryPolicy::none, 0, false, Then::next_channel, {}, true},
    ReasonRow{"channel_disabled", RetryPolicy::none, 0, false, Then::next_channel, {}, true},
    ReasonRow{"task_overdue"},
    ReasonRow{"policy_blocked", RetryPolicy::none, 0, false, Then::next_channel, "alert"},
    ReasonRow{"content_rejected", RetryPolicy::none, 0, false, Then::stop_step, "alert"},
    ReasonRow{"render_blocked", RetryPolicy::none, 0, false, Then::stop_step, "alert", true},
    ReasonRow{"no_script", RetryPolicy::none, 0, false, Then::stop_step, "alert", true},
    ReasonRow{"form_spam_protected", RetryPolicy::none, 0, false, Then::stop_step, "operator_task", true},
    ReasonRow{"lead_total", RetryPolicy::none, 0, false, Then::stop_step, {}, true},
    ReasonRow{"deferred_too_long", RetryPolicy::none, 0, false, Then::stop_step, {}, true},
    ReasonRow{"task_skipped", RetryPolicy::none, 0, false, Then::stop_step, {}, true},
    ReasonRow{"review_rejected", RetryPolicy::none, 0, false, Then::stop_step, {}, true},
    ReasonRow{"review_expired", RetryPolicy::none, 0, false, Then::stop_step, {}, true},
    ReasonRow{"withdrawn", RetryPolicy::none, 0, false, Then::stop_step, {}, true},
    ReasonRow{"complaint", RetryPolicy::none, 0, false, Then::stop_all, "suppress_lead"},
    ReasonRow{"dnc", RetryPolicy::none, 0, false, Then::stop_sequence, "stop_sequence", true},
    ReasonRow{"no_consent", RetryPolicy::none, 0, false, Then::stop_sequence, "stop_sequence", true},
    ReasonRow{"unsubscribed", RetryPolicy::none, 0, false, Then::stop_sequence, "stop_sequence", true},
    ReasonRow{"suppressed_lead", RetryPolicy::none, 0, false, Then::stop_sequence, "stop_sequence", true},
    ReasonRow{"do_not_contact", RetryPolicy::none, 0, false, Then::stop_sequence, "stop_sequence", true},
    ReasonRow{"block_list", RetryPolicy::none, 0, false, Then::stop_sequence, "stop_sequence", true},
    ReasonRow{"unknown_campaign", RetryPolicy::none, 0, false, Then::stop_sequence, "stop_sequence_alert", true},
    ReasonRow{"campaign_completed", RetryPolicy::none, 0, false, Then::stop_sequence, "stop_sequence_alert", true},
    ReasonRow{"unknown", RetryPolicy::none, 0, false, Then::wait},
};

// nullptr for a reason that is not in the table (a dead letter: unknown_reason).
constexpr const ReasonRow* reason_row(std::string_view reason) {
  for (const ReasonRow& row : kReasons)
    if (row.reason == reason) return &row;
  return nullptr;
}

}  // namespace millrace::outreach
