// Shields: readings that hold or slow down a whole zone (spec/route.md section 7, rules route.shield and
// route.lost_rate).
//
// SH-1  A reading is CRITICAL from its critical limit on, WARNING from its warning limit on, else SAFE.
// SH-2  A zone's own definition and value come before those for all zones ("*"); those before the built-in limits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace::route {

enum class ShieldState { safe, warning, critical };
constexpr std::array<std::string_view, 3> enum_names(ShieldState) { return {"SAFE", "WARNING", "CRITICAL"}; }

struct ShieldLimits {
  std::int64_t warning_bp, critical_bp;
};
ShieldState shield_state(std::int64_t value_bp, ShieldLimits limits);

inline constexpr std::string_view kZoneExposure = "zone_exposure";
inline constexpr std::string_view kLostRate = "lost_rate";
// Limits of the shields that route computes itself; nullopt for another name.
std::optional<ShieldLimits> builtin_limits(std::string_view shield);

struct ShieldReading {
  std::string name;
  std::int64_t value_bp = 0;
  ShieldLimits limits{0, 0};
  ShieldState state = ShieldState::safe;
};
// The most serious of the readings, the first of equals; null when there is none.
const ShieldReading* worst(std::span<const ShieldReading> readings);

// min(10000, exposed * 10000 / capacity). Needs: capacity_cents > 0.
std::int64_t exposure_bp(std::int64_t exposed_cents, std::int64_t capacity_cents);

inline constexpr std::size_t kLostWindow = 100;   // contacted leads that count
inline constexpr std::size_t kLostMinimum = 20;   // fewer say nothing
// lost * 10000 / n over the contacted leads that count; 0 below the minimum.
std::int64_t lost_rate_bp(std::int64_t lost, std::int64_t n);
// Whether leaving by this trigger counts as lost; silence, exhausted sequences, DNC, merges and erasures do not.
bool is_lost_trigger(std::string_view trigger);

}  // namespace millrace::route
