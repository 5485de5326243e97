// What a simulated namespace begins with: its policy, and the records of an operator by which messages can flow.
//
// SU-1  Nothing is armed unless asked for: then the mail channel is, over and over, since an arming expires.
// Tests: tests/unit/simulation_test.cpp
#pragma once

#include <string>
#include <vector>

#include "topology/events/operator.h"
#include "topology/simulation/facts.h"

namespace millrace::simulation {

// Some sender of mails, named by its id; without request, actor and roles.
SenderDefined sample_sender(std::string sender_id);
std::string policy_toml(const Plan& plan);
// In order of time; without signatures.
std::vector<Fact> setup_records(const Plan& plan, bool armed);

}  // namespace millrace::simulation
