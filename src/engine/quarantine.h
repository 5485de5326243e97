// Dead letters: what a stage refused for a deterministic reason, kept with that reason beside the stream.
//
// QU-1  A dead letter names inbox, reason and stage; its body is the original, sealed, of a larger one its first
//       32 KiB (the whole stands at the position in the headers).
// QU-2  A resource failure is never a dead letter: it is a Fault and ends the process.
// The text of the record is spec/conventions.md section 8.
#pragma once

#include <string_view>

#include "core/fold.h"

namespace millrace::engine {

struct DeadLetter {
  std::string_view inbox, record_id, type, tenant, reason, detail, stage, policy_sha256, body;
  TimeMs now_ms;
};

// Owner of the key that seals bodies of dead letters; the key is made when a namespace is created.
inline constexpr std::string_view kDeadLetterKeyOwner = "dead_letters";

// Emits `letter` on `topic` under the key of the original.
void quarantine(Step& step, TopicId topic, std::string_view key, const DeadLetter& letter);

}  // namespace millrace::engine
