// When to look at a lead again, and when to stop (spec/score.md section 10).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.h"
#include "topology/score/lifecycle.h"

namespace millrace::score {

// How long until the next look: it orders work lists and sweeps, and sends nothing. nullopt for a terminal status.
std::optional<DurationMs> next_action(Status status, std::optional<std::int64_t> score_bp, std::int64_t attempts,
                                      DurationMs new_ms = 300'000);

struct FollowUp {
  Status status;
  bool do_not_contact = false;
  std::optional<TimeMs> last_contacted_ms;
  bool progressed = false;  // the last stage of some deal suspends silence (topology/policy/stage_groups.h)
};
// terminal, replied, do_not_contact or silent; nullopt: go on.
std::optional<std::string_view> stop_follow_up(const FollowUp& lead, TimeMs now_ms, DurationMs silent_ms = 2'592'000'000);

}  // namespace millrace::score
