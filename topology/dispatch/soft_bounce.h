// Soft bounces that add up to a hard one (spec/dispatch.md section 5, rule dispatch.soft_bounce).
//
// SB-1  A message counts once, at its first soft bounce; the caller tells only first ones.
// SB-2  Three messages to one address within 30 days suppress it.
#pragma once

#include <algorithm>
#include <vector>

#include "core/ids.h"

namespace millrace::dispatch {

inline constexpr DurationMs kSoftBounceWindowMs = 30 * kDayMs;
inline constexpr std::size_t kSoftBounces = 3;

// `first_ms` holds the first soft bounces of messages to one address, oldest first. True: suppress it.
inline bool note_soft_bounce(std::vector<TimeMs>& first_ms, TimeMs at) {
  first_ms.push_back(at);
  std::erase_if(first_ms, [&](TimeMs t) { return t <= at - kSoftBounceWindowMs; });
  return first_ms.size() >= kSoftBounces;
}

}  // namespace millrace::dispatch
