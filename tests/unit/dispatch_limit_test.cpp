#include <doctest/doctest.h>

#include "topology/dispatch/policy.h"

using namespace millrace;
using namespace millrace::dispatch;

namespace {

// So many reservations at every scope, the one that frees it at `ts`.
struct Full final : Reserved {
  std::int64_t count;
  TimeMs ts;
  std::vector<Scope> asked;
  Full(std::int64_t n, TimeMs at) : count(n), ts(at) {}
  Counted counted(Scope scope, TimeMs, std::int64_t) override {
    asked.push_back(scope);
    return {count, ts};
  }
};

}  // namespace

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("LI-1: scopes are tested in the order of the table") {
  Full none(0, 0);
  CHECK_FALSE(check_limits({false, false, true}, LimitPolicy().of(Channel::email), kDayMs, none).scope);
  CHECK(none.asked == std::vector{Scope::lead_cooldown, Scope::lead_7d, Scope::lead_total, Scope::lead_any_24h, Scope::domain_day,
                                  Scope::channel_hour, Scope::channel_day, Scope::campaign_day, Scope::global_day});
}

TEST_CASE("LI-4: an operator's message skips lead_* and domain_day and meets operator_send") {
  Full none(0, 0);
  check_limits({true, true, true}, LimitPolicy().of(Channel::contact_form), kDayMs, none);
  CHECK(none.asked == std::vector{Scope::url_24h, Scope::channel_hour, Scope::channel_day, Scope::campaign_day, Scope::global_day, Scope::operator_send});
}

TEST_CASE("LI-3: a rolling scope frees when its oldest counted reservation leaves") {
  Full full(1, 5000);
  const auto v = check_limits({}, LimitPolicy().of(Channel::email), 6000, full);
  CHECK(v.scope == Scope::lead_cooldown);
  CHECK(v.retry_at_ms == 5000 + kDayMs);
}

TEST_CASE("a limit of 0 is full until the next UTC midnight") {
  Full none(0, 0);
  Limits limits;
  limits[index_of(Scope::channel_hour)] = 0;
  const auto v = check_limits({}, limits, kDayMs + 5, none);
  CHECK(v.scope == Scope::channel_hour);
  CHECK(v.retry_at_ms == 2 * kDayMs);
}

TEST_SUITE_END();
