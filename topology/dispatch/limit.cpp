#include "topology/dispatch/limit.h"

#include "core/time.h"

namespace millrace::dispatch {

bool applies(Scope scope, const LimitAsk& ask) {
  switch (scope) {
    case Scope::lead_cooldown:
    case Scope::lead_7d:
    case Scope::lead_total:
    case Scope::lead_any_24h: return !ask.from_operator;
    case Scope::domain_day: return !ask.from_operator && ask.has_domain;
    case Scope::url_24h: return ask.has_url;
    case Scope::operator_send: return ask.from_operator;
    default: return true;
  }
}

LimitVerdict check_limits(const LimitAsk& ask, const Limits& limits, TimeMs now, Reserved& reserved) {
  const TimeMs midnight = utc_day(now) * kDayMs;
  for (std::size_t i = 0; i < kScopes; ++i) {
    const Scope scope = static_cast<Scope>(i);
    if (!limits[i] || !applies(scope, ask)) continue;
    const std::int64_t max = *limits[i];
    if (max <= 0) return {scope, midnight + kDayMs};
    const DurationMs window = window_of(scope);
    const Counted counted = reserved.counted(scope, window > 0 ? now - window : midnight - 1, max);
    if (counted.count < max) continue;
    return {scope, window > 0 ? counted.freeing_ts + window : midnight + kDayMs};
  }
  return {};
}

}  // namespace millrace::dispatch
