#include "topology/route/gate.h"

#include <utility>

namespace millrace::route {

std::optional<Phase> phase_of(std::string_view status) {
  static constexpr std::pair<std::string_view, Phase> phases[] = {
      {"NEW", Phase::pending},           {"ENRICHED", Phase::pending},    {"MANUAL_REVIEW", Phase::review},
      {"QUALIFIED", Phase::qualified},   {"ROUTED", Phase::routed},       {"CONTACTED", Phase::routed},
      {"REPLIED", Phase::routed},        {"WON", Phase::terminal},        {"LOST", Phase::terminal},
      {"INVALID", Phase::terminal},      {"UNSUBSCRIBED", Phase::terminal}, {"SUPPRESSED", Phase::terminal},
      {"MERGED", Phase::terminal},       {"ERASED", Phase::terminal}};
  for (const auto& [name, phase] : phases)
    if (name == status) return phase;
  return std::nullopt;
}

Gate gate(Phase phase, bool routed) {
  switch (phase) {
    case Phase::routed: return Gate::already_routed;
    case Phase::qualified: return routed ? Gate::already_routed : Gate::pass;
    case Phase::terminal: return Gate::rejected_lead;
    case Phase::pending: return Gate::qualification_pending;
    case Phase::review: return Gate::review_required;
  }
  return Gate::pass;
}

}  // namespace millrace::route
