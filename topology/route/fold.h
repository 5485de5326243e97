// Routing decides for each scored lead whether, how, how urgently and by whom it is worked, and who must agree.
//
// Takes   leads.scored: leads as score sees them, what operators define and answer, sweeps and ticks.
// Gives   decisions and escalations (routing.decisions), lead.routed and review.decided back to score
//         (leads.harvested), alerts; each decision and each change of a review item also to the ledger.
// Key     tenant + zone: caps, shields, owners' loads and the cone of a zone are in one place.
//
// RT-1  A decision is written before anything follows from it, with the checks it took (rules[]) and what it was
//       taken on (inputs); one cause gives a lead at most one decision_id.
// RT-2  A lead is routed once: after ROUTE it is not decided to ROUTE again until its status falls back.
// RT-3  SKIP, BLOCK and HOLD are not said twice while nothing changed; a HOLD has one open item per lead and reason.
// RT-4  What a zone sums up (exposure, owners' open leads, the window of contacted leads) is the sum of its leads.
// RT-5  What concerns many leads is a sweep of at most `batch` keys a step.
// Knows no Kafka, RocksDB, JSON or threads.                                     Tests: tests/unit/route_*_test.cpp
#pragma once

#include <memory>

#include "topology/wire/stage_fold.h"

namespace millrace::route {

std::unique_ptr<Fold> make_fold(const wire::StageContext& context);

}  // namespace millrace::route
