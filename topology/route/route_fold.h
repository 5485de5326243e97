// The fold of stage route; its handlers stand in leads.cpp, decisions.cpp, reviews.cpp, shields.cpp, zones.cpp,
// packets.cpp, sweeps.cpp and timers.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/events/operator.h"
#include "topology/events/routing_decisions.h"
#include "topology/route/cap.h"
#include "topology/route/decide.h"
#include "topology/route/keys.h"
#include "topology/route/policy.h"
#include "topology/route/tables.h"
#include "topology/wire/stage_fold.h"

namespace millrace::route {

// A lead at hand during one step.
struct Lead {
  std::string tenant, zone, lead_id;
  std::string zone_key, key;  // tenant/zone, tenant/zone/lead_id
  LeadRow& row;

  Phase phase() const;
  // Being worked: routed or further, and not terminal.
  bool is_worked() const;
};

// What a decision is asked for beyond the lead itself.
struct Asked {
  const RouteOverride* request = nullptr;
  bool shield_skip = false;
};

// What an alert tells; absent members are left out.
struct AlertContext {
  std::string subject;
  std::optional<std::string> lead_id, review_id, shield, zone;
  std::optional<std::int64_t> cap_cents, value_bp, value_cents;
  static constexpr auto fields() {
    return FieldList{field("cap_cents", &AlertContext::cap_cents), field("lead_id", &AlertContext::lead_id),
                      field("review_id", &AlertContext::review_id), field("shield", &AlertContext::shield),
                      field("subject", &AlertContext::subject),     field("value_bp", &AlertContext::value_bp),
                      field("value_cents", &AlertContext::value_cents), field("zone", &AlertContext::zone)};
  }
};

class RouteFold final : public wire::StageFold {
 public:
  explicit RouteFold(const wire::StageContext& context);
  void fire(const Timer& timer, Step& step) override;

 private:
  // leads.cpp: what a zone knows of its leads
  Verdict scored(const LeadScored& e, Step& step);
  Verdict merged(const LeadMerged& e, Step& step);
  Verdict erased(const LeadErased& e, Step& step);
  void forget(std::string_view zone, std::string_view lead_id, bool erase, Step& step);
  void follow_stage(Lead& lead, Step& step);
  void set_escalations(Lead& lead, DurationMs threshold, Step& step);
  void cancel_escalations(Lead& lead, Step& step);
  void count_contacted(Lead& lead);
  void count_exposure(Lead& lead);
  void count_owner(Lead& lead);
  void place_in_cone(Lead& lead, Step& step);
  void reindex(Lead& lead);
  // Row and names of a lead; `at_key` is its key in the table of leads. Needs: the row exists.
  Lead lead_at(std::string_view at_key);

  // decisions.cpp
  Verdict overridden(const RouteOverride& e, Step& step);
  void decide_lead(Lead& lead, const Asked& asked, Step& step);
  bool is_repeated(const LeadRow& row, const Decision& decision) const;
  std::vector<Candidate> give_owner(Lead& lead, Decision& decision);
  RouteDecided explained(const Lead& lead, const Situation& situation, const Decision& decision, const Asked& asked,
                         const std::vector<Candidate>& candidates, const Step& step);
  void emit_decision(Lead& lead, const RouteDecided& decided, const Asked& asked, Step& step);
  void carry_out(Lead& lead, const Decision& decision, const RouteDecided& decided, const Asked& asked, Step& step);
  void watch_cap(Lead& lead, Reason reason, Step& step);
  std::vector<std::string> cone_top(std::string_view zone_key, std::int64_t n);

  // reviews.cpp
  Verdict answered(const Approval& e, ReviewOp op, Step& step);
  void open_item(Lead& lead, ReviewType type, Reason reason, std::string_view proposer, Step& step);
  void close_item(std::string_view key, ReviewState state, std::string_view actor, Step& step);
  void move_items(Lead& lead, Step& step);
  void apply_answer(Lead& lead, const ReviewRow& item, ReviewEffect effect, const Approval& e, Step& step);
  void expire_item(std::string_view key, Step& step);

  // shields.cpp
  Verdict shield_defined(const ShieldDefined& e, Step& step);
  Verdict shield_value(const ShieldValue& e, Step& step);
  void tell_shield(std::string_view zone, std::string_view name, std::int64_t value_bp, ShieldState state, Step& step);
  std::vector<ShieldReading> shield_readings(std::string_view tenant, std::string_view zone_key);
  void refresh_shields(std::string_view zone, std::string_view zone_key, Step& step);
  void refresh_every_zone(const std::string& name, bool lowered, Step& step);

  // packets.cpp
  Verdict passed_packet(PacketDraft e, Step& step);

  // zones.cpp
  Verdict zone_defined(const ZoneDefined& e, Step& step);
  Verdict owner_defined(const OwnerDefined& e, Step& step);
  std::vector<Candidate> candidates(std::string_view tenant, std::string_view zone_key);
  void tell_cone(const std::string& zone_key, Step& step);

  // timers.cpp
  void escalate(const Timer& timer, Step& step);

  // sweeps.cpp
  Verdict swept(const Sweep& e, Step& step);
  void start_sweep(std::string_view zone, std::string_view rule, Step& step);

  void alert(std::string_view reason, std::string_view severity, const AlertContext& context, Step& step);

  template <class Row>
  using Table = state::Table<Row>;
  Table<ZoneRow> zones_;
  Table<LeadRow> leads_;
  Table<Mark> cone_, waiting_, watched_;
  Table<ContactedRow> contacted_;
  Table<ShieldRow> shields_;
  Table<ShieldItemRow> shield_items_;
  Table<OwnerRow> owners_;
  Table<OwnerZoneRow> owner_zones_;
  Table<OwnerOpenRow> owner_open_;
  Table<Mark> has_owners_;
  Table<ReviewRow> reviews_;
};

// Basis points that an operator may give.
constexpr bool is_rate(std::int64_t bp) { return bp >= 0 && bp <= 10000; }
ZoneFacts facts_of(const ZoneRow& row);
std::string shield_item_key(std::string_view zone_key, TimeMs opened_ms, std::string_view review_id);
// Kinds of timers.
inline constexpr std::string_view kConeTimer = "cone";
inline constexpr std::string_view kReviewTimer = "review";
inline constexpr std::string_view kDropReviewTimer = "review_drop";
inline constexpr std::string_view kEscalateTimer = "escalate.";  // + the severity

}  // namespace millrace::route
