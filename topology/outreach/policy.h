// The policy keys of outreach (spec/outreach.md), and the tables that an operator may add to.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "topology/policy/policy.h"

namespace millrace::outreach {

struct OutreachPolicy {
  std::vector<std::string> channels = {"email", "linkedin", "contact_form"};  // in the order of their use
  std::int64_t exhaust_ms = 1'209'600'000;       // silence after the last step until lead.sequence_exhausted
  std::int64_t linkedin_wait_ms = 604'800'000;   // for a connection request to be answered
  std::vector<std::string> generic_cc = {"ai", "cc", "co", "fm", "gg", "io", "ly", "me", "so", "to", "tv"};
  std::int64_t review_ttl_ms = 604'800'000;      // of REPLY items, the key of route's review queue
  std::int64_t arm_ttl_ms = 2'592'000'000;       // after which an arming expires

  // [outreach.country_names], lower case -> code.
  std::map<std::string, std::string> country_names;
  // [sequence.<name>] days: what seeds version 1 of a sequence.
  std::map<std::string, std::vector<std::int64_t>> sequences;

  static constexpr auto keys() {
    return std::tuple{policy_key("outreach.channels", &OutreachPolicy::channels),
                      policy_key("outreach.exhaust_ms", &OutreachPolicy::exhaust_ms),
                      policy_key("outreach.linkedin_wait_ms", &OutreachPolicy::linkedin_wait_ms),
                      policy_key("outreach.generic_cc", &OutreachPolicy::generic_cc),
                      policy_key("route.review.ttl_ms", &OutreachPolicy::review_ttl_ms),
                      policy_key("governance.arm_ttl_ms", &OutreachPolicy::arm_ttl_ms)};
  }
  void load(const Policy& policy, std::string_view tenant);
};

}  // namespace millrace::outreach
