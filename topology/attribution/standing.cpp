#include "topology/attribution/standing.h"

#include <algorithm>

namespace millrace::attribution {

namespace {

Parts::iterator place_of(Parts& parts, std::string_view ref, TimeMs ts_ms) {
  return std::partition_point(parts.begin(), parts.end(),
                              [&](const Part& each) { return credit_order(each.ts_ms, each.ref, ts_ms, ref); });
}

}  // namespace

Part* part_at(Parts& parts, std::string_view ref, TimeMs ts_ms) {
  auto at = place_of(parts, ref, ts_ms);
  if (at != parts.end() && at->ref == ref) return &*at;
  at = std::find_if(parts.begin(), parts.end(), [&](const Part& each) { return each.ref == ref; });
  return at == parts.end() ? nullptr : &*at;
}

void add(Parts& standing, const Parts& parts, int sign) {
  for (const Part& each : parts) {
    Part* known = part_at(standing, each.ref, each.ts_ms);
    if (!known) {
      known = &*standing.insert(place_of(standing, each.ref, each.ts_ms), each);
      known->amount_cents = known->cash_cents = known->rev = 0;
    }
    known->amount_cents += sign * each.amount_cents;
    known->cash_cents += sign * each.cash_cents;
  }
}

void take_back(Parts& parts, const Parts& standing, std::int64_t amount, std::int64_t Part::*of,
               const std::function<std::int64_t(const Part&)>& confidence) {
  std::vector<std::int64_t> weights;
  weights.reserve(standing.size());
  for (const Part& each : standing) weights.push_back(std::max<std::int64_t>(0, each.*of));
  const auto taken = retract(amount, weights);
  const bool fresh = parts.empty();
  for (std::size_t i = 0; i < standing.size(); ++i) {
    if (taken[i] == 0) continue;
    Part* part = fresh ? nullptr : part_at(parts, standing[i].ref, standing[i].ts_ms);
    if (!part) {
      parts.push_back(standing[i]);
      part = &parts.back();
      part->amount_cents = part->cash_cents = 0;
      part->confidence_bp = confidence(standing[i]);
    }
    part->*of += taken[i];
  }
}

void drop_zeros(Parts& standing) {
  std::erase_if(standing, [](const Part& each) { return each.amount_cents == 0 && each.cash_cents == 0; });
}

}  // namespace millrace::attribution
