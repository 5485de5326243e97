// What a producer's message becomes: a fact of the front door, or nothing (spec/gateway.md section 1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace millrace::gateway {

struct Fact {
  std::string id, source, tenant, type;
  TimeMs time_ms = 0;
  std::string data;  // canonical JSON
};

// Exactly one of the three: a fact, a reason for which the message is refused, or neither, when it tells nothing that is
// taken (counted `ignored`).
struct Mapped {
  std::optional<Fact> fact;
  std::string_view refused = {};
  bool ignored() const { return !fact && refused.empty(); }
};

}  // namespace millrace::gateway
