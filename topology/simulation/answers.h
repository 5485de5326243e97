// How the simulated world answers one command: mail arrives or bounces, is opened, clicked, answered.
//
// Takes   a command of outreach.commands with the time at which it was given, and how good its lead is.
// Gives   the records that gateways and workers would append, in order of time.
//
// AN-1  A function of (seed, command id, quality, command): its ids are made from the command's.
// AN-2  Every answer is later than the command.
// AN-3  A dry run is answered with delivery.sent by provider dry_run, and nothing else ever comes of it.
// Tests: tests/unit/simulation_test.cpp
#pragma once

#include <string_view>
#include <vector>

#include "topology/events/outreach_commands.h"
#include "topology/simulation/facts.h"

namespace millrace::simulation {

// `type` of the command: email.send, linkedin.task, form.submit or phone.task.
std::vector<Fact> answers_to(std::int64_t seed, std::string_view type, const SendCommand& command, TimeMs given_ms, std::int64_t quality_bp);

}  // namespace millrace::simulation
