// Which click a conversion belongs to (spec/attribution.md section 5, rules attribution.match and attribution.late).
//
// MA-1  Keys are asked in order; the first that accepts a click decides, and a crowd is no match.
// MA-2  The best click of a key is the newest, then the one with the smallest id.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "topology/attribution/policy.h"

namespace millrace::attribution {

enum class KeyKind { click, fp, ipua };
constexpr std::array<std::string_view, 3> enum_names(KeyKind) { return {"click", "fp", "ipua"}; }
// Of "click:gclid=G", "fp:…", "ipua:…" (without the tenant); nullopt for another key.
std::optional<KeyKind> kind_of_key(std::string_view key);

struct Layer {
  std::int64_t layer;
  std::string_view method;
  std::int64_t confidence_bp;
};
Layer layer_of(KeyKind kind, const AttributionPolicy& policy);
inline constexpr Layer kUnattributed{0, "unattributed", 0};

// Whether a click at `clicked_ms` may be the cause of something at t.
bool accepts(KeyKind kind, TimeMs clicked_ms, TimeMs t_ms, const AttributionPolicy& policy);

struct ClickAt {
  std::string_view click_id;
  TimeMs clicked_ms;
};
struct KeyMatch {
  std::optional<std::size_t> best;  // index of the click
  bool ambiguous = false;           // more clicks than crowd_max: an office, a shared device
};
// What one key answers about its clicks.
KeyMatch match_at(KeyKind kind, std::span<const ClickAt> clicks, TimeMs t_ms, const AttributionPolicy& policy);

enum class LateAction { restate, keep, late_dropped };
constexpr std::array<std::string_view, 3> enum_names(LateAction) { return {"restate", "keep", "late_dropped"}; }
struct MatchAt {
  std::int64_t layer;
  TimeMs click_ms;
};
// What a click that arrives after the credit changes. Layer 0 counts as 9.
LateAction late_action(MatchAt current, MatchAt late, TimeMs credited_ms, TimeMs arrived_ms, DurationMs late_ms);

}  // namespace millrace::attribution
