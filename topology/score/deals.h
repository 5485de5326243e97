// The deals of a lead and what they make of it (spec/score.md section 9, rule score.deal).
//
// DE-1  A deal is open while its last stage is neither won nor lost. A won stage wins the lead; a lost one loses it
//       only when no other deal is open or won.
// DE-2  While the last stage of any deal is past the first talk, neither silence nor an exhausted sequence ends it.
//                                                      Tests: tests/unit/score_deals_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "topology/policy/stage_groups.h"
#include "topology/policy/synthetic.h"
#include "topology/score/lifecycle.h"

namespace millrace::score {

struct Deal {
  std::string deal_id, stage;  // the last stage; empty as long as only an amount is known
  TimeMs entered_ms = 0;       // of that stage
  TimeMs event_ms = 0;         // of the fact that told it
  std::optional<std::int64_t> amount_cents;
  std::optional<std::string> currency;
};

struct StageTables {
  const SyntheticTable& table;
  const StageGroups& groups;
};

inline bool is_open(std::string_view stage, const SyntheticTable& table) {
  return !stage.empty() && !table.is_won(stage) && !table.is_lost(stage);
}

// What a deal's new stage triggers. `deals` holds it already.
std::optional<Trigger> deal_trigger(const std::vector<Deal>& deals, std::string_view deal_id, const SyntheticTable& table);
// DE-2
bool is_progressed(const std::vector<Deal>& deals, const StageTables& tables);
// The open deal that was told of last; nullptr when none is open.
const Deal* latest_open(const std::vector<Deal>& deals, const SyntheticTable& table);

}  // namespace millrace::score
