// Another try for a dead letter, after its cause was mended (spec/conventions.md section 8).
//
// DL-1  The original goes to the inbox it came from with id <id>#r<n>, n = 1, 2, …; an operator's record is signed anew.
// DL-2  A dead letter is tried again once, also by operators of several processes at the same time; if that fails too, the newer
//       one may be.
#pragma once

#include <functional>

#include "core/keys.h"
#include "keys/operator_signer.h"
#include "log/log.h"
#include "node/request.h"

namespace millrace::node {

// `letter` lies on a dead-letter topic; `now` is the stamp of the new record, unless the original's is later.
// Refused: not_found, already_retried, out_of_range (the original left the log),
// no_operator_key. What came sealed as a whole (front_door.h) goes back so.
// `append` is as Host::append_unless().
using IsThere = std::function<Result<bool>()>;
using AppendUnless = std::function<Result<bool>(const NewRecord&, const IsThere&)>;
Response retry(const log::Reader& log, const AppendUnless& append, const OperatorSigner* signer, Keyring& keys, Position letter, TimeMs now);

}  // namespace millrace::node
