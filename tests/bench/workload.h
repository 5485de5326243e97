// The facts of the speed benchmark: a population of leads that was captured once, and what comes of them afterwards.
//
// WL-1  A record is a function of (population, number) alone, and about kFactBytes long.
// WL-2  Of the facts, two in a hundred repeat the one before them: same id, same bytes.
// WL-3  Time goes on from fact to fact: at one moment each touch would be earlier than all that was credited, and restate it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topology/simulation/population.h"

namespace millrace::bench {

inline constexpr std::size_t kFactBytes = 600;
inline constexpr std::int64_t kTenants = 64;
// Leads from this number on are new ones, of tenants of their own: none of their mails waits behind others.
inline constexpr std::int64_t kNewLead = 1'000'000'000'000, kNewTenants = 8;

struct Population {
  std::int64_t leads = 0;   // captured before the measurement
  std::int64_t active = 0;  // that the facts are about, spread over all of them
  TimeMs at_ms = 0;         // event time of their captures
  TimeMs from_ms = 0;       // of the first fact; time goes on by a millisecond in fifty facts
};

simulation::Plan plan_of(const Population& population);
std::string policy_toml(const Population& population);

// The capture of lead `index`, which may be a new one.
std::string capture(const Population& population, std::int64_t index);
// The n-th fact of the measurement: of a hundred, 60 mails opened and 5 clicked, 15 leads captured again, 12 enriched,
// 3 deals moved, 5 ads clicked.
// `salt` tells one measurement's facts from another's over the same folder.
std::string fact(const Population& population, std::int64_t n, std::string_view salt);

}  // namespace millrace::bench
