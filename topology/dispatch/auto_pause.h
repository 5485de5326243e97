// When a campaign pauses itself (spec/dispatch.md section 8, rule dispatch.auto_pause).
//
// AP-1  Reasons stand in the order of the section; only an operator resumes, and the counters start again with that.
// Tests: tests/unit/dispatch_campaign_test.cpp, tests/conformance/dispatch.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"

namespace millrace::dispatch {

// Since the last resume; live messages only.
struct CampaignCounts {
  std::int64_t sent = 0, delivered = 0, bounced_hard = 0, complaints = 0, replied = 0;
  std::int64_t contacted = 0, lost = 0, won = 0, qualified = 0;  // leads; lost: of the contacted ones
  DurationMs age_ms = 0;
};

inline constexpr DurationMs kStaleMs = 90 * kDayMs;

std::vector<std::string> pause_reasons(const CampaignCounts& counts, std::optional<std::int64_t> target_clients,
                                       bool reply_rule);

}  // namespace millrace::dispatch
