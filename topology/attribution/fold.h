// Attribution ties each stage change of a deal to the click and the touches that earned it, in money that always adds
// up, and restates it when facts change.
//
// Takes   attribution.touches: clicks under their keys, touches and conversions under their subject, and attribution's
//         own messages between keys.
// Gives   attribution.credits, revenue.credited (ads.performance), metrics (learning.outcomes), its own messages.
// Key     a match key, a subject, or tenant/agg: each key is in one place, and keys speak by records.
//
// AT-1  For each event and model the amounts of all rows add up to the event's increment, also after restatements.
// AT-2  What stands of a deal under a model is the deal's value, and no part of it is negative.
// AT-3  In model matched a deal's events are credited in order, each after the answer of the one before.
// AT-4  A subject that moved keeps nothing but where it went and which deals passed, and forwards what still comes: a journey
//       with the subject_rev that harvest promised while it was under way.
// AT-5  An event of a deal counts once.
// Knows no Kafka, RocksDB, JSON or threads.                              Tests: tests/unit/attribution_*_test.cpp
#pragma once

#include <memory>

#include "topology/wire/stage_fold.h"

namespace millrace::attribution {

std::unique_ptr<Fold> make_fold(const wire::StageContext& context);

}  // namespace millrace::attribution
