#include "topology/outreach/schedule.h"

#include <algorithm>

#include "topology/route/sequence.h"

namespace millrace::outreach {

const std::map<std::string, std::vector<std::int64_t>>& default_sequences() {
  static const auto sequences = [] {
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const char* name : {"aggressive_close", "cold_outreach", "long_term_nurture", "regular_nurture"})
      if (auto shape = route::shape_of(name)) shapes[name] = std::move(shape->step_days);
    return shapes;
  }();
  return sequences;
}

std::vector<TimeMs> due_times(std::span<const std::int64_t> days, TimeMs start_ms) {
  std::vector<TimeMs> due;
  due.reserve(days.size());
  for (const std::int64_t day : days) due.push_back(start_ms + day * kDayMs);
  return due;
}

NextStep next_step(std::span<const std::int64_t> days, TimeMs start_ms, std::int64_t sent_steps, TimeMs hold_until_ms,
                   TimeMs now_ms) {
  if (sent_steps >= static_cast<std::int64_t>(days.size())) return {.reason = "complete"};
  const std::int64_t step = sent_steps + 1;
  const TimeMs due = std::max(start_ms + days[static_cast<std::size_t>(sent_steps)] * kDayMs, hold_until_ms);
  if (now_ms < due) return {false, step, due, "not_due"};
  return {true, step, due, {}};
}

}  // namespace millrace::outreach
