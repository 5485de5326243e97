#include "topology/harvest/source_quality.h"

#include <algorithm>

#include "core/arith.h"
#include "core/time.h"
#include "topology/harvest/contact.h"

namespace millrace::harvest {

namespace {
constexpr std::size_t kRows = 10;
constexpr std::int64_t kFew = 5000;  // consistency of a source with fewer than two months
}  // namespace

std::int64_t source_quality(const SourceTerms& terms, std::span<const Cohort> rows, std::int64_t min_leads) {
  if (rows.size() > kRows) rows = rows.last(kRows);
  std::int64_t leads = 0, conversions = 0;
  std::vector<std::int64_t> rates;
  for (const Cohort& row : rows) {
    leads += row.leads;
    conversions += row.conversions;
    if (row.leads > 0) rates.push_back(rdiv(Int128{row.conversions} * 10000, row.leads));
  }
  const std::int64_t conversion = leads > 0 && leads >= min_leads ? rdiv(Int128{conversions} * 10000, leads) : terms.conversion_bp;
  const std::int64_t consistency = rates.size() < 2 ? kFew : 10000 - std::min<std::int64_t>(10000, pstdev(rates));
  const std::int64_t cost = 10000 - std::min<std::int64_t>(10000, terms.cost_per_lead_cents);
  return rdiv(Int128{4000} * conversion + Int128{3000} * (10000 - terms.risk_bp) + Int128{2000} * consistency + Int128{1000} * cost, 10000);
}

SourceAction source_action(std::int64_t quality_bp, std::int64_t kill_bp, std::int64_t pause_bp) {
  if (quality_bp < kill_bp) return SourceAction::kill;
  return quality_bp < pause_bp ? SourceAction::pause : SourceAction::none;
}

std::string_view source_gate(std::optional<SourceState> state, TimeMs paused_until_ms, TimeMs now_ms) {
  if (!state) return "source_not_allowed";
  if (*state == SourceState::killed) return "source_killed";
  if (*state == SourceState::paused && now_ms < paused_until_ms) return "source_paused";
  return {};
}

void rank_sources(std::vector<std::pair<std::string, std::int64_t>>& sources) {
  std::sort(sources.begin(), sources.end(),
            [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
}

std::string source_name(std::string_view raw) {
  std::string name = lower_case(trimmed(raw));
  for (char& c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return name;
}

std::string month_of(TimeMs time) { return utc_date(time).substr(0, 7); }

std::optional<TimeMs> end_of_month(std::string_view month) {
  if (month.size() != 7 || month[4] != '-') return std::nullopt;
  int year = 0, number = 0;
  for (std::size_t i = 0; i < 7; ++i) {
    if (i == 4) continue;
    if (month[i] < '0' || month[i] > '9') return std::nullopt;
    (i < 4 ? year : number) = (i < 4 ? year : number) * 10 + (month[i] - '0');
  }
  if (number < 1 || number > 12) return std::nullopt;
  const CivilDate next{number == 12 ? year + 1 : year, number == 12 ? 1 : number + 1, 1};
  return days_from_civil(next) * kDayMs;
}

}  // namespace millrace::harvest
