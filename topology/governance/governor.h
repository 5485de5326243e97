// How often something may be called (spec/governance.md section 4): rule governance.governor. A sliding window.
//
// GO-1  A call counts while at > now - window; what was denied does not count.
// GO-2  A name without a limit is never allowed.
// Dispatch keeps operator_send as a limit of its own over tables, with the figures of kGovernors.
// Tests: tests/unit/governance_test.cpp, conformance governance.governor
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "core/ids.h"

namespace millrace::governance {

struct GovernorLimit {
  std::int64_t max = 0;
  DurationMs window_ms = 0;
};

struct NamedGovernor {
  std::string_view name;
  GovernorLimit limit;
};
inline constexpr std::array<NamedGovernor, 5> kGovernors = {{{"api_call", {1000, 60'000}},
                                                             {"webhook", {6000, 60'000}},
                                                             {"data_export", {10, kHourMs}},
                                                             {"operator_send", {60, kHourMs}},
                                                             {"payment", {100, kHourMs}}}};
constexpr std::optional<GovernorLimit> governor_limit(std::string_view name) {
  for (const NamedGovernor& each : kGovernors)
    if (each.name == name) return each.limit;
  return std::nullopt;
}

class Governor {
 public:
  explicit Governor(GovernorLimit limit) : limit_(limit) {}

  // Counts the call when it is allowed. Needs: times that never fall.
  bool call(TimeMs now) {
    while (!calls_.empty() && calls_.front() <= now - limit_.window_ms) calls_.pop_front();
    if (static_cast<std::int64_t>(calls_.size()) >= limit_.max) return false;
    calls_.push_back(now);
    return true;
  }
  // Seconds, rounded up, until the oldest call that counts leaves the window; nullopt when none does.
  std::optional<std::int64_t> retry_after_s(TimeMs now) const {
    if (calls_.empty()) return std::nullopt;
    return std::max<std::int64_t>(0, (calls_.front() + limit_.window_ms - now + 999) / 1000);
  }

 private:
  GovernorLimit limit_;
  std::deque<TimeMs> calls_;
};

}  // namespace millrace::governance
