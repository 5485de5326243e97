// What time does in routing: escalations, expiry of review items, the cone's list.
#include "topology/route/route_fold.h"

namespace millrace::route {

void RouteFold::fire(const Timer& timer, Step& step) {
  step.tenant = tenant_of(timer.key);
  if (timer.kind == kConeTimer) return tell_cone(timer.key, step);
  if (timer.kind == kReviewTimer) return expire_item(timer.key, step);
  if (timer.kind == kDropReviewTimer) {
    reviews_.erase(timer.key);
    return;
  }
  if (timer.kind.starts_with(kEscalateTimer)) escalate(timer, step);
}

void RouteFold::escalate(const Timer& timer, Step& step) {
  const auto level = enum_of<Severity>(std::string_view(timer.kind).substr(kEscalateTimer.size()));
  LeadRow* row = leads_.edit_if(timer.key);
  if (!level || !row || !row->group || row->threshold_ms == 0) return;
  row->escalated = *level;
  LeadEscalated e;
  e.lead_id = row->last.lead_id;
  e.group = name_of(*row->group);
  e.stage = row->last.stage.value_or("");
  e.severity = name_of(*level);
  if (!row->owner_id.empty()) e.owner_id = row->owner_id;
  e.in_stage_ms = step.now_ms - row->entered_ms;
  step.emit({.topic = topics::routing_decisions, .key = step.tenant + "/" + e.lead_id}, e);
  step.emit({.topic = topics::alerts, .key = step.tenant}, e);
}

}  // namespace millrace::route
