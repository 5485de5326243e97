// The channel of a touch, the kind of place it came from: "ad:<platform>", "email", …, "organic" (spec/attribution.md
// section 3, rule attribution.channel).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "topology/attribution/policy.h"

namespace millrace::attribution {

struct Origin {
  std::string_view kind;
  std::string_view platform = {};
  const std::map<std::string, std::string>* click_ids = nullptr;
  std::string_view utm_medium = {}, utm_source = {};
  std::string_view message_channel = {};  // of a message of ours
};
// The first rule that applies decides.
std::string channel_of(const Origin& origin, const AttributionPolicy& policy);

}  // namespace millrace::attribution
