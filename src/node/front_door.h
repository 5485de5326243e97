// How Millrace's own producers take a fact in: checked as harvest will check it, written canonically, and with its
// personal fields sealed (spec/governance.md section 11) before it touches the log.
//
// FD-1  What is admitted is not a dead letter of harvest for its form; what is refused names harvest's reason.
// FD-2  operator.*, control.*, job.*, alert.raised and key.destroyed are refused (forbidden): they have doors of their
//       own (spec/conventions.md section 4).
// FD-3  What is taken though it is bad is sealed as a whole, under the key of the dead letters: what a broken record holds
//       of a person cannot be told. Harvest opens it (topology/harvest/fold.cpp) and refuses it with its reason.
// Tests: tests/unit/front_door_test.cpp
#pragma once

#include <optional>
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

// Empty: `out` holds the record. Else the reason of the refusal; with `anyway` the record is taken nevertheless, so that
// it ends in the dead letters (but never a forbidden one).
std::string admit(std::string_view json, bool anyway, TimeMs append_ms, bool history, Keyring& keys, Admitted& out);
// A record sealed as a whole, and its bytes again; nullopt when it is not one.
std::string sealed_whole(std::string_view bytes, Keyring& keys);
std::optional<std::string> opened_whole(std::string_view value, Keyring& keys);

}  // namespace millrace::node
