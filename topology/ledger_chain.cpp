#include "topology/ledger_chain.h"

#include "core/hash.h"
#include "core/json.h"

namespace millrace {

std::string ledger_hash(const LedgerEntry& entry) {
  LedgerEntry bare = entry;
  bare.hash.clear();
  bare.body.text.clear();  // what is empty is left out
  return sha256_hex(to_json(bare));
}

std::string_view LedgerChain::check(const LedgerEntry& entry) {
  if (entry.prev_hash != head_) return "broken_link";
  if (entry.hash != ledger_hash(entry)) return "bad_hash";
  if (entry.seq != length_ || entry.ts_ms < ts_ms_) return "bad_seq";
  if (!entry.body.text.empty() && sha256_hex(entry.body.text) != entry.body_sha256) return "bad_hash";
  ++length_;
  ts_ms_ = entry.ts_ms;
  head_ = entry.hash;
  return {};
}

}  // namespace millrace
