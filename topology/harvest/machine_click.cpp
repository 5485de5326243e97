#include "topology/harvest/machine_click.h"

#include <cstdlib>

namespace millrace::harvest {

namespace {

bool has_neighbour(const std::vector<ClickMark>& others, const ClickMark& click, DurationMs pair_ms) {
  for (const ClickMark& other : others)
    if (other.url != click.url && std::abs(other.at_ms - click.at_ms) <= pair_ms) return true;
  return false;
}

}  // namespace

std::optional<std::int64_t> hold_click(MessageClicks& clicks, ClickMark click) {
  if (clicks.held.size() >= kClicksKept) {
    for (ClickMark& each : clicks.held) each.machine = true;
    return std::nullopt;
  }
  click.number = clicks.next++;
  clicks.held.push_back(std::move(click));
  return clicks.held.back().number;
}

std::vector<DecidedClick> decide_clicks(MessageClicks& clicks, TimeMs now_ms, const MachineClickLimits& limits) {
  std::vector<DecidedClick> out;
  std::size_t due = 0;
  for (; due < clicks.held.size() && clicks.held[due].arrived_ms + limits.pair_ms <= now_ms; ++due) {
    const ClickMark& click = clicks.held[due];
    const bool early = clicks.sent_ms && click.at_ms >= *clicks.sent_ms && click.at_ms - *clicks.sent_ms <= limits.click_ms;
    out.push_back({click.number, click.machine || early || has_neighbour(clicks.held, click, limits.pair_ms) ||
                                     has_neighbour(clicks.decided, click, limits.pair_ms)});
  }
  const auto end = clicks.held.begin() + static_cast<std::ptrdiff_t>(due);
  clicks.decided.insert(clicks.decided.end(), std::make_move_iterator(clicks.held.begin()), std::make_move_iterator(end));
  clicks.held.erase(clicks.held.begin(), end);
  if (clicks.decided.size() > kClicksKept)
    clicks.decided.erase(clicks.decided.begin(), clicks.decided.end() - static_cast<std::ptrdiff_t>(kClicksKept));
  return out;
}

}  // namespace millrace::harvest
