#include "topology/route/cap.h"

#include "core/arith.h"
#include "core/fields.h"

namespace millrace::route {

std::int64_t cap_cents(const ZoneFacts& zone, CapMethod method) {
  const Int128 p = Int128{zone.average_price_cents} * (10000 - zone.risk_bp);
  constexpr Int128 kScale = 1'000'000'000'000;
  switch (method) {
    case CapMethod::basic: return rdiv(p, 10000);
    case CapMethod::demand: return rdiv(p * (80'000'000 + 4000 * zone.demand_bp), kScale);
    case CapMethod::inventory: return rdiv(p * (70'000'000 + 3000 * zone.inventory_bp), kScale);
  }
  return 0;
}

CapCheck check_cap(const ZoneFacts* zone, const Deal& deal, const RoutePolicy& policy) {
  CapCheck check;
  if (zone) check.cap_cents = cap_cents(*zone, enum_of<CapMethod>(policy.cap_method).value_or(CapMethod::basic));
  if (deal.value_cents.value_or(0) == 0) return check;
  const std::int64_t value = *deal.value_cents;
  if (!zone) {
    if (policy.cap_unknown_zone != "allow") check.verdict = CapVerdict::unknown_zone;
  } else if (!deal.currency.empty() && !zone->currency.empty() && deal.currency != zone->currency) {
    check.verdict = CapVerdict::currency_mismatch;
  } else if (value <= *check.cap_cents) {
    check.verdict = CapVerdict::ok;
  } else if (Int128{value} * 10000 > Int128{*check.cap_cents} * policy.cap_hard_bp) {
    check.verdict = CapVerdict::hard;
  } else {
    check.verdict = CapVerdict::exceeded;
  }
  return check;
}

bool asks_again(const CapCheck& check, Phase phase, std::int64_t value_cents, std::int64_t approved_cents,
                std::int64_t asked_cents) {
  return phase == Phase::routed && (check.verdict == CapVerdict::exceeded || check.verdict == CapVerdict::hard) &&
         value_cents > approved_cents && value_cents > asked_cents;
}

}  // namespace millrace::route
