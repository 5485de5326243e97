// Shields of zones: their limits and values, and what a change of state sets off.
#include <algorithm>

#include "topology/route/route_fold.h"

namespace millrace::route {

namespace {

// What the ledger keeps of a change of state.
struct ShieldChange {
  std::string action, name, state, zone;
  std::int64_t value_bp = 0;
  static constexpr auto fields() {
    return FieldList{field("action", &ShieldChange::action), field("name", &ShieldChange::name),
                      field("state", &ShieldChange::state), field("value_bp", &ShieldChange::value_bp),
                      field("zone", &ShieldChange::zone)};
  }
};

const ShieldEntry* entry_of(const ShieldRow* row, std::string_view name) {
  if (!row) return nullptr;
  const auto found = row->by_name.find(std::string(name));
  return found == row->by_name.end() ? nullptr : &found->second;
}

std::optional<ShieldLimits> limits_in(const ShieldRow* row, std::string_view name) {
  const ShieldEntry* entry = entry_of(row, name);
  if (!entry || !entry->warning_bp || !entry->critical_bp) return std::nullopt;
  return ShieldLimits{*entry->warning_bp, *entry->critical_bp};
}

// SH-2
std::optional<ShieldLimits> limits_of(const ShieldRow* own, const ShieldRow* every, std::string_view name) {
  if (const auto limits = limits_in(own, name)) return limits;
  if (const auto limits = limits_in(every, name)) return limits;
  return builtin_limits(name);
}

std::string_view state_reason(ShieldState state) {
  switch (state) {
    case ShieldState::critical: return "shield_critical";
    case ShieldState::warning: return "shield_warning";
    case ShieldState::safe: break;
  }
  return "shield_safe";
}

std::string_view severity_of(ShieldState state) {
  switch (state) {
    case ShieldState::critical: return "critical";
    case ShieldState::warning: return "warning";
    case ShieldState::safe: break;
  }
  return "info";
}

}  // namespace

Verdict RouteFold::shield_defined(const ShieldDefined& e, Step& step) {
  if (!is_rate(e.critical_bp)) return Verdict::dead("bad_field:critical_bp");
  if (!is_rate(e.warning_bp) || e.warning_bp > e.critical_bp) return Verdict::dead("bad_field:warning_bp");
  const bool every = e.zone == "*";
  const std::string at = every ? every_zone_key(step.tenant) : zone_key(step.tenant, e.zone);
  ShieldEntry& entry = shields_.edit(at).by_name[e.name];
  entry.warning_bp = e.warning_bp;
  entry.critical_bp = e.critical_bp;
  if (every) refresh_every_zone(e.name, true, step);
  else refresh_shields(e.zone, at, step);
  return Verdict::handled();
}

Verdict RouteFold::shield_value(const ShieldValue& e, Step& step) {
  if (!is_rate(e.value_bp)) return Verdict::dead("bad_field:value_bp");
  if (builtin_limits(e.name)) return Verdict::dead("bad_field:name", "route computes this shield itself");
  const bool every = e.zone == "*";
  const std::string at = every ? every_zone_key(step.tenant) : zone_key(step.tenant, e.zone);
  if (!limits_of(shields_.find(at), shields_.find(every_zone_key(step.tenant)), e.name))
    return Verdict::dead("unknown_shield");
  ShieldEntry& entry = shields_.edit(at).by_name[e.name];
  const bool lowered = entry.value_bp.value_or(0) > e.value_bp;
  entry.value_bp = e.value_bp;
  if (every) refresh_every_zone(e.name, lowered, step);
  else refresh_shields(e.zone, at, step);
  return Verdict::handled();
}

std::vector<ShieldReading> RouteFold::shield_readings(std::string_view tenant, std::string_view at_zone) {
  const ShieldRow* own = shields_.find(at_zone);
  const ShieldRow* every = shields_.find(every_zone_key(tenant));
  std::vector<ShieldReading> readings;
  const auto add = [&](std::string_view name, std::int64_t value) {
    if (const auto limits = limits_of(own, every, name))
      readings.push_back({std::string(name), value, *limits, route::shield_state(value, *limits)});
  };
  if (const ZoneRow* zone = zones_.find(at_zone); zone && zone->defined && zone->capacity_cents > 0)
    add(kZoneExposure, exposure_bp(zone->exposed_cents, zone->capacity_cents));
  if (const ContactedRow* window = contacted_.find(at_zone))
    add(kLostRate, lost_rate_bp(window->lost, static_cast<std::int64_t>(window->leads.size())));
  if (own)
    for (const auto& [name, entry] : own->by_name)
      if (entry.value_bp) add(name, *entry.value_bp);
  if (every)
    for (const auto& [name, entry] : every->by_name)
      if (const ShieldEntry* mine = entry_of(own, name); entry.value_bp && !(mine && mine->value_bp))
        add(name, *entry.value_bp);
  return readings;
}

void RouteFold::refresh_shields(std::string_view zone, std::string_view at_zone, Step& step) {
  std::vector<ShieldReading> readings = shield_readings(step.tenant, at_zone);
  const auto has = [&](std::string_view name) {
    return std::any_of(readings.begin(), readings.end(), [&](const ShieldReading& each) { return each.name == name; });
  };
  if (!has(kZoneExposure)) readings.push_back({std::string(kZoneExposure)});  // switched off: SAFE
  bool relieved = false;
  for (const ShieldReading& each : readings) {
    const ShieldEntry* told = entry_of(shields_.find(at_zone), each.name);
    if (!builtin_limits(each.name) && !(told && told->value_bp)) continue;  // a value of "*" is told once, for "*"
    const ShieldState before = told ? told->state : ShieldState::safe;
    if (before == each.state) continue;
    shields_.edit(at_zone).by_name[each.name].state = each.state;
    tell_shield(zone, each.name, each.value_bp, each.state, step);
    relieved = relieved || before == ShieldState::critical;
  }
  if (!relieved) return;
  bool waiting = false;
  shield_items_.scan(std::string(at_zone) + "/", "", [&](std::string_view, const ShieldItemRow&) {
    waiting = true;
    return false;
  });
  if (waiting) start_sweep(zone, "shield", step);
}

void RouteFold::refresh_every_zone(const std::string& name, bool lowered, Step& step) {
  const std::string at = every_zone_key(step.tenant);
  const ShieldRow* every = shields_.find(at);
  const ShieldEntry* entry = entry_of(every, name);
  const auto limits = limits_in(every, name);
  bool relieved = lowered;
  if (entry && entry->value_bp && limits) {
    const ShieldState state = route::shield_state(*entry->value_bp, *limits), before = entry->state;
    if (state != before) {
      relieved = relieved || before == ShieldState::critical;
      const std::int64_t value = *entry->value_bp;
      shields_.edit(at).by_name[name].state = state;
      if (partition().value == 0) tell_shield("*", name, value, state, step);
    }
  }
  if (!relieved) return;
  bool waiting = false;
  shield_items_.scan(step.tenant + "/", "", [&](std::string_view, const ShieldItemRow&) {
    waiting = true;
    return false;
  });
  if (waiting) start_sweep("*", "shield", step);
}

void RouteFold::tell_shield(std::string_view zone, std::string_view name, std::int64_t value_bp, ShieldState state,
                            Step& step) {
  AlertContext context;
  context.subject = std::string(zone).append(1, '/').append(name);
  context.shield = name;
  context.value_bp = value_bp;
  context.zone = zone;
  alert(state_reason(state), severity_of(state), context, step);
  const ShieldChange change{"shield_state", std::string(name), std::string(name_of(state)), std::string(zone), value_bp};
  ledger().append(step, "action", "", context.subject, to_json(change));
}

}  // namespace millrace::route
