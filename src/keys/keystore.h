// The keystore of a data folder (spec/governance.md section 11): the keys of all subjects, wrapped under the master key
// in `keys/master`, over the key-value port.
//
//   auto store = Keystore::open(folder, std::move(kv), {.create = true});
//   keyring for folds:   **store             makes the keys that are missing
//   while re-folding:    (*store)->lookups() a missing key ends the process
//   before each frame:   (*store)->sync()
//
// Takes    a Kv of its own.
// Threads  any may call everything. A key in memory costs one lock of 128 for the time of a look-up, a token none; only
//          what is not in memory meets at the store.
//
// KR-1  (core/keys.h) is kept by sync(): all new keys in one synced batch, a comparison when there are none.
// KR-3  A sealed value that carries a stamp of this namespace has a key here, or a tombstone of one. Otherwise the
//       process ends.
// KR-4  lookups() never makes a key; a missing one ends the process.
// KS-1  A name has one key for ever; an owner has one live key.
// KS-2  A damaged row, or one under another master key, ends the process.
// KS-3  After a failed read nothing becomes durable any more: sync() and destroy() give its fault.
//
// Rows: "k/<tenant>/<owner>" {name}: the owner's live key; "n/<tenant>/<name>" {owner, wrapped, destroyed_by}, wrapped
// empty after destruction; "p" the wrapped secret of the peppers (keys/peppers.h).
//
// Where several processes make keys (a cluster), their rows meet in a log of their own: fresh() is what goes there with
// the records that need it, keep() what is known to lie there. So an owner may have several keys, each under its name.
// Does not know what it wraps for, or when a key may be destroyed.      Tests: tests/unit/keys_test.cpp
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "core/keys.h"
#include "keys/key_cache.h"
#include "keys/peppers.h"
#include "state/kv.h"

namespace millrace {

class Keystore final : public Keyring {
 public:
  struct Options {
    bool create = false;                  // a new namespace: makes the master key and the peppers
    std::optional<std::string> key_seed;  // derive every secret instead of drawing it (keys/key_seed.h)
    std::size_t cache_keys = 200'000;     // kept unwrapped in memory
    // Where others make keys too: takes in what they made since (keep()), when a sealed value names one not known here.
    std::function<Result<void>()> catch_up{};
  };
  // Fails: exists (create, and it is there), missing, secret_mode, corrupt (says what to restore), and as the Kv does.
  static Result<std::unique_ptr<Keystore>> open(const std::string& data_folder, std::unique_ptr<state::Kv> kv,
                                                const Options& options);
  ~Keystore() override;

  std::string token(std::string_view tenant, std::string_view kind, std::string_view value) override;
  const SealingKey& key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) override;
  const SealingKey* key_of(std::string_view tenant, std::string_view sealed) override;
  void seal(const SealingKey& key, std::string_view record_id, std::string_view type, std::string_view plaintext,
            std::string& out) override;
  std::optional<std::string> open(std::string_view tenant, std::string_view sealed) override;

  // The same keys for a re-fold (KR-4). For an owner whose key was destroyed key_for() gives a key without bytes, which
  // seals tombstones. Lives as long as the store.
  Keyring& lookups();

  // Keys that are not durable yet.
  std::size_t pending() const { return pending_.load(std::memory_order_acquire); }
  // Makes them durable, before the frame that holds what they sealed. Fails: as Kv::apply; they stay pending.
  Result<void> sync();
  // For who has another place to make them durable: the rows of what this thread made and nobody kept yet; rows to keep
  // here, of others too (fails: as Kv::apply); and what this thread made is forgotten, as if it had not been.
  std::vector<state::KvWrite> fresh() const;
  Result<void> keep(const std::vector<state::KvWrite>& rows);
  void forget_fresh();

  // Destroys the live keys of these owners, durably, and gives how many there were. Values sealed under them open as
  // nothing from now on. `request_id` names the erasure.
  Result<std::size_t> destroy(std::string_view tenant, std::span<const std::string> owners, std::string_view request_id);

  // Of the peppers, for the environment: 64 hex.
  const std::string& pepper_hash() const { return peppers_.hash(); }

 private:
  struct OwnerRow;
  struct NameRow;
  class Lookups;

  Keystore(std::unique_ptr<state::Kv> kv, std::string master, std::string_view pepper_secret, const Options& options);
  KeyPtr find_or_make(std::string_view tenant, std::string_view owner, std::string_view record_id, bool may_make);
  KeyPtr make(std::string_view tenant, std::string_view owner, std::string_view record_id, KeyShard& shard,
              const std::string& owner_id);
  KeyPtr find_named(std::string_view tenant, std::string_view sealed);
  KeyPtr unwrap(std::string_view tenant, std::string_view name, const NameRow& row) const;
  template <class Row>
  bool read(std::string_view id, Row& row);
  Result<void> write(const std::vector<state::KvWrite>& writes);
  std::string why_missing(std::string_view id);
  std::vector<state::KvWrite> fresh_of(std::optional<std::thread::id> maker) const;

  std::unique_ptr<state::Kv> kv_;
  std::mutex read_mutex_;   // of kv_->get() and fault(); apply() may run beside them
  std::mutex write_mutex_;  // of kv_->apply()
  std::string master_;
  Peppers peppers_;
  std::optional<std::string> key_seed_;
  std::function<Result<void>()> catch_up_;
  KeyCache owners_, names_;  // lock order: an owner's shard, then a name's, then the store
  mutable std::mutex new_mutex_;  // of new_writes_
  struct Fresh {
    std::thread::id maker;
    state::KvWrite row;
  };
  std::vector<Fresh> new_writes_;
  std::mutex sync_mutex_;
  std::atomic<std::size_t> pending_{0};
  std::unique_ptr<Lookups> lookups_;
};

}  // namespace millrace
