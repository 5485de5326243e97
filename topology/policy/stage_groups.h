// What a deal's stage means: its group, as route escalates by it, score suspends follow-up by it and outreach stops
// by it (spec/route.md section 9, rule route.group).
//
// Takes   a stage name after the alias table, the won and lost lists of the tenant's synthetic table, [stages.group].
// Gives   the group; no stage has none.
//
// SG-1  The won and lost lists decide before [stages.group].
// SG-2  [stages.group] is laid over the default table: `stage = "group"`, or `group = ["stage", …]`.
// SG-3  A stage that no table names, or whose group is no known one, is in group other.
//                                                      Tests: tests/unit/stage_groups_test.cpp
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "topology/policy/policy.h"
#include "topology/policy/synthetic.h"

namespace millrace {

enum class StageGroup { lead, contact, negotiation, closing, won, lost, other };
constexpr std::array<std::string_view, 7> enum_names(StageGroup) {
  return {"lead", "contact", "negotiation", "closing", "won", "lost", "other"};
}

// Work is under way or over: silence and exhausted sequences do not end such a lead, and its sequences stop.
constexpr bool is_progressed(StageGroup group) { return group != StageGroup::lead && group != StageGroup::other; }
// Leads wait in it, so that they can wait too long.
constexpr bool is_timed(StageGroup group) { return group != StageGroup::won && group != StageGroup::lost; }

// The part of the policy that names groups: policy.of<StageGroups>(tenant).
struct StageGroups {
  std::map<std::string, StageGroup, std::less<>> by_stage = defaults();

  // The table of the specification.
  static std::map<std::string, StageGroup, std::less<>> defaults();
  // Lays one entry of [stages.group] over the table; a group of another name is other (SG-3).
  void set(std::string_view stage, std::string_view group);

  static constexpr auto keys() { return std::tuple{}; }
  void load(const Policy& policy, std::string_view tenant);
};

// The group of a stage; nullopt for an empty one.
std::optional<StageGroup> group_of(std::string_view stage, const SyntheticTable& table, const StageGroups& groups);

}  // namespace millrace
