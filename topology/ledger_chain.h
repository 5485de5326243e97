// The hash chain of a ledger, as whoever writes it and whoever checks it compute it (spec/governance.md section 10,
// rules governance.ledger and governance.ledger_verify).
//
//   LedgerChain chain;
//   for (const LedgerEntry& entry : entries) if (auto reason = chain.check(entry); !reason.empty()) …  at chain.length()
//
// LC-1  hash = SHA-256 of the canonical entry without hash and body: the body stands beside, under its own hash.
// LC-2  The first entry that breaks the chain is the one reported: broken_link, bad_hash, then bad_seq.
// Tests: tests/unit/ledger_chain_test.cpp, conformance governance.ledger*
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "topology/events/ledger.h"

namespace millrace {

inline constexpr std::string_view kNoEntry = "0000000000000000000000000000000000000000000000000000000000000000";

// LC-1
std::string ledger_hash(const LedgerEntry& entry);

class LedgerChain {
 public:
  // The chain goes on from what the log has dropped: `first` is the oldest entry that is left, and is checked next.
  void begin_at(const LedgerEntry& first) {
    length_ = first.seq;
    head_ = first.prev_hash;
  }
  // The reason why `entry` does not follow on what was checked so far; empty: it does, and is taken.
  std::string_view check(const LedgerEntry& entry);
  std::int64_t length() const { return length_; }
  const std::string& head() const { return head_; }

 private:
  std::int64_t length_ = 0, ts_ms_ = 0;
  std::string head_{kNoEntry};
};

}  // namespace millrace
