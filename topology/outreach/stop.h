// What ends a sequence for good (spec/outreach.md section 8): rule outreach.stage_stop, and the terminal statuses.
//
// Tests: tests/unit/outreach_schedule_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <string_view>

#include "topology/policy/stage_groups.h"

namespace millrace::outreach {

// A deal that has moved on is a person's: groups contact, negotiation, closing, won and lost.
inline bool stops_sequence(std::string_view stage, const SyntheticTable& table, const StageGroups& groups) {
  const auto group = group_of(stage, table, groups);
  return group && is_progressed(*group);
}

}  // namespace millrace::outreach
