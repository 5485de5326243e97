// The audit ledger: one hash chain per stage and partition on audit.ledger (spec/governance.md section 10), and the
// answers to refused requests, which stand on the same topic and key.
//
// LE-1  seq counts from 0 without a gap; prev_hash of seq 0 is 64 zeros; hash = SHA-256(canonical entry without hash).
// LE-2  ts_ms never decreases.
#pragma once

#include <string>
#include <string_view>

#include "core/fold.h"
#include "state/table.h"

namespace millrace {

class Ledger {
 public:
  Ledger(state::TableSpace& tables);

  // Appends an entry. `kind` is one of governance.md section 10 ("decision", "transition_rejected", …); `body` is
  // canonical JSON without personal data, of which the entry keeps the hash and the record the text.
  void append(Step& step, std::string_view kind, std::string_view actor, std::string_view subject,
              std::string_view body);
  // operator.rejected: a well-formed request that a rule refused. On records copied to all partitions only
  // partition 0 answers.
  void reject(Step& step, std::string_view request_id, std::string_view code, std::string_view detail = {});

 private:
  struct Head {
    std::string hash;
    std::int64_t seq = -1, ts_ms = 0;
    static constexpr auto fields() {
      return FieldList{field("hash", &Head::hash), field("seq", &Head::seq), field("ts_ms", &Head::ts_ms)};
    }
  };
  state::Table<Head> head_;
};

}  // namespace millrace
