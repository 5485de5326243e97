#include "topology/attribution/match.h"

namespace millrace::attribution {

std::optional<KeyKind> kind_of_key(std::string_view key) {
  if (key.starts_with("click:")) return KeyKind::click;
  if (key.starts_with("fp:")) return KeyKind::fp;
  if (key.starts_with("ipua:")) return KeyKind::ipua;
  return std::nullopt;
}

Layer layer_of(KeyKind kind, const AttributionPolicy& policy) {
  switch (kind) {
    case KeyKind::click: return {1, "click_id", policy.confidence_click_bp};
    case KeyKind::fp: return {2, "fingerprint", policy.confidence_fp_bp};
    case KeyKind::ipua: return {3, "ip_ua", policy.confidence_ipua_bp};
  }
  return kUnattributed;
}

bool accepts(KeyKind kind, TimeMs clicked_ms, TimeMs t_ms, const AttributionPolicy& policy) {
  const DurationMs window = kind == KeyKind::click ? policy.window_click_ms
                            : kind == KeyKind::fp  ? policy.window_fp_ms
                                                   : policy.window_ipua_ms;
  return clicked_ms <= t_ms && t_ms - clicked_ms <= window;
}

KeyMatch match_at(KeyKind kind, std::span<const ClickAt> clicks, TimeMs t_ms, const AttributionPolicy& policy) {
  KeyMatch found;
  std::int64_t accepted = 0;
  for (std::size_t i = 0; i < clicks.size(); ++i) {
    if (!accepts(kind, clicks[i].clicked_ms, t_ms, policy)) continue;
    ++accepted;
    if (found.best) {
      const ClickAt& best = clicks[*found.best];
      if (clicks[i].clicked_ms < best.clicked_ms) continue;
      if (clicks[i].clicked_ms == best.clicked_ms && clicks[i].click_id >= best.click_id) continue;
    }
    found.best = i;
  }
  if (kind != KeyKind::click && accepted > policy.crowd_max) return {std::nullopt, true};
  return found;
}

LateAction late_action(MatchAt current, MatchAt late, TimeMs credited_ms, TimeMs arrived_ms, DurationMs late_ms) {
  if (arrived_ms - credited_ms > late_ms) return LateAction::late_dropped;
  const auto rank = [](std::int64_t layer) { return layer == 0 ? 9 : layer; };
  if (rank(late.layer) < rank(current.layer)) return LateAction::restate;
  if (rank(late.layer) == rank(current.layer) && late.click_ms > current.click_ms) return LateAction::restate;
  return LateAction::keep;
}

}  // namespace millrace::attribution
