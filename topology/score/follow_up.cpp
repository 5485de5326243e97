#include "topology/score/follow_up.h"

#include <algorithm>

namespace millrace::score {

namespace {
constexpr DurationMs kMinuteMs = 60'000;
}  // namespace

std::optional<DurationMs> next_action(Status status, std::optional<std::int64_t> score_bp, std::int64_t attempts,
                                      DurationMs new_ms) {
  if (is_terminal(status)) return std::nullopt;
  switch (status) {
    case Status::NEW: return new_ms;
    case Status::ENRICHED:
      if (!score_bp) return 60 * kMinuteMs;
      return std::max<std::int64_t>(30, 360 * (10000 - *score_bp) / 10000) * kMinuteMs;
    case Status::CONTACTED: return (attempts >= 2 ? 7 : 3) * kDayMs;
    default: return kDayMs;
  }
}

std::optional<std::string_view> stop_follow_up(const FollowUp& lead, TimeMs now_ms, DurationMs silent_ms) {
  if (is_terminal(lead.status)) return "terminal";
  if (lead.status == Status::REPLIED) return "replied";
  if (lead.do_not_contact) return "do_not_contact";
  if (lead.last_contacted_ms && now_ms - *lead.last_contacted_ms > silent_ms && !lead.progressed) return "silent";
  return std::nullopt;
}

}  // namespace millrace::score
