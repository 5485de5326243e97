// What route remembers, per tenant and zone. Keys are made by topology/route/keys.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "topology/events/leads_scored.h"
#include "topology/policy/stage_groups.h"
#include "topology/route/escalation.h"
#include "topology/route/reasons.h"
#include "topology/route/review.h"
#include "topology/route/shield.h"

namespace millrace::route {

// zone: what an operator defined, and what follows from the leads. Key tenant/zone.
struct ZoneRow {
  bool defined = false;
  std::int64_t average_price_cents = 0, risk_bp = 0, inventory_bp = 5000, demand_bp = 5000, capacity_cents = 0;
  std::string currency;
  std::int64_t exposed_cents = 0;     // sum of the leads' exposed_cents
  std::vector<std::string> cone_sent;  // the top list of the last cone.changed
  std::int64_t cone_timer_ms = 0;     // due time of the timer that compares the lists; 0: not set
  static constexpr auto fields() {
    return FieldList{field("average_price_cents", &ZoneRow::average_price_cents),
                      field("capacity_cents", &ZoneRow::capacity_cents),
                      field("cone_sent", &ZoneRow::cone_sent),
                      field("cone_timer_ms", &ZoneRow::cone_timer_ms),
                      field("currency", &ZoneRow::currency),
                      field("defined", &ZoneRow::defined),
                      field("demand_bp", &ZoneRow::demand_bp),
                      field("exposed_cents", &ZoneRow::exposed_cents),
                      field("inventory_bp", &ZoneRow::inventory_bp),
                      field("risk_bp", &ZoneRow::risk_bp)};
  }
};

// The part of a zone row that decisions copy.
struct ZoneCopy {
  std::int64_t average_price_cents = 0, risk_bp = 0, inventory_bp = 0, demand_bp = 0, capacity_cents = 0,
               exposed_cents = 0;
  std::string currency;
  static constexpr auto fields() {
    return FieldList{field("average_price_cents", &ZoneCopy::average_price_cents),
                      field("capacity_cents", &ZoneCopy::capacity_cents),
                      field("currency", &ZoneCopy::currency),
                      field("demand_bp", &ZoneCopy::demand_bp),
                      field("exposed_cents", &ZoneCopy::exposed_cents),
                      field("inventory_bp", &ZoneCopy::inventory_bp),
                      field("risk_bp", &ZoneCopy::risk_bp)};
  }
};

// An open review item of a lead; the item itself is a ReviewRow.
struct OpenItem {
  Reason reason = Reason::review_required;
  std::string review_id;
  ReviewType type = ReviewType::routing;
  static constexpr auto fields() {
    return FieldList{field("reason", &OpenItem::reason), field("review_id", &OpenItem::review_id),
                      field("type", &OpenItem::type)};
  }
};

// lead: key tenant/zone/lead_id.
struct LeadRow {
  static constexpr int version = 2;  // 1 had the dimensions as a map
  LeadScored last;  // without what routing does not look at
  bool routed = false;
  std::string decision_id;              // of the last decision emitted
  std::optional<Action> decided;        // its action and reason (the first)
  std::optional<Reason> decided_reason;
  bool routing_approved = false;
  std::int64_t cap_approved_cents = 0, cap_asked_cents = 0;
  std::vector<OpenItem> open_items;
  std::string owner_id;
  bool owner_counted = false;           // stands in the owner's open leads
  std::int64_t exposed_cents = 0;       // its part of the zone's exposure
  std::optional<std::int64_t> cone_bp;  // where it stands in the cone index
  bool waiting = false, watched = false;  // stands in the indexes of that name
  bool contacted = false, lost = false;   // stands in the zone's window of contacted leads
  std::optional<StageGroup> group;
  std::int64_t entered_ms = 0;          // of the group
  std::int64_t threshold_ms = 0;        // of the timers that are set; 0: none are
  Severity escalated = Severity::none;  // highest level told
  static constexpr auto fields() {
    return FieldList{field("cap_approved_cents", &LeadRow::cap_approved_cents),
                      field("cap_asked_cents", &LeadRow::cap_asked_cents),
                      field("cone_bp", &LeadRow::cone_bp),
                      field("contacted", &LeadRow::contacted),
                      field("decided", &LeadRow::decided),
                      field("decided_reason", &LeadRow::decided_reason),
                      field("decision_id", &LeadRow::decision_id),
                      field("entered_ms", &LeadRow::entered_ms),
                      field("escalated", &LeadRow::escalated),
                      field("exposed_cents", &LeadRow::exposed_cents),
                      field("group", &LeadRow::group),
                      field("last", &LeadRow::last),
                      field("lost", &LeadRow::lost),
                      field("open_items", &LeadRow::open_items),
                      field("owner_counted", &LeadRow::owner_counted),
                      field("owner_id", &LeadRow::owner_id),
                      field("routed", &LeadRow::routed),
                      field("routing_approved", &LeadRow::routing_approved),
                      field("threshold_ms", &LeadRow::threshold_ms),
                      field("waiting", &LeadRow::waiting),
                      field("watched", &LeadRow::watched)};
  }
};

// An index entry: the key says it all.
//   cone      tenant/zone/<cone_key>                leads in the order of the cone
//   waiting   tenant/zone/lead_id                   leads that control.sweep decides again
//   watched   tenant/zone/lead_id                   routed leads, whose value a lower cap may catch
struct Mark {
  bool set = true;
  static constexpr auto fields() { return FieldList{field("set", &Mark::set)}; }
};

// One shield of a zone, or of all zones: its limits where they are defined there, its value where it is fed there.
struct ShieldEntry {
  ShieldState state = ShieldState::safe;  // as last told
  std::optional<std::int64_t> value_bp, warning_bp, critical_bp;
  static constexpr auto fields() {
    return FieldList{field("critical_bp", &ShieldEntry::critical_bp), field("state", &ShieldEntry::state),
                      field("value_bp", &ShieldEntry::value_bp), field("warning_bp", &ShieldEntry::warning_bp)};
  }
};
// shield: key tenant/zone or tenant/*.
struct ShieldRow {
  std::map<std::string, ShieldEntry> by_name;
  static constexpr auto fields() { return FieldList{field("by_name", &ShieldRow::by_name)}; }
};

// contacted: the last leads that were contacted, in the order of their first contact. Key tenant/zone.
struct ContactedLead {
  std::string lead_id;
  bool lost = false;
  static constexpr auto fields() {
    return FieldList{field("lead_id", &ContactedLead::lead_id), field("lost", &ContactedLead::lost)};
  }
};
struct ContactedRow {
  std::vector<ContactedLead> leads;  // at most kLostWindow
  std::int64_t lost = 0;             // of them
  static constexpr auto fields() {
    return FieldList{field("leads", &ContactedRow::leads), field("lost", &ContactedRow::lost)};
  }
};

// owner: key tenant/owner_id.   owner_zone: key tenant/zone/owner_id or tenant/*/owner_id.
// owner_open: key tenant/zone/owner_id.   owners: key tenant.
struct OwnerRow {
  std::int64_t capacity = 0;
  std::vector<std::string> zones;
  static constexpr auto fields() {
    return FieldList{field("capacity", &OwnerRow::capacity), field("zones", &OwnerRow::zones)};
  }
};
struct OwnerZoneRow {
  std::int64_t capacity = 0;
  static constexpr auto fields() { return FieldList{field("capacity", &OwnerZoneRow::capacity)}; }
};
struct OwnerOpenRow {
  std::int64_t open = 0;
  static constexpr auto fields() { return FieldList{field("open", &OwnerOpenRow::open)}; }
};

// review: an item of the queue, also the body of its ledger entries. Key tenant/zone/review_id.
struct ReviewRow {
  std::string review_id, lead_id, zone, actor, proposer, decision_id;
  ReviewType type = ReviewType::routing;
  Reason reason = Reason::review_required;
  ReviewState state = ReviewState::open;
  std::optional<std::int64_t> value_cents;
  std::optional<std::string> currency;
  std::int64_t opened_ms = 0, due_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("actor", &ReviewRow::actor),         field("currency", &ReviewRow::currency),
                      field("decision_id", &ReviewRow::decision_id), field("due_ms", &ReviewRow::due_ms),
                      field("lead_id", &ReviewRow::lead_id),     field("opened_ms", &ReviewRow::opened_ms),
                      field("proposer", &ReviewRow::proposer),   field("reason", &ReviewRow::reason),
                      field("review_id", &ReviewRow::review_id), field("state", &ReviewRow::state),
                      field("type", &ReviewRow::type),           field("value_cents", &ReviewRow::value_cents),
                      field("zone", &ReviewRow::zone)};
  }
};

// shield_item: open SHIELD items in the order in which they are decided again.
// Key tenant/zone/<opened_ms, 16 digits>/review_id.
struct ShieldItemRow {
  std::string lead_id;
  static constexpr auto fields() { return FieldList{field("lead_id", &ShieldItemRow::lead_id)}; }
};

}  // namespace millrace::route
