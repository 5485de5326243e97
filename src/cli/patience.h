// Sends what a command feeds in, waiting while it cannot be taken yet: the disk of the log is too full, or control records are
// still to be folded.
#pragma once

#include "node/request.h"

namespace millrace::cli {

// As Writer::send, but an answer that says `retry` is waited out: a word on stderr, then the same request again and
// again until there is room. Fails: as Writer::send, and with the code of any other refusal.
Result<node::Response> send_patiently(node::Writer& writer, const node::Request& request);

}  // namespace millrace::cli
