// The source registry of a tenant: who may capture, what each source is worth, and its cohorts (spec/harvest.md section 4).
//
// SO-1  A cohort row counts in the month of the lead's first capture, a conversion in the same month, once a lead.
// SO-2  A row enters the quality when its month is over; a source is judged then, when it is defined or set, and when a
//       conversion changes a row that is over; never on each capture.
// SO-3  A paused source is active again on the first tick at its paused_until_ms or later; a killed one only by a
//       definition with revive.
// Tables: source (tenant/name), cohort (tenant/name\nmonth).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/fold.h"
#include "state/table.h"
#include "topology/events/operator.h"
#include "topology/harvest/policy.h"
#include "topology/harvest/source_quality.h"

namespace millrace::harvest {

struct SourceRow {
  std::int64_t conversion_bp = 500, cost_per_lead_cents = 0;
  bool defined = false;  // by an operator; else it counts as long as the policy lists it
  TimeMs paused_until_ms = 0;
  std::int64_t quality_bp = 0, risk_bp = 5000;
  SourceState state = SourceState::active;
  std::string type = "other";
  std::int64_t volume_monthly = 0;
  static constexpr auto fields() {
    return FieldList{field("conversion_bp", &SourceRow::conversion_bp),
                      field("cost_per_lead_cents", &SourceRow::cost_per_lead_cents),
                      field("defined", &SourceRow::defined),
                      field("paused_until_ms", &SourceRow::paused_until_ms),
                      field("quality_bp", &SourceRow::quality_bp),
                      field("risk_bp", &SourceRow::risk_bp),
                      field("state", &SourceRow::state),
                      field("type", &SourceRow::type),
                      field("volume_monthly", &SourceRow::volume_monthly)};
  }
};

class Sources {
 public:
  explicit Sources(state::TableSpace& space);

  // The row of an allowed source; for one that the policy lists and nobody defined, the values of the policy's sources.
  // nullptr: not allowed.
  const SourceRow* find(std::string_view tenant, std::string_view name, const HarvestPolicy& policy);

  // A lead was first captured (SO-1). Sets the timer of a new row.
  void captured(std::string_view name, std::string_view month, Step& step);
  void converted(std::string_view name, std::string_view month, const HarvestPolicy& policy, Step& step);
  // The reason of a refusal (bad_field:…), or empty.
  static std::string refuse(const SourceDefined& definition);
  static std::string refuse(const SourcePerformance& performance);
  void define(const SourceDefined& definition, const HarvestPolicy& policy, Step& step);
  void set_row(const SourcePerformance& performance, const HarvestPolicy& policy, Step& step);

  // Timers, by kind; their keys are "tenant/name\nmonth" and "tenant/name".
  static constexpr std::string_view kMonthTimer = "month", kPauseTimer = "pause";
  void month_over(std::string_view key, const HarvestPolicy& policy, Step& step);
  void pause_over(std::string_view key, TimeMs due_ms);

  // The rows whose month is over at `now_ms`, oldest first.
  std::vector<std::pair<std::string, Cohort>> closed_rows(std::string_view tenant, std::string_view name, TimeMs now_ms);
  std::vector<std::pair<std::string, Cohort>> rows(std::string_view tenant, std::string_view name);

 private:
  Cohort& row(std::string_view tenant, std::string_view name, std::string_view month, Step& step);
  void evaluate(std::string_view tenant, std::string_view name, const HarvestPolicy& policy, Step& step);

  state::Table<SourceRow> sources_;
  state::Table<Cohort> cohorts_;
  SourceRow listed_;  // of a source that only the policy names
};

}  // namespace millrace::harvest
