#include "topology/route/cone.h"

#include <algorithm>

#include "core/arith.h"

namespace millrace::route {

namespace {

std::int64_t timeline_bp(std::optional<std::int64_t> months) {
  if (!months || *months <= 0) return 5000;
  if (*months <= 1) return 10000;
  if (*months <= 3) return 8000;
  if (*months <= 6) return 6000;
  if (*months <= 12) return 4000;
  return 2000;
}

constexpr std::size_t kDigits = 5;

}  // namespace

ConeInputs cone_inputs(std::optional<std::int64_t> deal_value_cents, std::optional<std::int64_t> probability_bp,
                       std::optional<std::int64_t> timeline_months, std::optional<std::int64_t> engagement_bp,
                       std::int64_t deal_ref_cents) {
  ConeInputs in;
  if (deal_value_cents) {
    const std::int64_t value = std::clamp<std::int64_t>(*deal_value_cents, 0, deal_ref_cents);
    in.deal_size_bp = rdiv(Int128{10000} * value, deal_ref_cents);
  }
  in.conversion_bp = clamp_bp(probability_bp.value_or(5000));
  in.timeline_bp = timeline_bp(timeline_months);
  in.relationship_bp = clamp_bp(engagement_bp.value_or(5000));
  return in;
}

std::int64_t cone_bp(const ConeInputs& in) {
  return rdiv(Int128{3500} * in.deal_size_bp + Int128{3500} * in.conversion_bp + Int128{2000} * in.timeline_bp +
                  Int128{1000} * in.relationship_bp,
              10000);
}

Priority cone_label(std::int64_t cone_bp) {
  return cone_bp > 7000 ? Priority::high : cone_bp > 4000 ? Priority::medium : Priority::low;
}

std::string cone_key(std::int64_t cone_bp, std::string_view lead_id) {
  std::string digits = std::to_string(10000 - cone_bp);
  std::string key(kDigits - digits.size(), '0');
  key.append(digits).append(1, '/').append(lead_id);
  return key;
}

std::string_view lead_of_cone_key(std::string_view key) { return key.substr(kDigits + 1); }

}  // namespace millrace::route
