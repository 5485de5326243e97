// Whether an operator record was signed by this namespace (spec/conventions.md section 4).
//
// OS-1  Signed is the canonical text of the whole record without its sig: any other field, changed, added or taken
//       away, makes it invalid, and the order and spacing of the text do not matter.
// Tests: tests/unit/operator_sig_test.cpp
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "topology/events/control.h"

namespace millrace::wire {

// The canonical text of a record, whose JSON has been checked, without its top-level sig; nullopt when it holds a fraction.
// `sig` gets what stood there, empty if nothing or no string did.
std::optional<std::string> canonical_without_sig(std::string_view record, std::string& sig);

// True when a key of `keys` that is not revoked signed the record.
bool operator_sig_valid(std::string_view record, std::span<const OperatorKey> keys);

}  // namespace millrace::wire
