// Experiments on the text of a message (spec/outreach.md section 5): rules outreach.assign and success.
//
// EX-1  A variant depends on (seed, experiment, lead) alone, so it is sticky without being stored.
// EX-2  A success counts when 0 <= its time - exposure <= the window; the first one in log order wins.
// Tests: tests/unit/outreach_experiment_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace millrace::outreach {

struct Assignment {
  std::int64_t bucket = 0;  // 0..9999
  std::size_t variant = 0;  // index; the number of variants when the weights do not reach the bucket
};
Assignment assign(std::int64_t seed, std::string_view experiment_id, std::string_view lead_id,
                  std::span<const std::int64_t> weights_bp);

enum class Metric : std::uint8_t { positive_reply, click, conversion, revenue_cents };
constexpr auto enum_names(Metric) {
  return std::array<std::string_view, 4>{"positive_reply", "click", "conversion", "revenue_cents"};
}
constexpr DurationMs default_window(Metric metric) {
  return metric == Metric::positive_reply || metric == Metric::click ? 14 * kDayMs : 90 * kDayMs;
}

// Something that happened to a lead and may be a success.
struct MetricFact {
  enum class Kind { reply, click, stage } kind;
  std::string_view reply_class;  // of reply
  bool machine = false;          // of click
  std::string_view stage_to;     // of stage
  std::optional<std::int64_t> amount_cents;
  TimeMs at_ms = 0;
};
// Whether the fact is one of the metric, whatever its time. `goal_stage` empty: any stage of `won`.
bool counts(Metric metric, const MetricFact& fact, std::string_view goal_stage, std::span<const std::string> won);
constexpr bool in_window(TimeMs exposure_ms, TimeMs at_ms, DurationMs window_ms) {
  return at_ms >= exposure_ms && at_ms - exposure_ms <= window_ms;
}
// What the success is worth: the amount of a revenue fact, else 0.
inline std::int64_t value_of(Metric metric, const MetricFact& fact) {
  return metric == Metric::revenue_cents ? fact.amount_cents.value_or(0) : 0;
}

}  // namespace millrace::outreach
