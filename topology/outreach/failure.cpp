#include "topology/outreach/failure.h"

#include <algorithm>

#include "core/arith.h"
#include "core/chance.h"

namespace millrace::outreach {

std::string next_channel(std::string_view channel, std::span<const std::string> channels, const HasAddress& has) {
  auto at = channels.begin();
  if (!channel.empty()) {
    at = std::find(channels.begin(), channels.end(), channel);
    if (at != channels.end()) ++at;
  }
  at = std::find_if(at, channels.end(), [&](const std::string& each) { return has(each); });
  return at == channels.end() ? std::string() : *at;
}

FailureAction failure_action(const ReasonRow& row, std::string_view channel, std::int64_t retries, bool retry,
                             std::span<const std::string> channels, const HasAddress& has) {
  if (row.policy != RetryPolicy::none && retries < row.budget && (retry || !row.obeys_retry_flag))
    return {Action::retry, row.policy, {}, {}};
  switch (row.then) {
    case Then::requeue: return {Action::requeue, RetryPolicy::none, {}, row.side_effect};
    case Then::wait: return {Action::wait, RetryPolicy::none, {}, row.side_effect};
    case Then::stop_step:
    case Then::stop_sequence:
    case Then::stop_all: return {Action::stop, RetryPolicy::none, {}, row.side_effect};
    case Then::next_channel: break;
  }
  std::string next = next_channel(channel, channels, has);
  if (next.empty()) return {Action::all_exhausted, RetryPolicy::none, {}, row.side_effect};
  return {Action::next_channel, RetryPolicy::none, std::move(next), row.side_effect};
}

StepOutcome fall_back(std::span<const std::string> channels, const HasAddress& has,
                      const std::function<std::string(std::string_view channel)>& outcome) {
  StepOutcome step;
  for (const std::string& channel : channels) {
    if (!has(channel)) {
      step.attempts.emplace_back(channel, "missing_address");
      continue;
    }
    const std::string result = outcome(channel);
    step.attempts.emplace_back(channel, result);
    if (result == "ok") {
      step.status = "SENT";
      step.channel = channel;
      return step;
    }
    const ReasonRow* row = reason_row(result);
    if (row && row->then != Then::next_channel) {
      step.status = row->skipped ? "SKIPPED" : "FAILED";
      step.reason = result;
      return step;
    }
  }
  step.status = "FAILED";
  step.reason = "all_exhausted";
  return step;
}

Backoff backoff(RetryPolicy policy, std::int64_t k, std::int64_t seed, std::string_view message_id,
                std::optional<DurationMs> retry_after_ms) {
  switch (policy) {
    case RetryPolicy::transport:
    case RetryPolicy::form: {
      const std::int64_t jitter =
          Chance(seed, "outreach.backoff", message_id).uniform(static_cast<std::uint64_t>(k - 1), 8000, 12001);
      const Int128 base = Int128{300'000} << std::min<std::int64_t>(k - 1, 40);
      const Int128 capped = std::min<Int128>(base * jitter, Int128{kDayMs} * 10'000);
      return {jitter, rdiv(capped, 10'000)};
    }
    case RetryPolicy::soft: return {0, k * kDayMs};
    case RetryPolicy::window: return {0, retry_after_ms.value_or(kHourMs)};
    case RetryPolicy::none: break;
  }
  return {};
}

Reach reachable(std::span<const std::string> channels, const HasAddress& has, bool phone, bool armed,
                std::int64_t live_messages) {
  if (!next_channel({}, channels, has).empty()) return Reach::none;
  if (phone) return Reach::phone_task;
  return armed || live_messages > 0 ? Reach::unreachable : Reach::wait;
}

}  // namespace millrace::outreach
