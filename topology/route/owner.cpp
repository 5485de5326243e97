#include "topology/route/owner.h"

#include "core/arith.h"

namespace millrace::route {

const Candidate* choose_owner(std::span<const Candidate> candidates) {
  const Candidate* best = nullptr;
  for (const Candidate& each : candidates) {
    if (each.open >= each.capacity) continue;
    if (best) {
      const Int128 mine = Int128{each.open} * best->capacity, its = Int128{best->open} * each.capacity;
      if (mine > its || (mine == its && best->owner_id <= each.owner_id)) continue;
    }
    best = &each;
  }
  return best;
}

}  // namespace millrace::route
