// What the entries of the free tables may be: tables whose names are the user's own, but whose values a stage reads.
//
//   [custom.<field>]  type, icp_values, points          [icp.<tenant>[.<campaign>]]  sizes, industries, …
//   [zones.map], [campaign.default], [stages.alias]     name = "text"
//   [stages.group]    stage = "group", or group = ["stage", …]
//
// FT-1  An entry that no stage could use is refused when the policy is loaded, never passed over.
// The tables that are not listed here are read, and judged, by their stages alone.
// Tests: tests/unit/free_tables_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "topology/policy/policy.h"

namespace millrace::policy {

// What is wrong with an entry, as the rest of a sentence that begins with its key; empty: nothing. `key` is without the
// tenant's prefix: "custom.seats.points".
std::string free_entry_problem(std::string_view key, const PolicyValue& value);

}  // namespace millrace::policy
