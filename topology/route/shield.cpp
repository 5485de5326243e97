#include "topology/route/shield.h"

#include <algorithm>

#include "core/arith.h"

namespace millrace::route {

ShieldState shield_state(std::int64_t value_bp, ShieldLimits limits) {
  if (value_bp >= limits.critical_bp) return ShieldState::critical;
  if (value_bp >= limits.warning_bp) return ShieldState::warning;
  return ShieldState::safe;
}

std::optional<ShieldLimits> builtin_limits(std::string_view shield) {
  if (shield == kZoneExposure) return ShieldLimits{6000, 8000};
  if (shield == kLostRate) return ShieldLimits{8000, 9500};
  return std::nullopt;
}

const ShieldReading* worst(std::span<const ShieldReading> readings) {
  const ShieldReading* found = nullptr;
  for (const ShieldReading& each : readings)
    if (!found || each.state > found->state) found = &each;
  return found;
}

std::int64_t exposure_bp(std::int64_t exposed_cents, std::int64_t capacity_cents) {
  if (exposed_cents <= 0) return 0;
  if (exposed_cents >= capacity_cents) return 10000;
  return rdiv(Int128{exposed_cents} * 10000, capacity_cents);
}

std::int64_t lost_rate_bp(std::int64_t lost, std::int64_t n) {
  return n < static_cast<std::int64_t>(kLostMinimum) ? 0 : rdiv(Int128{lost} * 10000, n);
}

bool is_lost_trigger(std::string_view trigger) {
  return trigger == "replied_negative" || trigger == "unsubscribed" || trigger == "complained" ||
         trigger == "deal_lost";
}

}  // namespace millrace::route
