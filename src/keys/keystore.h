// The keystore of a data folder (spec/governance.md section 11): the keys of all subjects, wrapped under the master key
// in `keys/master`, over the key-value port.
//
//   auto store = Keystore::open(folder, std::move(kv), {.create = true});
//   keyring for folds:   **store             makes the keys that are missing
//   while re-folding:    (*store)->lookups() a missing key is a fault()
//   before each frame:   (*store)->sync()
//
// Takes    a Kv of its own.
// Threads  any may call everything. A key in memory costs one lock of 128 for the time of a look-up, a token none; only
//          what is not in memory meets at the store.
//
// KR-1  (core/keys.h) is kept by sync(): all new keys in one synced batch, a comparison when there are none.
// KR-3  A sealed value that carries a stamp of this namespace has a key here, or a tombstone of one. Otherwise that is
//       the store's fault().
// KR-4  lookups() never makes a key; a missing one is the store's fault().
// KS-1  A name has one key for ever; an owner has one live key. Where others make keys too, two may need one for the same record at
//       once, so there the name is a hash over the record's id and the key.
// KS-2  A damaged row, or one under another master key, is the store's fault().
// KS-3  After a fault nothing becomes durable any more: sync(), keep() and destroy() give it.
// KS-4  A store that has lost its last writes does not open (keys/tally.h).
// KS-5  Where others make keys too (Options::catch_up), a new key is its maker's alone, a thread's, until it is kept, and
//       what keep() has from another for the same owner takes its place: a maker who has lost its partition neither lends
//       its key to the next one nor goes on with it.
// KS-6  A key that another made and that cannot be had now (the brokers are away) is the fault() of the thread that needs it, a
//       retry, until that thread forgets what it has made.
//
// Rows: "k/<tenant>/<owner>" {name}: the owner's live key; "n/<tenant>/<name>" {owner, wrapped, destroyed_by}, wrapped
// empty after destruction; "p" the wrapped secret of the peppers (keys/peppers.h); "c" how many writes there were.
//
// Where several processes make keys (a cluster), their rows meet in a log of their own: fresh() is what goes there with
// the records that need it, keep() what is known to lie there. So an owner may have several keys, each under its name.
// Does not know what it wraps for, or when a key may be destroyed.      Tests: tests/unit/keystore_test.cpp
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/keys.h"
#include "keys/key_cache.h"
#include "keys/peppers.h"
#include "keys/tally.h"
#include "state/kv.h"

namespace millrace {

struct KeyNameRow;  // keys/key_rows.h

class Keystore final : public Keyring {
 public:
  struct Options {
    bool create = false;                  // a new namespace: makes the master key and the peppers
    std::optional<std::string> key_seed;  // derive every secret instead of drawing it (keys/key_seed.h)
    std::size_t cache_keys = 200'000;     // kept unwrapped in memory
    bool beside = false;                  // another process writes the store; here keys are looked up
    // Where others make keys too: takes in what they made since (keep()), when a sealed value names one not known here.
    std::function<Result<void>()> catch_up{};
  };
  // What to do about a damaged store: nothing but a copy brings keys back.
  static constexpr std::string_view kMend =
      "Check the disk, then restore the folder `keys` whole from a backup. Without these keys sealed fields stay closed for ever";
  // The row that stays in its folder: it counts the writes of this store, and means nothing in another.
  static constexpr std::string_view kTallyRow = "c";

  // Fails: exists (create, and it is there), missing, secret_mode, wrong_master_key, corrupt (both say what to restore), and as the Kv does.
  static Result<std::unique_ptr<Keystore>> open(const std::string& data_folder, std::unique_ptr<state::Kv> kv,
                                                const Options& options);
  ~Keystore() override;

  std::string token(std::string_view tenant, std::string_view kind, std::string_view value) override;
  const SealingKey& key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) override;
  const SealingKey* key_of(std::string_view tenant, std::string_view sealed) override;
  void seal(const SealingKey& key, std::string_view record_id, std::string_view type, std::string_view plaintext,
            std::string& out) override;
  std::optional<std::string> open(std::string_view tenant, std::string_view sealed) override;
  std::optional<Fault> fault() const override;

  // The same keys for a re-fold (KR-4). For an owner whose key was destroyed key_for() gives a key without bytes, which
  // seals tombstones. Lives as long as the store.
  Keyring& lookups();

  // Keys that are not durable yet.
  std::size_t pending() const { return pending_.load(std::memory_order_acquire); }
  // Makes them durable, before the frame that holds what they sealed. Fails: as Kv::apply; they stay pending.
  Result<void> sync();
  // For who has another place to make them durable: the rows of what this thread made and nobody kept yet; rows to keep
  // here, of others too (fails: as Kv::apply); and what this thread made, or lacked, is forgotten, as if it had not been.
  std::vector<state::KvWrite> fresh() const;
  Result<void> keep(const std::vector<state::KvWrite>& rows);
  void forget_fresh();

  // Destroys the live keys of these owners, durably, and gives how many there were. Values sealed under them open as
  // nothing from now on. `request_id` names the erasure.
  Result<std::size_t> destroy(std::string_view tenant, std::span<const std::string> owners, std::string_view request_id);

  // Of the peppers, for the environment: 64 hex.
  const std::string& pepper_hash() const { return peppers_.hash(); }

 private:
  class Lookups;

  Keystore(const std::string& data_folder, std::unique_ptr<state::Kv> kv, std::string master, std::string_view pepper_secret,
           const Options& options);
  KeyPtr find_or_make(std::string_view tenant, std::string_view owner, std::string_view record_id, bool may_make);
  KeyPtr make(std::string_view tenant, std::string_view owner, std::string_view record_id, KeyShard& shard,
              const std::string& owner_id);
  KeyPtr find_named(std::string_view tenant, std::string_view sealed);
  KeyPtr unwrap(std::string_view tenant, std::string_view name, const KeyNameRow& row);
  KeyPtr no_key(std::string_view tenant, std::string_view name) const;
  template <class Row>
  bool read(std::string_view id, Row& row);
  Result<void> write(const std::vector<state::KvWrite>& writes);
  Result<void> recount();
  void fail(std::string_view what);
  void fail_missing(std::string_view id);
  struct Fresh {
    KeyMaker maker;
    state::KvWrite row;
  };
  KeyMaker maker() const;
  template <class Ends, class WereKept>
  void end_fresh(const Ends& ends, const WereKept& were_kept);

  const std::string where_;  // "the keystore in <folder>"
  std::unique_ptr<state::Kv> kv_;
  Tally tally_;
  std::uint64_t writes_ = 0;
  mutable std::mutex fault_mutex_;
  std::optional<Fault> fault_;
  std::atomic<bool> failed_{false};
  std::mutex read_mutex_;   // of kv_->get() and fault(); apply() may run beside them
  std::mutex write_mutex_;  // of kv_->apply()
  std::string master_;
  Peppers peppers_;
  std::optional<std::string> key_seed_;
  std::function<Result<void>()> catch_up_;
  KeyCache owners_, names_;  // lock order: an owner's shard, then a name's, then the store
  mutable std::mutex fresh_mutex_;  // of fresh_
  std::vector<Fresh> fresh_;  // of each key its name first: who has read half of it knows of no owner without a key
  std::mutex sync_mutex_;
  std::atomic<std::size_t> pending_{0};
  std::unique_ptr<Lookups> lookups_;
};

}  // namespace millrace
