// The front door: every outside fact becomes a validated, deduplicated, normalised, lead-resolved record and goes to the
// inboxes that need it (spec/harvest.md).
//
// Takes   crm.events: facts of producers and workers, operator records, copies of control records.
// Gives   leads.harvested, routing.decisions, outreach.intents, attribution.touches, ads.performance, learning.outcomes,
//         leads.scored (operator records), alerts, enrichment.commands, erasure.commands; dead letters of parked facts.
// Key     tenant: all that is known of a tenant's people lies on one partition.
//
// HV-1  A record is refused before anything of it is written (FO-2); the reason is the first check that fails (envelope.h).
// HV-2  A record of another partition's tenant is misplaced; a copy that control made is folded where it lies.
// HV-3  State and outputs hold personal values sealed or as tokens, also of facts that came in clear.
// HV-4  Whoever waits for a reference goes on in the step of the record that makes it known, in order of arrival.
// Knows no log, no files, no key but by the keyring's port.    Tests: tests/conformance/harvest.cpp, tests/golden, front_door_test
#pragma once

#include <memory>

#include "core/fold.h"
#include "topology/wire/stage_fold.h"

namespace millrace::harvest {

std::unique_ptr<Fold> make_fold(const wire::StageContext& context);

}  // namespace millrace::harvest
