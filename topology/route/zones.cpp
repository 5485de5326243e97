// What operators define of zones and owners, and the top list of a zone.
#include <algorithm>

#include "topology/events/alerts.h"
#include "topology/route/route_fold.h"

namespace millrace::route {

namespace {

// Larger amounts are no prices; caps computed from smaller ones fit 64 bits.
constexpr std::int64_t kMoneyMax = 9'000'000'000'000'000;

constexpr bool is_money(std::int64_t cents) { return cents >= 0 && cents <= kMoneyMax; }

std::string owner_zone_key(std::string_view tenant, std::string_view zone, std::string_view owner_id) {
  return under(zone == "*" ? every_zone_key(tenant) : zone_key(tenant, zone), owner_id);
}

}  // namespace

Verdict RouteFold::zone_defined(const ZoneDefined& e, Step& step) {
  if (!is_money(e.average_price_cents)) return Verdict::dead("bad_field:average_price_cents");
  if (!is_rate(e.risk_bp)) return Verdict::dead("bad_field:risk_bp");
  if (!is_rate(e.inventory_bp.value_or(0))) return Verdict::dead("bad_field:inventory_bp");
  if (!is_rate(e.demand_bp.value_or(0))) return Verdict::dead("bad_field:demand_bp");
  if (!is_money(e.capacity_cents.value_or(0))) return Verdict::dead("bad_field:capacity_cents");
  const std::string at = zone_key(step.tenant, e.zone);
  ZoneRow& zone = zones_.edit(at);
  // Leads may have been routed here before the zone was defined; their currency was not looked at then.
  const bool sweep = zone.defined || zone.exposed_cents != 0;
  zone.defined = true;
  zone.average_price_cents = e.average_price_cents;
  zone.risk_bp = e.risk_bp;
  zone.inventory_bp = e.inventory_bp.value_or(5000);
  zone.demand_bp = e.demand_bp.value_or(5000);
  zone.capacity_cents = e.capacity_cents.value_or(0);
  zone.currency = e.currency;
  refresh_shields(e.zone, at, step);
  if (sweep) start_sweep(e.zone, "cap", step);
  return Verdict::handled();
}

Verdict RouteFold::owner_defined(const OwnerDefined& e, Step& step) {
  if (e.capacity < 0) return Verdict::dead("bad_field:capacity");
  const std::string key = step.tenant + "/" + e.owner_id;
  OwnerRow& owner = owners_.edit(key);
  for (const std::string& zone : owner.zones) owner_zones_.erase(owner_zone_key(step.tenant, zone, e.owner_id));
  owner.capacity = e.capacity;
  owner.zones = e.zones;
  for (const std::string& zone : owner.zones)
    owner_zones_.edit(owner_zone_key(step.tenant, zone, e.owner_id)).capacity = e.capacity;
  if (!has_owners_.contains(step.tenant)) has_owners_.edit(step.tenant);
  return Verdict::handled();
}

std::vector<Candidate> RouteFold::candidates(std::string_view tenant, std::string_view at_zone) {
  std::vector<Candidate> found;
  const auto collect = [&](const std::string& prefix) {
    owner_zones_.scan(prefix, "", [&](std::string_view key, const OwnerZoneRow& row) {
      found.push_back({std::string(last_part(key)), 0, row.capacity});
      return true;
    });
  };
  collect(std::string(at_zone) + "/");
  collect(every_zone_key(tenant) + "/");
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.owner_id < b.owner_id; });
  found.erase(std::unique(found.begin(), found.end(),
                          [](const Candidate& a, const Candidate& b) { return a.owner_id == b.owner_id; }),
              found.end());
  for (Candidate& each : found)
    if (const OwnerOpenRow* row = owner_open_.find(under(at_zone, each.owner_id))) each.open = row->open;
  return found;
}

void RouteFold::tell_cone(const std::string& at_zone, Step& step) {
  ZoneRow& zone = zones_.edit(at_zone);
  zone.cone_timer_ms = 0;
  std::vector<std::string> top = cone_top(at_zone, policy().of<RoutePolicy>(step.tenant).cone_top_n);
  if (top == zone.cone_sent) return;
  zone.cone_sent = top;
  step.emit({.topic = topics::alerts, .key = step.tenant}, ConeChanged{zone_of_key(at_zone), std::move(top)});
}

}  // namespace millrace::route
