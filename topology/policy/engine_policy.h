// Policy keys that no single stage owns: chance, tenants' own settings, the tick.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include "topology/policy/policy.h"

namespace millrace {

struct EnginePolicy {
  std::int64_t seed = 1;                  // of all chance (spec/conventions.md section 2)
  std::int64_t tick_ms = 10000;           // period of control.tick
  std::int64_t step_timers = 1000;        // timers that one step may fire
  std::int64_t max_record_bytes = 65536;  // of a front-door record
  static constexpr auto keys() {
    return std::tuple{policy_key("engine.seed", &EnginePolicy::seed, 0, INT64_MAX),
                      policy_key("engine.tick_ms", &EnginePolicy::tick_ms, 100, 3'600'000),
                      policy_key("engine.step_timers", &EnginePolicy::step_timers, 1, 100'000),
                      policy_key("engine.max_record_bytes", &EnginePolicy::max_record_bytes, 1024, 1'048'576)};
  }
};

struct TenantPolicy {
  std::string currency = "USD";  // of amounts that name none
  std::string timezone = "UTC";  // of recipients that have none
  static constexpr auto keys() {
    return std::tuple{policy_key("tenant.currency", &TenantPolicy::currency),
                      policy_key("tenant.timezone", &TenantPolicy::timezone)};
  }
};

}  // namespace millrace
