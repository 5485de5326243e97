// How an increment is divided (spec/attribution.md sections 7.1 and 7.2, rules attribution.credit,
// attribution.markov_credit, attribution.retract and attribution.credit_id).
//
// CR-1  The parts of every model add up to the increment, to the cent.
// CR-2  What is taken back is taken from what was credited, in proportion; nothing falls below zero.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/attribution/touches.h"

namespace millrace::attribution {

enum class Model { matched, first, last, linear, time_decay, position, shapley, markov };
constexpr std::array<std::string_view, 8> enum_names(Model) {
  return {"matched", "first", "last", "linear", "time_decay", "position", "shapley", "markov"};
}

using Shares = std::map<std::string, std::int64_t>;  // channel -> share_bp

// Parts over the touches, in their order. Needs: at least one touch, amount >= 0, a model other than matched.
std::vector<std::int64_t> credit(Model model, std::span<const JourneyTouch> touches, TimeMs conversion_ms,
                                 std::int64_t amount_cents, DurationMs half_life_ms, const Shares& shares);

// Parts of a negative amount over what is outstanding, in the order given (credit_order). Needs: outstanding >= 0.
std::vector<std::int64_t> retract(std::int64_t amount_cents, std::span<const std::int64_t> outstanding);

// Refs that stand for no touch and no click; they are the last in order.
inline constexpr std::string_view kDirect = "direct", kUnattributedRef = "unattributed";
constexpr bool is_nobody(std::string_view ref) { return ref == kDirect || ref == kUnattributedRef; }
// Order of outstanding parts: (ts, ref), nobody's last.
bool credit_order(TimeMs a_ms, std::string_view a, TimeMs b_ms, std::string_view b);

std::string credit_id(std::string_view tenant, std::string_view deal_id, std::string_view event_id,
                      std::string_view model, std::string_view ref, std::int64_t rev);

}  // namespace millrace::attribution
