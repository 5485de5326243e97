// A decision in the words of its record: which checks ran with which numbers, and what else was near (spec/route.md
// section 11).
//
// EX-1  rules[] has a row for each check that ran, in their order, and none for a check that did not.
#pragma once

#include <vector>

#include "topology/events/routing_decisions.h"
#include "topology/route/decide.h"

namespace millrace::route {

std::vector<RuleRow> rule_rows(const Situation& situation, const Decision& decision, const RoutePolicy& policy,
                               const std::vector<Candidate>& candidates);
std::vector<Alternative> alternatives(const Decision& decision, const RoutePolicy& policy);

}  // namespace millrace::route
