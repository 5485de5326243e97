// Who gets a lead (spec/route.md section 8, rule route.owner).
//
// OW-1  The owner with the least open/capacity gets it; shares are compared as fractions, so nothing is rounded.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace millrace::route {

struct Candidate {
  std::string owner_id;
  std::int64_t open = 0, capacity = 0;  // in this zone
};

// Null when no candidate has room. Candidates serve the zone; one with open >= capacity is passed over.
const Candidate* choose_owner(std::span<const Candidate> candidates);

}  // namespace millrace::route
