// What channels contribute, by removing each from the graph of journeys (spec/attribution.md section 8, rule
// attribution.markov).
//
// MK-1  The walk is integer mass from (start); it ends after 1024 rounds at the latest, so no cycle runs for ever.
// MK-2  Shares add up to 10000 when anything converted.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace millrace::attribution {

inline constexpr std::string_view kStart = "(start)", kConverted = "(conv)", kNull = "(null)";

// from -> to -> how often.
using Transitions = std::map<std::string, std::map<std::string, std::int64_t>>;
// Counts one closed journey, `times` times: (start) -> channels -> result. A journey without a channel is not counted.
void count_journey(Transitions& graph, std::span<const std::string> channels, std::string_view result,
                   std::int64_t times = 1);

struct MarkovResult {
  std::int64_t conversion_bp = 0;
  std::map<std::string, std::int64_t> removal_effect_bp, share_bp;  // empty when nothing converted
};
MarkovResult markov(const Transitions& graph);

}  // namespace millrace::attribution
