// Packet drafts on their way from score to outreach: route adds what it knows of the deal (spec/learn.md section 4).
#include "topology/route/route_fold.h"

namespace millrace::route {

namespace {

struct PacketDecision {
  std::optional<std::int64_t> cap_cents;
  std::string cap_result, decision_id, zone;
  static constexpr auto fields() {
    return FieldList{field("cap_cents", &PacketDecision::cap_cents), field("cap_result", &PacketDecision::cap_result),
                      field("decision_id", &PacketDecision::decision_id), field("zone", &PacketDecision::zone)};
  }
};

}  // namespace

Verdict RouteFold::passed_packet(PacketDraft e, Step& step) {
  const std::string_view zone_name = zone_of_record(step.raw_key);
  const std::string at = zone_key(step.tenant, zone_name);
  ZoneFacts zone;
  const ZoneRow* known = zones_.find(at);
  const bool defined = known && known->defined;
  if (defined) zone = facts_of(*known);
  const CapCheck check = check_cap(
      defined ? &zone : nullptr, {e.deal_value_cents, e.currency ? std::string_view(*e.currency) : std::string_view()},
      policy().of<RoutePolicy>(step.tenant));
  PacketDecision part{check.cap_cents, std::string(name_of(check.verdict)), "", std::string(zone_name)};
  if (const LeadRow* lead = leads_.find(under(at, e.lead_id))) part.decision_id = lead->decision_id;
  e.decision.text = to_json(part);
  step.emit({.topic = topics::routing_decisions, .key = step.tenant + "/" + e.lead_id}, e);
  return Verdict::handled();
}

}  // namespace millrace::route
