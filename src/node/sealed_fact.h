// Seals the personal fields of a fact on its way to the log (spec/governance.md section 11), in the form in which
// harvest opens them (topology/harvest/fold.cpp, patch.h).
//
// data.sealed   the personal fields as one value, under the key of the record's first identifier in the order
//               external_id, email, linkedin, phone, else of its lead_id, else of the tenant's unknown people of that day
// data.tokens   tokens of the identifiers that were sealed, by kind: identity never hangs on a key
// Of lead.updated it is the fields of `set` that are sealed.
//
// SF-4  What is sealed and opened again is the fact that came in; nothing personal stands beside it.
// SF-5  A fact that came sealed, or has nothing personal, passes as it is.
// SF-6  A token is left out where only the policy can tell the identifier (a phone number without its country).
// SF-7  A lead_id that a client has chosen names no owner of the folds' keys (fold_keyring.h), where producers must make none.
// Tests: tests/unit/front_door_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "core/keys.h"
#include "topology/harvest/envelope.h"

namespace millrace::node {

// The canonical text of `data` with its personal fields sealed; empty when there is nothing to seal.
// Needs: check_envelope() passed; `json` is the reader that it used.
std::string sealed_data(wire::StrictJson& json, const harvest::Envelope& envelope, Keyring& keys);

}  // namespace millrace::node
