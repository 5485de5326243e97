// Check 1: may a lead of this status be decided at all (spec/route.md section 3, rule route.gate)?
//
// GA-1  A lead is routed once: QUALIFIED and routed waits for its status to follow, and is not routed again.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace millrace::route {

// What a lifecycle status (spec/score.md section 9) means to routing.
enum class Phase { pending, review, qualified, routed, terminal };
constexpr std::array<std::string_view, 5> enum_names(Phase) {
  return {"pending", "review", "qualified", "routed", "terminal"};
}

// nullopt for a text that is no status.
std::optional<Phase> phase_of(std::string_view status);
// CONTACTED or REPLIED: the lead has heard from us.
constexpr bool is_contacted(std::string_view status) { return status == "CONTACTED" || status == "REPLIED"; }

enum class Gate { pass, review_required, already_routed, rejected_lead, qualification_pending };
constexpr std::array<std::string_view, 5> enum_names(Gate) {
  return {"pass", "review_required", "already_routed", "rejected_lead", "qualification_pending"};
}

Gate gate(Phase phase, bool routed);

}  // namespace millrace::route
