// When the steps of a sequence are due (spec/outreach.md section 2): rules outreach.schedule, next_step and shift.
//
// SQ-1  Step n is due at max(start + day[n] days, hold).
// SQ-2  A step that is commanded late moves the start by its delay, so days between steps are never cut.
// Tests: tests/unit/outreach_schedule_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace millrace::outreach {

// The four sequences of spec/route.md section 4: name -> day of each step.
const std::map<std::string, std::vector<std::int64_t>>& default_sequences();

std::vector<TimeMs> due_times(std::span<const std::int64_t> days, TimeMs start_ms);

struct NextStep {
  bool send = false;
  std::int64_t step = 0;              // from 1; set when a step is left
  std::optional<TimeMs> due_ms;       // set when a step is left
  std::string_view reason;            // not_due, complete
};
NextStep next_step(std::span<const std::int64_t> days, TimeMs start_ms, std::int64_t sent_steps, TimeMs hold_until_ms,
                   TimeMs now_ms);

// The start after the step of `day` was commanded.
constexpr TimeMs shifted_start(TimeMs start_ms, std::int64_t day, TimeMs commanded_ms) {
  const TimeMs planned = start_ms + day * kDayMs;
  return commanded_ms > planned ? start_ms + (commanded_ms - planned) : start_ms;
}

}  // namespace millrace::outreach
