// How long a lead may stay in one group of stages (spec/route.md section 9, rules route.escalation and
// route.escalation_timers). The group of a stage is topology/policy/stage_groups.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.h"
#include "topology/policy/stage_groups.h"
#include "topology/route/policy.h"

namespace millrace::route {

enum class Severity { none, medium, high, critical };
constexpr std::array<std::string_view, 4> enum_names(Severity) { return {"none", "medium", "high", "critical"}; }

// The threshold of a group; 0 for won and lost, which never escalate.
DurationMs escalation_threshold(StageGroup group, const RoutePolicy& policy);

// Severity of having been in a group for `in_stage_ms`. Needs: threshold_ms > 0.
Severity escalation(DurationMs in_stage_ms, DurationMs threshold_ms);

// When a level is reached: the first millisecond at which escalation() gives it. Needs: level is not none.
TimeMs escalation_due(TimeMs entered_ms, DurationMs threshold_ms, Severity level);

}  // namespace millrace::route
