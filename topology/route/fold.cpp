#include "topology/route/fold.h"

#include "topology/events/alerts.h"
#include "topology/route/route_fold.h"

namespace millrace::route {

RouteFold::RouteFold(const wire::StageContext& c)
    : StageFold("route", c),
      zones_(c.tables, "zone"),
      leads_(c.tables, "lead"),
      cone_(c.tables, "cone"),
      waiting_(c.tables, "waiting"),
      watched_(c.tables, "watched"),
      contacted_(c.tables, "contacted"),
      shields_(c.tables, "shield"),
      shield_items_(c.tables, "shield_item"),
      owners_(c.tables, "owner"),
      owner_zones_(c.tables, "owner_zone"),
      owner_open_(c.tables, "owner_open"),
      has_owners_(c.tables, "has_owners"),
      reviews_(c.tables, "review") {
  on<LeadScored>(LeadScored::type, [this](const LeadScored& e, Step& s) { return scored(e, s); });
  on<ZoneLeft>(ZoneLeft::type, [this](const ZoneLeft& e, Step& s) {
    forget(e.zone, e.lead_id, false, s);
    return Verdict::handled();
  });
  on<LeadMerged>(LeadMerged::type, [this](const LeadMerged& e, Step& s) { return merged(e, s); });
  on<LeadErased>(LeadErased::type, [this](const LeadErased& e, Step& s) { return erased(e, s); });
  on<PacketDraft>(PacketDraft::type, [this](const PacketDraft& e, Step& s) { return passed_packet(e, s); });
  on<ZoneDefined>(ZoneDefined::type, [this](const ZoneDefined& e, Step& s) { return zone_defined(e, s); });
  on<ShieldDefined>(ShieldDefined::type, [this](const ShieldDefined& e, Step& s) { return shield_defined(e, s); });
  on<ShieldValue>(ShieldValue::type, [this](const ShieldValue& e, Step& s) { return shield_value(e, s); });
  on<OwnerDefined>(OwnerDefined::type, [this](const OwnerDefined& e, Step& s) { return owner_defined(e, s); });
  on<RouteOverride>(RouteOverride::type, [this](const RouteOverride& e, Step& s) { return overridden(e, s); });
  on<Approval>("operator.approve", [this](const Approval& e, Step& s) { return answered(e, ReviewOp::approve, s); });
  on<Approval>("operator.reject", [this](const Approval& e, Step& s) { return answered(e, ReviewOp::reject, s); });
  on<Sweep>(Sweep::type, [this](const Sweep& e, Step& s) { return swept(e, s); });
}

void RouteFold::alert(std::string_view reason, std::string_view severity, const AlertContext& context, Step& step) {
  step.emit({.topic = topics::alerts, .key = step.tenant},
            AlertRaised{"route", std::string(reason), std::string(severity), {to_json(context)}});
}

std::unique_ptr<Fold> make_fold(const wire::StageContext& context) { return std::make_unique<RouteFold>(context); }

}  // namespace millrace::route
