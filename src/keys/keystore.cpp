#include "keys/keystore.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>

#include "keys/crypto.h"
#include "keys/key_name.h"
#include "keys/key_rows.h"
#include "keys/key_seed.h"
#include "keys/sealing.h"

namespace millrace {

// --- rows

// False also when it cannot be read or is damaged; then there is a fault.
template <class Row>
bool Keystore::read(std::string_view id, Row& row) {
  std::string bytes;
  {
    const std::lock_guard lock(read_mutex_);
    const bool there = kv_->get(id, bytes);
    if (kv_->fault()) {
      const std::lock_guard fault_lock(fault_mutex_);
      if (!fault_) fault_ = kv_->fault();
      failed_ = true;
    }
    if (!there) return false;
  }
  if (decode_key_row(bytes, row)) return true;
  fail("is damaged in row " + std::string(id));
  return false;
}

Result<void> Keystore::write(const std::vector<state::KvWrite>& writes) {
  if (failed_) return *fault();
  const std::lock_guard lock(write_mutex_);
  std::vector<state::KvWrite> counted = writes;
  counted.push_back({std::string(kTallyRow), std::to_string(writes_ + 1)});
  if (auto written = kv_->apply(counted, true); !written) return written;
  tally_.note(++writes_);
  return {};
}

// --- faults

// What this thread could not have of a store (KS-6).
static thread_local std::optional<std::pair<const Keystore*, Fault>> lacking;

std::optional<Fault> Keystore::fault() const {
  if (lacking && lacking->first == this) return lacking->second;
  if (!failed_) return std::nullopt;
  const std::lock_guard lock(fault_mutex_);
  return fault_;
}

void Keystore::fail(std::string_view what) {
  const std::lock_guard lock(fault_mutex_);
  if (!fault_) fault_ = fatal("corrupt", where_ + " " + std::string(what) + ". " + std::string(kMend));
  failed_ = true;
}

// A key that could not be read looks like one that is not there; then the reason is known already.
void Keystore::fail_missing(std::string_view id) { fail("lacks the key " + std::string(id)); }

// What stands in for a key after a fault: nothing that it seals may become durable.
KeyPtr Keystore::no_key(std::string_view tenant, std::string_view name) const {
  return std::make_shared<const SealingKey>(SealingKey{std::string(name), {}, peppers_.stamp(tenant, name)});
}

// nullptr: it does not open, and there is a fault.
KeyPtr Keystore::unwrap(std::string_view tenant, std::string_view name, const KeyNameRow& row) {
  const std::string id = name_row_id(tenant, name);
  auto bytes = unwrap_bytes(master_, place_of_key(id, row.owner), row.wrapped);
  if (!bytes) {
    fail("holds a key that does not open under keys/master: " + id);
    return nullptr;
  }
  return std::make_shared<const SealingKey>(SealingKey{std::string(name), *std::move(bytes), peppers_.stamp(tenant, name)});
}

// --- for re-folds

class Keystore::Lookups final : public Keyring {
 public:
  explicit Lookups(Keystore& store) : store_(store) {}
  std::string token(std::string_view tenant, std::string_view kind, std::string_view value) override {
    return store_.token(tenant, kind, value);
  }
  const SealingKey& key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) override;
  const SealingKey* key_of(std::string_view tenant, std::string_view sealed) override {
    return store_.key_of(tenant, sealed);
  }
  void seal(const SealingKey& key, std::string_view record_id, std::string_view type, std::string_view plaintext,
            std::string& out) override {
    store_.seal(key, record_id, type, plaintext, out);
  }
  std::optional<std::string> open(std::string_view tenant, std::string_view sealed) override {
    return store_.open(tenant, sealed);
  }
  std::optional<Fault> fault() const override { return store_.fault(); }

 private:
  Keystore& store_;
};

Keystore::Keystore(const std::string& data_folder, std::unique_ptr<state::Kv> kv, std::string master,
                   std::string_view pepper_secret, const Options& options)
    : where_("the keystore in " + data_folder + "/keys"),
      kv_(std::move(kv)),
      tally_(data_folder),
      master_(std::move(master)),
      peppers_(pepper_secret),
      key_seed_(options.key_seed),
      catch_up_(options.catch_up),
      owners_(options.cache_keys / 2),
      names_(options.cache_keys / 2),
      lookups_(std::make_unique<Lookups>(*this)) {}

Keystore::~Keystore() {
  if (lacking && lacking->first == this) lacking.reset();
}

Keyring& Keystore::lookups() { return *lookups_; }

// --- the keyring

// A reference that a caller holds must outlive eviction from the cache, until its thread's next call.
static const SealingKey* held(KeyPtr key) {
  static thread_local KeyPtr hand;
  hand = std::move(key);
  return hand.get();
}

std::string Keystore::token(std::string_view tenant, std::string_view kind, std::string_view value) {
  return peppers_.token(tenant, kind, value);
}

const SealingKey& Keystore::key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) {
  return *held(find_or_make(tenant, owner, record_id, true));
}

const SealingKey& Keystore::Lookups::key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) {
  return *held(store_.find_or_make(tenant, owner, record_id, false));
}

KeyPtr Keystore::find_or_make(std::string_view tenant, std::string_view owner, std::string_view record_id, bool may_make) {
  const std::string id = owner_row_id(tenant, owner);
  KeyShard& shard = owners_.shard(id);
  const std::lock_guard lock(shard.mutex);
  if (KeyPtr hit = shard.find(id, maker())) return hit;
  KeyOwnerRow row;
  KeyNameRow named;
  const bool known = read(id, row);
  if (known) {
    const std::string name_id = name_row_id(tenant, row.name);
    if (!read(name_id, named)) {
      fail_missing(name_id);
      return no_key(tenant, row.name);
    }
    if (named.destroyed_by.empty()) {
      KeyPtr key = unwrap(tenant, row.name, named);
      if (!key) return no_key(tenant, row.name);
      shard.keep(id, key);
      return key;
    }
  }
  if (failed_) return no_key(tenant, record_id);
  if (may_make) return make(tenant, owner, record_id, shard, id);
  if (!known) fail_missing(id);
  return no_key(tenant, known ? std::string_view(row.name) : record_id);
}

KeyPtr Keystore::make(std::string_view tenant, std::string_view owner, std::string_view record_id, KeyShard& shard,
                      const std::string& owner_id) {
  const auto key = std::make_shared<SealingKey>();
  key->bytes = key_seed_ ? seeded_key(*key_seed_, tenant, owner) : random_bytes(kKeyBytes);
  key->name = catch_up_ ? second_key_name(record_id, key->bytes) : std::string(record_id);
  for (;; key->name = second_key_name(key->name, owner)) {
    const std::string name_id = name_row_id(tenant, key->name);
    KeyShard& named = names_.shard(name_id);
    const std::lock_guard lock(named.mutex);
    KeyNameRow taken;
    if (named.find(name_id, maker()) || read(name_id, taken)) continue;
    key->stamp = peppers_.stamp(tenant, key->name);
    named.add_new(name_id, maker(), key);
    shard.add_new(owner_id, maker(), key);
    const KeyNameRow row{{}, std::string(owner), wrap_bytes(master_, place_of_key(name_id, owner), key->bytes)};
    const std::lock_guard fresh_lock(fresh_mutex_);
    fresh_.push_back({maker(), {name_id, encoded_key_row(row)}});
    fresh_.push_back({maker(), {owner_id, encoded_key_row(KeyOwnerRow{key->name})}});
    pending_.fetch_add(1, std::memory_order_release);
    return key;
  }
}

KeyPtr Keystore::find_named(std::string_view tenant, std::string_view sealed) {
  const auto parts = parse_sealed(sealed);
  if (!parts) return nullptr;
  const std::string id = name_row_id(tenant, parts->name);
  const bool ours = parts->stamp == peppers_.stamp(tenant, parts->name);
  if (KeyNameRow row; catch_up_ && ours && !names_.knows(id, maker()) && !read(id, row)) {
    if (lacking && lacking->first == this) return nullptr;  // nothing of this life is committed any more
    if (const auto caught_up = catch_up_(); !caught_up) {
      Fault why = caught_up.fault();
      why.message = "the key " + id + " was made elsewhere and cannot be had now: " + why.message;
      lacking.emplace(this, std::move(why));
      return nullptr;
    }
  }
  KeyShard& shard = names_.shard(id);
  const std::lock_guard lock(shard.mutex);
  KeyPtr key = shard.find(id, maker());
  KeyNameRow named;
  if (!key && read(id, named)) {
    if (!named.destroyed_by.empty()) return nullptr;
    key = unwrap(tenant, parts->name, named);
    if (key) shard.keep(id, key);
  }
  if (!key) {
    if (ours) fail_missing(id);
    return nullptr;
  }
  return key->stamp == parts->stamp ? key : nullptr;
}

const SealingKey* Keystore::key_of(std::string_view tenant, std::string_view sealed) {
  return held(find_named(tenant, sealed));
}

void Keystore::seal(const SealingKey& key, std::string_view record_id, std::string_view type,
                    std::string_view plaintext, std::string& out) {
  append_sealed(out, key, record_id, type, plaintext);
}

std::optional<std::string> Keystore::open(std::string_view tenant, std::string_view sealed) {
  const KeyPtr key = find_named(tenant, sealed);
  return key ? unseal_with(*key, *parse_sealed(sealed)) : std::nullopt;
}

// --- durability

// Here all threads make keys together, unless others do too (KS-5).
KeyMaker Keystore::maker() const { return catch_up_ ? std::this_thread::get_id() : KeyMaker(); }

std::vector<state::KvWrite> Keystore::fresh() const {
  std::vector<state::KvWrite> rows;
  if (pending() == 0) return rows;
  const std::lock_guard fresh_lock(fresh_mutex_);
  for (const Fresh& each : fresh_)
    if (each.maker == maker()) rows.push_back(each.row);
  return rows;
}

void Keystore::forget_fresh() {
  if (lacking && lacking->first == this) lacking.reset();
  if (pending() == 0) return;
  const std::lock_guard lock(sync_mutex_);
  end_fresh([this](const Fresh& each) { return each.maker == maker(); }, [](const Fresh&) { return false; });
}

Result<void> Keystore::keep(const std::vector<state::KvWrite>& rows) {
  if (rows.empty()) return {};
  const std::lock_guard lock(sync_mutex_);
  if (auto written = write(rows); !written) return written;
  if (pending() == 0) return {};
  std::unordered_map<std::string_view, const state::KvWrite*> kept;
  for (const state::KvWrite& each : rows) kept[each.key] = &each;  // the last word on a row
  end_fresh([&](const Fresh& each) { return kept.contains(each.row.key); },
            [&](const Fresh& each) { return kept.at(each.row.key)->value == each.row.value; });
  return {};
}

// Rows that `ends` are fresh no more: their keys go on where they `were` kept, and are forgotten otherwise. Needs: sync_mutex_,
// without which nobody takes a row from the list. (Who holds a shard may wait for fresh_mutex_.)
template <class Ends, class WereKept>
void Keystore::end_fresh(const Ends& ends, const WereKept& were_kept) {
  std::vector<Fresh> ended;
  {
    const std::lock_guard fresh_lock(fresh_mutex_);
    std::copy_if(fresh_.begin(), fresh_.end(), std::back_inserter(ended), ends);
  }
  for (const Fresh& each : ended) {
    KeyShard& shard = (each.row.key.starts_with("k/") ? owners_ : names_).shard(each.row.key);
    const std::lock_guard shard_lock(shard.mutex);
    if (were_kept(each)) shard.settle(each.row.key, each.maker);
    else shard.forget_new(each.row.key, each.maker);
  }
  const std::lock_guard fresh_lock(fresh_mutex_);
  auto next = ended.begin();
  std::erase_if(fresh_, [&](const Fresh& each) {
    const bool over = next != ended.end() && each.maker == next->maker && each.row.key == next->row.key;
    next += over;
    return over;
  });
  pending_.store((fresh_.size() + 1) / 2, std::memory_order_release);
}

Result<void> Keystore::sync() {
  if (failed_) return *fault();
  return keep(fresh());
}

Result<std::size_t> Keystore::destroy(std::string_view tenant, std::span<const std::string> owners,
                                      std::string_view request_id) {
  std::size_t destroyed = 0;
  for (const std::string& owner : owners) {
    const std::string id = owner_row_id(tenant, owner);
    KeyShard& shard = owners_.shard(id);
    for (;;) {
      if (auto synced = sync(); !synced) return synced.fault();
      const std::lock_guard lock(shard.mutex);
      if (shard.is_new(id, maker())) continue;  // made since; it is settled first
      KeyOwnerRow row;
      KeyNameRow live;
      if (!read(id, row)) break;
      const std::string name_id = name_row_id(tenant, row.name);
      KeyShard& named = names_.shard(name_id);
      const std::lock_guard name_lock(named.mutex);
      if (!read(name_id, live) || !live.destroyed_by.empty()) break;
      if (auto written = write({{name_id, encoded_key_row(KeyNameRow{std::string(request_id), owner, {}})}}); !written)
        return written.fault();
      shard.drop(id);
      named.drop(name_id);
      ++destroyed;
      break;
    }
  }
  if (failed_) return *fault();
  return destroyed;
}

}  // namespace millrace
