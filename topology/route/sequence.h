// Which sequence a lead is worked with (spec/route.md section 4, rules route.sequence and route.sequence_shape).
//
// SE-1  Intent signals may lift a score into a better tier; they never lower it, and never lift a score that is null.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/route/policy.h"

namespace millrace::route {

struct SequenceChoice {
  std::optional<std::int64_t> effective_bp;  // null for a lead without a score
  bool boosted = false;
  Tier tier = Tier::cold;
};
SequenceChoice choose_sequence(std::optional<std::int64_t> score_bp, std::span<const std::string> signals,
                               const RoutePolicy& policy);

Tier tier_of(std::int64_t bp, const RoutePolicy& policy);
// The lowest score of a tier.
std::int64_t tier_floor(Tier tier, const RoutePolicy& policy);
const std::string& sequence_of(Tier tier, const RoutePolicy& policy);

// The next lower and next higher sequence with the bp that the effective score would have to lose or gain.
struct Alternate {
  Tier tier;
  std::int64_t margin_bp;
};
std::vector<Alternate> alternates(const SequenceChoice& choice, const RoutePolicy& policy);

// The sequences that exist without being defined: their steps by day, and the days after which they are over.
struct SequenceShape {
  std::string_view name;
  std::int64_t length_days;
  std::vector<std::int64_t> step_days;
};
std::optional<SequenceShape> shape_of(std::string_view sequence);

// [a-z0-9_]{1,64}: what an override may name.
bool is_sequence_name(std::string_view name);

}  // namespace millrace::route
