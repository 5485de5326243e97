// How a policy changes: policy.* of the policy itself (spec/conventions.md section 7).
#pragma once

#include <cstdint>
#include <tuple>

#include "topology/control/policy_change.h"
#include "topology/policy/policy.h"

namespace millrace::control {

struct ChangePolicy {
  std::int64_t approvals = 1;           // of different people, the author not among them
  std::int64_t ttl_ms = kPolicyTtlMs;  // after which an open review expires
  static constexpr auto keys() {
    return std::tuple{policy_key("policy.approvals", &ChangePolicy::approvals, 1, 10),
                      policy_key("policy.ttl_ms", &ChangePolicy::ttl_ms, kHourMs, 366 * kDayMs)};
  }
};

}  // namespace millrace::control
