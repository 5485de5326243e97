// How good a lead source is, and what follows from it (spec/harvest.md section 4).
//
// SQ-1  0 <= quality <= 10000 for values in range.
// SQ-2  What a source is worth depends on its closed cohort rows alone: a month that is not over changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::harvest {

// The leads first captured in one UTC month, and how many of them were won.
struct Cohort {
  std::int64_t conversions = 0, leads = 0;
  static constexpr auto fields() {
    return FieldList{field("conversions", &Cohort::conversions), field("leads", &Cohort::leads)};
  }
};

struct SourceTerms {
  std::int64_t conversion_bp = 0, risk_bp = 0, cost_per_lead_cents = 0;
};

// `rows`: closed ones, oldest first; the last 10 count.
std::int64_t source_quality(const SourceTerms& terms, std::span<const Cohort> rows, std::int64_t min_leads);

enum class SourceAction { none, pause, kill };
constexpr std::array<std::string_view, 3> enum_names(SourceAction) { return {"none", "pause", "kill"}; }
SourceAction source_action(std::int64_t quality_bp, std::int64_t kill_bp, std::int64_t pause_bp);

enum class SourceState { active, paused, killed };
constexpr std::array<std::string_view, 3> enum_names(SourceState) { return {"active", "paused", "killed"}; }
// The reason why a source may not capture; empty: it may. `state` is nullopt for a source nobody allowed.
std::string_view source_gate(std::optional<SourceState> state, TimeMs paused_until_ms, TimeMs now_ms);

// Sorts {name, quality} by quality, the best first, then by name.
void rank_sources(std::vector<std::pair<std::string, std::int64_t>>& sources);

// Lower-case, trimmed, without control characters: what a source is known by.
std::string source_name(std::string_view raw);

// "2026-01": the UTC month of a time; and when it is over.
std::string month_of(TimeMs time);
// nullopt when `month` is no month.
std::optional<TimeMs> end_of_month(std::string_view month);

}  // namespace millrace::harvest
