#include "topology/route/escalation.h"

namespace millrace::route {

DurationMs escalation_threshold(StageGroup group, const RoutePolicy& policy) {
  switch (group) {
    case StageGroup::lead: return policy.lead_days * kDayMs;
    case StageGroup::contact: return policy.contact_days * kDayMs;
    case StageGroup::negotiation: return policy.negotiation_days * kDayMs;
    case StageGroup::closing: return policy.closing_days * kDayMs;
    case StageGroup::other: return policy.other_days * kDayMs;
    case StageGroup::won:
    case StageGroup::lost: return 0;
  }
  return 0;
}

Severity escalation(DurationMs in_stage_ms, DurationMs threshold_ms) {
  const DurationMs over = in_stage_ms - threshold_ms;
  if (over <= 0) return Severity::none;
  if (over > 2 * threshold_ms) return Severity::critical;
  if (over > threshold_ms) return Severity::high;
  return Severity::medium;
}

TimeMs escalation_due(TimeMs entered_ms, DurationMs threshold_ms, Severity level) {
  return entered_ms + static_cast<int>(level) * threshold_ms + 1;
}

}  // namespace millrace::route
