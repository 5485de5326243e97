// Stage control: the one door of what concerns whole stages. Each accepted record is copied, in one commit, to every
// partition of the inboxes that it concerns (spec/conventions.md section 5); nobody else broadcasts.
//
// Takes   control.* from topic `control`, its only partition, and there the reviews of policies: operator.policy_proposed,
//         and operator.approve and reject of its reviews.
// Gives   copies on the inboxes, marked; their ids are derive_id(id of the record, "control", ordinal).
// Keeps   the last tick, the live policy, operator keys, policy reviews.
//
// CO-1  A copy is never copied again: it is marked, and stage control reads its own topic only.
// CO-2  A tick that is not later than the last one is ignored; its value is at most two periods past its append time.
// CO-3  A policy that does not load is a dead letter and changes nothing.
// CO-4  An operator's record counts when a known key that is not revoked has signed it, else it is unauthorised.
// CO-5  Copies of control.policy_changed name the lists that the policy names, each by the SHA-256 of the file that folds
//       here: `lists` {name: hash}. One that is not there is left out, and warned of.
//                                                                                Tests: tests/unit/control_test.cpp
#pragma once

#include <memory>
#include <vector>

#include "topology/wire/stage_fold.h"

namespace millrace::control {

std::unique_ptr<Fold> make_fold(const wire::StageContext& context);

// The inboxes that a control record is copied to; `stage` only for control.sweep.
std::vector<TopicId> concerned(std::string_view type, std::string_view stage);

}  // namespace millrace::control
