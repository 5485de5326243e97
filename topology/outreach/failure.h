// What follows a failed message: again on the same channel, the next channel, or a stop (spec/outreach.md section 6):
// rules outreach.failure, fallback, backoff and unreachable.
//
// FA-1  The next channel is the next in the list that has an address; none left: the step is all_exhausted.
// FA-2  A retry keeps its message; a fallback is a new one.
// Tests: tests/unit/outreach_failure_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ids.h"
#include "topology/outreach/reasons.h"

namespace millrace::outreach {

enum class Action : std::uint8_t { retry, next_channel, all_exhausted, requeue, stop, wait };
constexpr auto enum_names(Action) {
  return std::array<std::string_view, 6>{"retry", "next_channel", "all_exhausted", "requeue", "stop", "wait"};
}

struct FailureAction {
  Action action = Action::stop;
  RetryPolicy policy = RetryPolicy::none;  // of retry
  std::string channel;                     // of next_channel
  std::string_view side_effect;            // empty: none
};

using HasAddress = std::function<bool(std::string_view channel)>;

// The first channel after `channel` that has an address; empty when there is none. `channel` empty: from the first.
std::string next_channel(std::string_view channel, std::span<const std::string> channels, const HasAddress& has);

// `retries` done under this reason's policy; `retry` false: the failure is final on this channel.
// Needs: a reason of the table.
FailureAction failure_action(const ReasonRow& row, std::string_view channel, std::int64_t retries, bool retry,
                             std::span<const std::string> channels, const HasAddress& has);

// A whole step when the outcome of each channel is known: `outcome` gives "ok" or the reason that is left after the
// channel's retries.
struct StepOutcome {
  std::string_view status;  // SENT, FAILED, SKIPPED
  std::string channel;      // that sent
  std::string reason;       // that ended it
  std::vector<std::pair<std::string, std::string>> attempts;  // channel, outcome
};
StepOutcome fall_back(std::span<const std::string> channels, const HasAddress& has,
                      const std::function<std::string(std::string_view channel)>& outcome);

// Delay before retry k = 1, 2, …
struct Backoff {
  std::int64_t jitter_bp = 0;  // of transport and form
  DurationMs delay_ms = 0;
};
Backoff backoff(RetryPolicy policy, std::int64_t k, std::int64_t seed, std::string_view message_id,
                std::optional<DurationMs> retry_after_ms);

// What becomes of a lead whose channels may have no address at all.
enum class Reach : std::uint8_t { none, phone_task, unreachable, wait };
constexpr auto enum_names(Reach) {
  return std::array<std::string_view, 4>{"none", "phone_task", "unreachable", "wait"};
}
Reach reachable(std::span<const std::string> channels, const HasAddress& has, bool phone, bool armed,
                std::int64_t live_messages);

}  // namespace millrace::outreach
