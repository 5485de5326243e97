// What a zone knows of its leads, and how it follows them.
#include <algorithm>

#include "topology/route/cone.h"
#include "topology/route/route_fold.h"

namespace millrace::route {

namespace {

// Beyond this a single deal says nothing more about exposure; it keeps sums of any number of leads in range.
constexpr std::int64_t kExposureMax = 10'000'000'000'000;

constexpr Severity kLevels[] = {Severity::medium, Severity::high, Severity::critical};

std::string escalate_timer(Severity level) { return std::string(kEscalateTimer).append(name_of(level)); }

}  // namespace

Phase Lead::phase() const { return phase_of(row.last.status).value_or(Phase::pending); }

bool Lead::is_worked() const {
  const Phase at = phase();
  return at == Phase::routed || (at == Phase::qualified && row.routed);
}

Lead RouteFold::lead_at(std::string_view at_key) {
  LeadRow& row = leads_.edit(at_key);
  return {std::string(tenant_of(at_key)), row.last.zone, row.last.lead_id, std::string(zone_part(at_key)),
          std::string(at_key), row};
}

Verdict RouteFold::scored(const LeadScored& e, Step& step) {
  const auto phase = phase_of(e.status);
  if (!phase) return Verdict::dead("bad_field:status");
  const std::string at_zone = zone_key(step.tenant, e.zone);
  std::string key = under(at_zone, e.lead_id);
  LeadRow& row = leads_.edit(key);
  const bool was_routed = !row.last.status.empty() && phase_of(row.last.status) == Phase::routed;
  row.last = e;
  row.last.custom.text.clear();
  row.last.grade_reasons.clear();
  row.last.qualification.reset();
  if (*phase == Phase::pending || *phase == Phase::review) row.routed = false;
  Lead lead{step.tenant, e.zone, e.lead_id, at_zone, std::move(key), row};

  if (*phase == Phase::terminal || (*phase == Phase::routed && !was_routed)) move_items(lead, step);
  follow_stage(lead, step);
  count_contacted(lead);
  count_exposure(lead);
  count_owner(lead);
  place_in_cone(lead, step);
  refresh_shields(lead.zone, lead.zone_key, step);
  watch_cap(lead, Reason::deal_cap_exceeded, step);
  decide_lead(lead, {}, step);
  reindex(lead);
  return Verdict::handled();
}

Verdict RouteFold::merged(const LeadMerged& e, Step& step) {
  for (const std::string& absorbed : e.absorbed) forget(zone_of_record(step.raw_key), absorbed, false, step);
  return Verdict::handled();
}

Verdict RouteFold::erased(const LeadErased& e, Step& step) {
  const std::string_view zone = zone_of_record(step.raw_key);
  forget(zone, e.lead_id, true, step);
  for (const std::string& alias : e.aliases) forget(zone, alias, true, step);
  return Verdict::handled();
}

void RouteFold::forget(std::string_view zone, std::string_view lead_id, bool erase, Step& step) {
  const std::string at_zone = zone_key(step.tenant, zone);
  const std::string key = under(at_zone, lead_id);
  if (!leads_.contains(key)) return;
  Lead lead = lead_at(key);
  move_items(lead, step);
  cancel_escalations(lead, step);
  // As a terminal lead it stands in no index and no sum.
  lead.row.last.status = "MERGED";
  lead.row.last.status_reason.reset();
  count_exposure(lead);
  count_owner(lead);
  place_in_cone(lead, step);
  reindex(lead);
  if (erase && lead.row.contacted) {
    for (ContactedLead& each : contacted_.edit(at_zone).leads)
      if (each.lead_id == lead_id) each.lead_id.clear();
  }
  leads_.erase(key);
  refresh_shields(zone, at_zone, step);
}

void RouteFold::follow_stage(Lead& lead, Step& step) {
  LeadRow& row = lead.row;
  const auto group = group_of(row.last.stage.value_or(""), policy().of<SyntheticTable>(lead.tenant),
                              policy().of<StageGroups>(lead.tenant));
  if (group != row.group) {
    cancel_escalations(lead, step);
    row.group = group;
    row.entered_ms = row.last.stage_entered_ms.value_or(step.now_ms);
    row.escalated = Severity::none;
  }
  if (!group || !is_timed(*group) || lead.phase() == Phase::terminal) return cancel_escalations(lead, step);
  if (row.threshold_ms == 0)
    set_escalations(lead, escalation_threshold(*group, policy().of<RoutePolicy>(lead.tenant)), step);
}

void RouteFold::set_escalations(Lead& lead, DurationMs threshold, Step& step) {
  if (lead.row.escalated == Severity::critical) return;
  lead.row.threshold_ms = threshold;
  for (const Severity level : kLevels)
    if (level > lead.row.escalated)
      step.set_timer(escalation_due(lead.row.entered_ms, threshold, level), escalate_timer(level), lead.key);
}

void RouteFold::cancel_escalations(Lead& lead, Step& step) {
  if (lead.row.threshold_ms == 0) return;
  for (const Severity level : kLevels)
    if (level > lead.row.escalated)
      step.cancel_timer(escalation_due(lead.row.entered_ms, lead.row.threshold_ms, level), escalate_timer(level),
                        lead.key);
  lead.row.threshold_ms = 0;
}

void RouteFold::count_contacted(Lead& lead) {
  LeadRow& row = lead.row;
  if (!row.contacted && is_contacted(row.last.status)) {
    row.contacted = true;
    ContactedRow& window = contacted_.edit(lead.zone_key);
    const auto known = std::find_if(window.leads.begin(), window.leads.end(),
                                    [&](const ContactedLead& each) { return each.lead_id == lead.lead_id; });
    if (known != window.leads.end()) {  // it was here before, left the zone and came back
      row.lost = known->lost;
    } else {
      window.leads.push_back({lead.lead_id, false});
      if (window.leads.size() > kLostWindow) {
        window.lost -= window.leads.front().lost;
        window.leads.erase(window.leads.begin());
      }
    }
  }
  if (!row.contacted) return;
  const bool lost = lead.phase() == Phase::terminal && is_lost_trigger(row.last.status_reason.value_or(""));
  if (lost == row.lost) return;
  row.lost = lost;
  ContactedRow& window = contacted_.edit(lead.zone_key);
  for (ContactedLead& each : window.leads)
    if (each.lead_id == lead.lead_id) {
      each.lost = lost;
      window.lost += lost ? 1 : -1;
    }
}

void RouteFold::count_exposure(Lead& lead) {
  std::int64_t exposed = 0;
  if (lead.is_worked()) {
    const ZoneRow* zone = zones_.find(lead.zone_key);
    const std::string_view currency = lead.row.last.currency ? std::string_view(*lead.row.last.currency) : "";
    const bool same = !zone || zone->currency.empty() || currency.empty() || currency == zone->currency;
    if (same) exposed = std::clamp<std::int64_t>(lead.row.last.deal_value_cents.value_or(0), 0, kExposureMax);
  }
  if (exposed == lead.row.exposed_cents) return;
  zones_.edit(lead.zone_key).exposed_cents += exposed - lead.row.exposed_cents;
  lead.row.exposed_cents = exposed;
}

void RouteFold::count_owner(Lead& lead) {
  const bool counted = lead.is_worked() && !lead.row.owner_id.empty();
  if (counted == lead.row.owner_counted) return;
  owner_open_.edit(under(lead.zone_key, lead.row.owner_id)).open += counted ? 1 : -1;
  lead.row.owner_counted = counted;
}

void RouteFold::place_in_cone(Lead& lead, Step& step) {
  LeadRow& row = lead.row;
  std::optional<std::int64_t> cone;
  if (const Phase at = lead.phase(); at == Phase::qualified || at == Phase::routed)
    cone = cone_bp(cone_inputs(row.last.deal_value_cents, row.last.probability_bp, row.last.timeline_months,
                               row.last.engagement_bp, policy().of<RoutePolicy>(lead.tenant).cone_deal_ref_cents));
  if (cone == row.cone_bp) return;
  if (row.cone_bp) cone_.clear(under(lead.zone_key, cone_key(*row.cone_bp, lead.lead_id)));
  if (cone) cone_.put(under(lead.zone_key, cone_key(*cone, lead.lead_id)), {});
  row.cone_bp = cone;
  ZoneRow& zone = zones_.edit(lead.zone_key);
  if (zone.cone_timer_ms) return;
  zone.cone_timer_ms = std::max<TimeMs>(step.now_ms, 1);
  step.set_timer(zone.cone_timer_ms, std::string(kConeTimer), lead.zone_key);
}

void RouteFold::reindex(Lead& lead) {
  LeadRow& row = lead.row;
  const Phase at = lead.phase();
  const bool held = std::any_of(row.open_items.begin(), row.open_items.end(),
                                [](const OpenItem& each) { return each.reason != Reason::cap_lowered; });
  const bool waiting = !lead.is_worked() && at != Phase::terminal && (at == Phase::qualified || held);
  const bool watched = at == Phase::routed;
  if (waiting != row.waiting) {
    row.waiting = waiting;
    if (waiting) waiting_.put(lead.key, {});
    else waiting_.clear(lead.key);
  }
  if (watched != row.watched) {
    row.watched = watched;
    if (watched) watched_.put(lead.key, {});
    else watched_.clear(lead.key);
  }
}

}  // namespace millrace::route
