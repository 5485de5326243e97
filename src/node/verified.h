// What the last `millrace verify` of a data folder came to. Arming asks for it: nothing acts for real on a log that nobody
// has proven lately (spec/governance.md section 1).
//
// VF-1  A connector is armed only within `max_age` after a verify that found nothing wrong, and of none later that did.
// Kept in the file `verified` of the folder, as one line of JSON.      Tests: tests/unit/verified_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/fields.h"
#include "core/ids.h"
#include "core/result.h"

namespace millrace::node {

struct Verified {
  TimeMs at_ms = 0;  // when it ended, by the wall
  std::int64_t problems = 0;
  static constexpr auto fields() {
    return FieldList{required("at_ms", &Verified::at_ms), required("problems", &Verified::problems)};
  }
};

// Fails: io.
Result<void> note_verified(const std::string& folder, const Verified& outcome);
// nullopt: none yet, or its file is damaged.
std::optional<Verified> last_verified(const std::string& folder);
// Fails: verify_failed, saying what to do: `command` is what verifies this folder.
Result<void> may_arm(const std::optional<Verified>& last, DurationMs max_age, TimeMs now, const std::string& command);

}  // namespace millrace::node
