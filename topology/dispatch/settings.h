// The policy of a tenant as dispatch uses it, worked out once.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/keys.h"
#include "topology/dispatch/policy.h"
#include "topology/policy/engine_policy.h"

namespace millrace::dispatch {

struct Settings {
  Settings(const Policy& policy, std::string_view tenant, const TimeZones& time_zones, Keyring& keys)
      : dispatch(policy.of<DispatchPolicy>(tenant)), zones(time_zones), zone(policy.of<TenantPolicy>(tenant).timezone) {
    for (std::size_t i = 0; i < kChannels; ++i)
      limits[i] = policy.of<LimitPolicy>(tenant).of(static_cast<Channel>(i));
    for (const std::string& domain : dispatch.free_domains) free_domains.insert(keys.token(tenant, "domain", domain));
    if (!zones.known(zone)) zone = "UTC";
  }

  const DispatchPolicy& dispatch;
  const TimeZones& zones;
  std::string zone;                      // of recipients that have none
  std::array<Limits, kChannels> limits;  // by channel
  std::unordered_set<std::string> free_domains;  // tokens of domains that everybody shares

  // next_open() of the window, or of the quiet hours alone. Most questions of a night are the same one.
  std::optional<TimeMs> opens(const std::string& recipient_zone, bool quiet_only, TimeMs now) const {
    Closed& closed = closed_[quiet_only][recipient_zone];
    if (closed.from_ms <= now && now < closed.until_ms) return closed.until_ms;
    const auto next = next_open(quiet_only ? dispatch.window.quiet_only() : dispatch.window, zones, recipient_zone, now);
    if (next && *next > now) closed = {now, *next};
    return next;
  }

 private:
  struct Closed {
    TimeMs from_ms = 0, until_ms = 0;
  };
  mutable std::array<std::unordered_map<std::string, Closed>, 2> closed_;
};

}  // namespace millrace::dispatch
