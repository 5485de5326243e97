// Whether the limits allow one more message now, and when they will (spec/dispatch.md section 2, rule dispatch.limit).
//
// LI-1  Scopes are tested in the order of the table; the first that is full is the answer.
// LI-2  A reservation at ts counts while ts > now - window; a UTC day counts from its midnight.
// LI-3  The answer of a rolling scope is the moment at which the (count - max)-th oldest counted reservation leaves.
// LI-4  An operator's message skips lead_* and domain_day, and is the only one that meets operator_send.
// Tests: tests/unit/dispatch_limit_test.cpp, tests/conformance/dispatch.cpp
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.h"
#include "topology/dispatch/channel.h"

namespace millrace::dispatch {

enum class Scope : std::uint8_t {
  lead_cooldown,
  lead_7d,
  lead_total,
  lead_any_24h,
  url_24h,
  domain_day,
  channel_hour,
  channel_day,
  campaign_day,
  global_day,
  operator_send
};
inline constexpr std::size_t kScopes = 11;
constexpr std::array<std::string_view, kScopes> enum_names(Scope) {
  return {"lead_cooldown", "lead_7d",     "lead_total",   "lead_any_24h", "url_24h",      "domain_day",
          "channel_hour",  "channel_day", "campaign_day", "global_day",   "operator_send"};
}
constexpr std::size_t index_of(Scope scope) { return static_cast<std::size_t>(scope); }

// The window of a rolling scope; 0 for the UTC day.
constexpr DurationMs window_of(Scope scope) {
  switch (scope) {
    case Scope::lead_7d: return 7 * kDayMs;
    case Scope::lead_total: return 365 * kDayMs;
    case Scope::channel_hour:
    case Scope::operator_send: return kHourMs;
    case Scope::campaign_day: return 0;
    default: return kDayMs;
  }
}

// What a channel may do; no value: the scope is not tested on it.
using Limits = std::array<std::optional<std::int64_t>, kScopes>;

// What is asked for.
struct LimitAsk {
  bool from_operator = false;
  bool has_url = false;
  bool has_domain = false;  // and the domain is not one that everybody shares
};

// What is reserved already: `count` reservations of the scope count now, exact below max; when they are max or more,
// `freeing_ts` is the timestamp of the (count - max)-th oldest of them, the max-th newest.
struct Counted {
  std::int64_t count = 0;
  TimeMs freeing_ts = 0;
};
class Reserved {
 public:
  virtual ~Reserved() = default;
  // Reservations with ts > after (the UTC day: of the day of `now`).
  virtual Counted counted(Scope scope, TimeMs after, std::int64_t max) = 0;
};

// Whether the scope is tested for such a message on a channel that has it (LI-4).
bool applies(Scope scope, const LimitAsk& ask);

struct LimitVerdict {
  std::optional<Scope> scope;  // that is full; none: allowed
  TimeMs retry_at_ms = 0;
};
LimitVerdict check_limits(const LimitAsk& ask, const Limits& limits, TimeMs now, Reserved& reserved);

}  // namespace millrace::dispatch
