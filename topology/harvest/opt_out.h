// What becomes of a fact whose lead is not known (spec/harvest.md section 7.2).
#pragma once

#include <array>
#include <string_view>

#include "topology/harvest/consent.h"

namespace millrace::harvest {

enum class Unresolved { suppress, park, dlq };
constexpr std::array<std::string_view, 3> enum_names(Unresolved) { return {"suppress", "park", "dlq"}; }

struct UnresolvedVerdict {
  Unresolved action = Unresolved::dlq;
  std::string_view reason;  // of the suppression
};

// `has_email`: the fact names an address. An opt-out takes effect on it though nobody is known by it; what may yet be
// resolved by a message id waits; the rest is a dead letter.
inline UnresolvedVerdict judge_unresolved(std::string_view type, bool has_email, Consent consent) {
  if (has_email) {
    if (type == "engagement.unsubscribed" || type == "lead.erase_requested") return {Unresolved::suppress, "user_request"};
    if (type == "engagement.complained") return {Unresolved::suppress, "complaint"};
    if (type == "consent.changed" && consent == Consent::dnc) return {Unresolved::suppress, "dnc_list"};
  }
  if (type.starts_with("delivery.") || type.starts_with("engagement.")) return {Unresolved::park, {}};
  return {Unresolved::dlq, {}};
}

}  // namespace millrace::harvest
