// How Millrace's own producers take a fact in: checked as harvest will check it, written canonically, and with its
// personal fields sealed (spec/governance.md section 11) before it touches the log.
//
// FD-1  What is admitted is not a dead letter of harvest for its form; what is refused names harvest's reason.
// FD-2  operator.*, control.*, job.*, alert.raised and key.destroyed are refused (forbidden): they have doors of their
//       own (spec/conventions.md section 4).
#pragma once

#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/keys.h"

namespace millrace::node {

struct Admitted {
  std::string key;    // tenant
  std::string value;  // the record as it goes to the log
  TimeMs event_ms = 0;
};

// Empty: `out` holds the record. Else the reason of the refusal; with `anyway` the record is taken as it is, so that
// it ends in the dead letters (but never a forbidden one).
std::string admit(std::string_view json, bool anyway, TimeMs append_ms, bool history, Keyring& keys, Admitted& out);

}  // namespace millrace::node
