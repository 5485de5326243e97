// The policy keys of attribution (spec/attribution.md). All of them can be set per tenant.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "topology/policy/policy.h"

namespace millrace::attribution {

struct AttributionPolicy {
  bool count_opens = false;
  std::int64_t window_click_ms = 604'800'000, window_fp_ms = 604'800'000, window_ipua_ms = 86'400'000;
  std::int64_t confidence_click_bp = 10000, confidence_fp_bp = 9000, confidence_ipua_bp = 7000;
  std::int64_t crowd_max = 3;
  std::int64_t late_ms = 86'400'000;
  std::int64_t lookback_ms = 7'776'000'000;
  std::int64_t half_life_ms = 604'800'000;
  std::int64_t keep_ms = 15'552'000'000;
  std::int64_t markov_every = 50;
  std::vector<std::string> models = {"matched",    "first",    "last",    "linear",
                                     "time_decay", "position", "shapley", "markov"};
  std::map<std::string, std::string> platform_alias = {
      {"adwords", "google"}, {"bing", "microsoft"}, {"facebook", "meta"}, {"fb", "meta"}, {"ig", "meta"},
      {"instagram", "meta"}};  // [attribution.platform_alias] is laid over these

  static constexpr auto keys() {
    using P = AttributionPolicy;
    return std::tuple{policy_key("attribution.count_opens", &P::count_opens),
                      policy_key("attribution.window.click_ms", &P::window_click_ms),
                      policy_key("attribution.window.fp_ms", &P::window_fp_ms),
                      policy_key("attribution.window.ipua_ms", &P::window_ipua_ms),
                      policy_key("attribution.confidence.click_bp", &P::confidence_click_bp, 0, 10000),
                      policy_key("attribution.confidence.fp_bp", &P::confidence_fp_bp, 0, 10000),
                      policy_key("attribution.confidence.ipua_bp", &P::confidence_ipua_bp, 0, 10000),
                      policy_key("attribution.crowd_max", &P::crowd_max, 1),
                      policy_key("attribution.late_ms", &P::late_ms),
                      policy_key("attribution.lookback_ms", &P::lookback_ms, 1),
                      policy_key("attribution.half_life_ms", &P::half_life_ms, 1),
                      policy_key("attribution.keep_ms", &P::keep_ms, 1),
                      policy_key("attribution.markov.every", &P::markov_every, 1),
                      policy_key("attribution.models", &P::models)};
  }
  void load(const Policy& policy, std::string_view tenant) {
    for (const auto& [name, value] : policy.table("attribution.platform_alias", tenant))
      if (const auto* platform = std::get_if<std::string>(&value)) {
        std::string key = name;  // names are compared in lower case
        for (char& c : key)
          if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        platform_alias[key] = *platform;
      }
  }
};

}  // namespace millrace::attribution
