// Senders, channels and switches.
#include <algorithm>

#include "topology/dispatch/fold.h"
#include "topology/topics.h"

namespace millrace::dispatch {

namespace {

constexpr DurationMs kArmWarningMs = 3 * kDayMs;
constexpr std::size_t kBatch = 100;

struct ProviderSetting {
  std::string provider;
  static constexpr auto fields() { return FieldList{field("provider", &ProviderSetting::provider)}; }
};

struct SwitchBody {
  std::string action, actor, connector, reason, scope, status;
  static constexpr auto fields() {
    return FieldList{field("action", &SwitchBody::action), field("actor", &SwitchBody::actor),
                      field("connector", &SwitchBody::connector), field("reason", &SwitchBody::reason),
                      field("scope", &SwitchBody::scope), field("status", &SwitchBody::status)};
  }
};

}  // namespace

Verdict DispatchFold::sender_defined(const SenderDefined& e, Step& step) {
  if (!enum_of<Channel>(e.channel)) return Verdict::dead("bad_field:channel");
  if (e.timezone && !environment().zones->known(*e.timezone)) return Verdict::dead("bad_field:timezone");
  if (e.daily_cap && *e.daily_cap < 0) return Verdict::dead("bad_field:daily_cap");
  std::vector<std::string>& ids = tables_.tenants.edit(step.tenant).senders[e.channel];
  const auto place = std::lower_bound(ids.begin(), ids.end(), e.sender_id);
  if (place == ids.end() || *place != e.sender_id) ids.insert(place, e.sender_id);
  SenderRow& row = tables_.senders.edit(key_of(step.tenant, e.channel, e.sender_id));
  row.address = e.address;
  row.name = e.name.value_or("");
  row.company = e.company.value_or("");
  row.postal_address = e.postal_address.value_or("");
  row.booking_url = e.booking_url.value_or("");
  row.domain = e.domain.value_or("");
  row.timezone = e.timezone.value_or("UTC");
  row.daily_cap = e.daily_cap;
  for (const char* reason : {"warm_up/", "provider_down/"}) {
    tables_.queues.release(step.tenant, reason + e.channel, step);
    tables_.queues.release(step.tenant, reason + e.channel + ":" + e.sender_id, step);
  }
  return Verdict::handled();
}

Verdict DispatchFold::channel_config(const ChannelConfig& e, Step& step) {
  if (!enum_of<Channel>(e.channel)) return Verdict::dead("bad_field:channel");
  for (const auto& [scope, max] : e.limits)
    if (!enum_of<Scope>(scope) || max < 0) return Verdict::dead("bad_field:limits");
  ProviderSetting setting;
  std::string problem;
  const bool readable = !e.settings.text.empty() && wire::decode_text(e.settings.text, setting, problem);
  ChannelRow& row = tables_.tenants.edit(step.tenant).channels[e.channel];
  row.enabled = e.enabled.value_or(true);
  row.limits = e.limits;
  row.provider = readable && !setting.provider.empty();
  for (const char* reason : {"limit:channel_hour/", "limit:channel_day/"})
    tables_.queues.release(step.tenant, reason + e.channel, step);
  return Verdict::handled();
}

// --- the kill switch ------------------------------------------------------------------------------------------------

Verdict DispatchFold::kill_switch(const KillSwitch& e, Step& step) {
  if (e.scope != "tenant" && e.scope != "global") return Verdict::dead("bad_field:scope");
  const bool global = e.scope == "global";
  const std::string tenant = global ? "_" : step.tenant;
  tables_.tenants.edit(tenant).kill = e.on;
  if (e.on)
    revoke_before(tenant, e.scope, step);
  else if (global)
    step.set_timer(step.now_ms, "lift", "_/");
  else
    tables_.queues.release(tenant, "kill_switch/", step);
  ledger().append(step, "control", e.actor, tenant,
                  to_json(SwitchBody{"kill_switch", e.actor, {}, e.reason, e.scope, e.on ? "on" : "off"}));
  return Verdict::handled();
}

// The global switch is off: what waits for it runs again, tenant by tenant.
void DispatchFold::lift_global(std::string_view after, Step& step) {
  std::vector<std::string> tenants;
  tables_.tenants.scan({}, after, [&](std::string_view id, const TenantRow&) {
    tenants.emplace_back(id);
    return tenants.size() < kBatch;
  });
  for (const std::string& tenant : tenants) tables_.queues.release(tenant, "kill_switch/", step);
  if (tenants.size() >= kBatch) step.set_timer(step.now_ms, "lift", "_/" + tenants.back());
}

// --- arming ---------------------------------------------------------------------------------------------------------

Verdict DispatchFold::connector_armed(const ConnectorArmed& e, Step& step) {
  if (!enum_of<Channel>(e.connector)) return Verdict::handled();  // of another stage
  const std::string& tenant = step.tenant;
  const std::string key = key_of(tenant, e.connector);
  TenantRow& row = tables_.tenants.edit(tenant);
  const auto held = row.armed.find(e.connector);
  const bool was_armed = held != row.armed.end() && held->second > step.now_ms;
  if (held != row.armed.end()) {
    step.cancel_timer(held->second, "arm_end", key);
    step.cancel_timer(held->second - kArmWarningMs, "arm_warn", key);
    row.armed.erase(held);
  }
  if (e.armed) {
    const TimeMs until = step.now_ms + settings(tenant, step).dispatch.arm_ttl_ms;
    row.armed[e.connector] = until;
    step.set_timer(until, "arm_end", key);
    step.set_timer(until - kArmWarningMs, "arm_warn", key);
    if (!was_armed) {
      ++row.new_armings;
      step.set_timer(step.now_ms, "arm", tenant);
    }
  }
  ledger().append(step, "arm", e.actor, e.connector,
                  to_json(SwitchBody{"connector_armed", e.actor, e.connector, e.reason, {}, e.armed ? "armed" : "disarmed"}));
  return Verdict::handled();
}

// The first tick after arming: what dry runs have counted so far no longer counts.
void DispatchFold::new_book(const std::string& tenant, Step& step) {
  TenantRow& row = tables_.tenants.edit(tenant);
  const std::string old = ring_prefix(tenant, row.armings);
  row.armings += std::exchange(row.new_armings, 0);
  step.set_timer(step.now_ms, "tidy", old);
}

void DispatchFold::tidy(const std::string& prefix, Step& step) {
  if (tables_.rings.erase_some(prefix, kBatch)) step.set_timer(step.now_ms, "tidy", prefix);
}

void DispatchFold::armed_until(const std::string& tenant, const std::string& connector, bool warning, Step& step) {
  TenantRow& row = tables_.tenants.edit(tenant);
  const auto held = row.armed.find(connector);
  if (held == row.armed.end()) return;
  if (warning) return alert(tenant, "arming_expires", "warning", connector, "in three days", step);
  row.armed.erase(held);
  alert(tenant, "arming_expired", "warning", connector, {}, step);
  ledger().append(step, "arm", "dispatch", connector, to_json(SwitchBody{"connector_armed", {}, connector, {}, {}, "expired"}));
}

}  // namespace millrace::dispatch
