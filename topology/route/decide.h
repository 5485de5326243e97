// The decision: the checks of spec/route.md section 3, the first that applies (rule route.decide).
//
// Takes   what is known of the lead, its zone, the zone's shields, and what a person overrides.
// Gives   the action, its reasons in order of evaluation, and how far the checks came, for the explanation.
//
// DE-1  The first check that applies decides; a later one is not looked at.
// DE-2  An override with a sequence skips checks 2 and 6; status, shields and caps stand.
// DE-3  An override with an action decides that action.
// Owners are assigned afterwards (assign_owner), because only a ROUTE needs them.   Tests: conformance route.decide
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "topology/route/cap.h"
#include "topology/route/gate.h"
#include "topology/route/owner.h"
#include "topology/route/policy.h"
#include "topology/route/reasons.h"
#include "topology/route/sequence.h"
#include "topology/route/shield.h"

namespace millrace::route {

struct LeadFacts {
  Phase phase = Phase::pending;
  bool routed = false;
  std::optional<std::int64_t> score_bp, probability_bp, engagement_bp, timeline_months;
  std::span<const std::string> signals;
  Deal deal{};
  bool has_campaign = false;
  std::int64_t cap_approved_cents = 0;
  bool routing_approved = false;
};

struct OverrideFacts {
  std::string_view sequence;     // taken instead of the score's
  std::optional<Action> action;  // HOLD or SKIP: decided without the checks
};

struct Situation {
  LeadFacts lead;
  const ZoneFacts* zone = nullptr;  // null: not defined
  std::span<const ShieldReading> shields;
  bool shield_skip = false;  // a SHIELD review was approved
  std::optional<OverrideFacts> override_facts;
};

// The checks in their order; the value is that of the last one that ran.
enum class Check { gate = 1, review, shield, cap_hard, cap_held, automatic, campaign, sequence };

struct Decision {
  Action action = Action::skip;
  std::vector<Reason> reasons;
  std::optional<ReviewType> review;  // HOLD: who is asked what
  Check last = Check::gate;
  CapCheck cap;                       // valid from check 4 on
  bool approval_used = false;         // check 6 was reached
  // of a ROUTE:
  SequenceChoice choice;
  std::string sequence;
  Priority priority = Priority::low;
  std::int64_t cone_bp = 0;
  std::string owner_id;
};

Decision decide(const Situation& situation, const RoutePolicy& policy);

// Takes the owner that the lead keeps, or was chosen; `any_owner`: the tenant has defined owners.
void assign_owner(Decision& decision, std::string_view owner_id, bool any_owner);

}  // namespace millrace::route
