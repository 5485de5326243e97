// The cone of focus: how much a lead deserves attention now, and the top list of a zone (spec/route.md section 6,
// rules route.cone, route.cone_inputs and route.cone_rank).
//
// CN-1  The top list is ordered by cone descending, then lead_id; cone_key() sorts in that order as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "topology/route/reasons.h"

namespace millrace::route {

struct ConeInputs {
  std::int64_t deal_size_bp = 5000, conversion_bp = 5000, timeline_bp = 5000, relationship_bp = 5000;
};
// What is missing counts 5000. Needs: deal_ref_cents > 0.
ConeInputs cone_inputs(std::optional<std::int64_t> deal_value_cents, std::optional<std::int64_t> probability_bp,
                       std::optional<std::int64_t> timeline_months, std::optional<std::int64_t> engagement_bp,
                       std::int64_t deal_ref_cents);
std::int64_t cone_bp(const ConeInputs& inputs);
// The label of a cone, which is the priority of the lead's messages.
Priority cone_label(std::int64_t cone_bp);

// Sorts as CN-1 wants it. Needs: 0 <= cone_bp <= 10000.
std::string cone_key(std::int64_t cone_bp, std::string_view lead_id);
// The lead_id of such a key.
std::string_view lead_of_cone_key(std::string_view key);

}  // namespace millrace::route
