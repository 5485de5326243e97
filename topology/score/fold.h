// Stage score: keeps one lead's score, grade and lifecycle status, and says when they change (spec/score.md).
//
// Inbox   leads.harvested, key tenant/lead_id: all facts of a lead reach the same task, in inbox order.
// Gives   lead.scored on any change of score, grade, status, zone, stage, campaign or deal value; lead.status_changed
//         on each transition; zone_left, erased, merged and packets on their way to route; handoffs of merged leads;
//         outcome.model for the model that predicted a lead's end.
//
// SC-1  A step is pure: time is the record's, and there is no chance in it.
// SC-2  An unchanged result emits nothing.
// SC-3  A late fact adds evidence but never moves the latest back.
// SC-4  Only the table of spec/score.md section 9 moves a status; what it does not list is told in the ledger, or to
//       the operator who asked.
// SC-5  Nothing of an erased or merged lead comes back by a late fact.
//
// Tests: tests/unit/score_*_test.cpp, tests/conformance/score.cpp
#pragma once

#include <memory>

#include "topology/wire/stage_fold.h"

namespace millrace::score {

std::unique_ptr<Fold> make_fold(const wire::StageContext& context);

}  // namespace millrace::score
