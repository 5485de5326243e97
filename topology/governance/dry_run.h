// Whether an action may touch the world (spec/governance.md section 1): rule governance.dry_run.
//
// DR-1  Only the actions of `governance.reversible` always run; every other one, known or not, is irreversible.
// DR-2  An irreversible action runs when it is armed and not a dry run, and never in a replay or a sandbox.
// A worker's verdict: folds do not know of replays.      Tests: tests/unit/governance_test.cpp, conformance
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "topology/policy/policy.h"

namespace millrace::governance {

struct DryRunPolicy {
  std::vector<std::string> reversible = {"read_data", "score", "route", "report"};
  bool strict = false;  // what a dry run blocks is an error of its caller
  static constexpr auto keys() {
    return std::tuple{policy_key("governance.reversible", &DryRunPolicy::reversible),
                      policy_key("governance.strict", &DryRunPolicy::strict)};
  }
};

// How recent a good verify must be when a connector is armed.
struct ArmPolicy {
  std::int64_t verify_age_ms = 86'400'000;
  static constexpr auto keys() { return std::tuple{policy_key("governance.verify_age_ms", &ArmPolicy::verify_age_ms, 0)}; }
};

enum class ActionStatus : std::uint8_t { executed, suppressed, dry_run_blocked, refused };
constexpr std::array<std::string_view, 4> enum_names(ActionStatus) {
  return {"executed", "suppressed", "dry_run_blocked", "refused"};
}

struct ActionState {
  bool armed = false, dry_run = true;
  bool replayed = false;  // in a replay or a sandbox
};

inline ActionStatus judge_action(std::string_view action, const ActionState& state, const DryRunPolicy& policy) {
  const auto same = [&](const std::string& name) {  // case ignored
    return std::equal(name.begin(), name.end(), action.begin(), action.end(), [](char a, char b) {
      const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
      return lower(a) == lower(b);
    });
  };
  if (std::any_of(policy.reversible.begin(), policy.reversible.end(), same)) return ActionStatus::executed;
  if (state.replayed) return ActionStatus::suppressed;
  if (state.armed && !state.dry_run) return ActionStatus::executed;
  return policy.strict ? ActionStatus::refused : ActionStatus::dry_run_blocked;
}

}  // namespace millrace::governance
