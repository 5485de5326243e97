#include "keys/keystore.h"

#include <cstdlib>
#include <unordered_set>

#include "core/hmac.h"
#include "keys/crypto.h"
#include "keys/key_name.h"
#include "keys/key_seed.h"
#include "keys/sealing.h"
#include "keys/secret_file.h"
#include "state/codec.h"

namespace millrace {

struct Keystore::OwnerRow {
  std::string name;
  static constexpr auto fields() { return FieldList{required("name", &OwnerRow::name)}; }
};

struct Keystore::NameRow {
  std::string destroyed_by, owner, wrapped;
  static constexpr auto fields() {
    return FieldList{field("destroyed_by", &NameRow::destroyed_by), required("owner", &NameRow::owner),
                     field("wrapped", &NameRow::wrapped)};
  }
};

// --- rows

static constexpr char kRowVersion = 1;
static constexpr std::string_view kPepperRow = "p";

static std::string row_id(std::string_view family, std::string_view tenant, std::string_view rest) {
  std::string id;
  id.reserve(family.size() + tenant.size() + rest.size() + 1);
  return id.append(family).append(tenant).append(1, '/').append(rest);
}
static std::string owner_row_id(std::string_view tenant, std::string_view owner) { return row_id("k/", tenant, owner); }
static std::string name_row_id(std::string_view tenant, std::string_view name) { return row_id("n/", tenant, name); }

template <class Row>
static std::string encoded(const Row& row) {
  std::string bytes(1, kRowVersion);
  state::encode(bytes, row);
  return bytes;
}

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
  std::string_view in = bytes;
  const bool version = !in.empty() && in.front() == kRowVersion;
  if (version) in.remove_prefix(1);
  if (version && state::decode(in, row) && in.empty()) return true;
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

Result<void> Keystore::recount() {
  std::string count;
  if (kv_->get(kTallyRow, count)) writes_ = std::strtoull(count.c_str(), nullptr, 10);
  if (kv_->fault()) return *kv_->fault();
  const std::uint64_t noted = tally_.read();
  if (writes_ < noted) {
    fail("has lost the last " + std::to_string(noted - writes_) + " of its " + std::to_string(noted) + " writes");
    return *fault();
  }
  tally_.note(writes_);
  return {};
}

// --- faults

std::optional<Fault> Keystore::fault() const {
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

// --- wrapping: the nonce follows from what is wrapped, so it never serves two plaintexts

static std::string wrap(std::string_view master, std::string_view place, std::string_view bytes) {
  const Sha256 mac = HmacKey(master).mac({place, "\n", bytes});
  std::string out(reinterpret_cast<const char*>(mac.data()), kNonceBytes);
  aead_seal(master, std::string(out), place, bytes, out);
  return out;
}

static std::optional<std::string> unwrapped(std::string_view master, std::string_view place, std::string_view wrapped) {
  if (wrapped.size() < kNonceBytes) return std::nullopt;
  return aead_open(master, wrapped.substr(0, kNonceBytes), place, wrapped.substr(kNonceBytes));
}

// What a key is wrapped for: under another name, or for another owner, it does not open.
static std::string place_of(std::string_view name_id, std::string_view owner) {
  return std::string(name_id).append("\n").append(owner);
}

// nullptr: it does not open, and there is a fault.
KeyPtr Keystore::unwrap(std::string_view tenant, std::string_view name, const NameRow& row) {
  const std::string id = name_row_id(tenant, name);
  auto bytes = unwrapped(master_, place_of(id, row.owner), row.wrapped);
  if (!bytes) {
    fail("holds a key that does not open under keys/master: " + id);
    return nullptr;
  }
  return std::make_shared<const SealingKey>(SealingKey{std::string(name), *std::move(bytes), peppers_.stamp(tenant, name)});
}

// --- opening

static Result<std::string> master_of(const std::string& data_folder, const Keystore::Options& options) {
  const std::string path = data_folder + "/keys/master";
  if (options.create) {
    const std::string fresh = options.key_seed ? seeded_master(*options.key_seed) : random_bytes(kKeyBytes);
    const auto made = create_secret_file(path, hex(fresh, 64) + "\n");
    // One that is there may be left from a creation that was cut short; open() looks whether it was.
    if (!made && made.fault().code != "exists") return made.fault();
  }
  const auto text = read_secret_file(path);
  if (!text) return text.fault();
  std::string_view digits = *text;
  while (!digits.empty() && digits.back() == '\n') digits.remove_suffix(1);
  auto master = unhex(digits);
  if (!master || master->size() != kKeyBytes)
    return fatal("corrupt", path + " does not hold 64 hex digits; restore it from a backup");
  return *std::move(master);
}

Result<std::unique_ptr<Keystore>> Keystore::open(const std::string& data_folder, std::unique_ptr<state::Kv> kv,
                                                 const Options& options) {
  auto master = master_of(data_folder, options);
  if (!master) return master.fault();
  std::string wrapped;
  const bool there = kv->get(kPepperRow, wrapped);
  if (kv->fault()) return *kv->fault();
  if (there && options.create) return fatal("exists", "the keystore in " + data_folder + " is there already");
  const std::string where = "the keystore in " + data_folder + "/keys";
  if (!there && !options.create) return fatal("corrupt", where + " is empty. " + std::string(kMend));
  std::string secret;
  if (there) {
    auto opened = unwrapped(*master, kPepperRow, wrapped);
    if (!opened)
      return fatal("corrupt", where + " does not open under " + data_folder + "/keys/master. " + std::string(kMend));
    secret = *std::move(opened);
  } else {
    secret = options.key_seed ? seeded_pepper(*options.key_seed) : random_bytes(kKeyBytes);
    const auto made = kv->apply({{std::string(kPepperRow), wrap(*master, kPepperRow, secret)}}, true);
    if (!made) return made.fault();
  }
  std::unique_ptr<Keystore> store(new Keystore(data_folder, std::move(kv), *std::move(master), secret, options));
  if (options.create) store->tally_.remove();
  if (options.beside) return store;
  if (auto counted = store->recount(); !counted) return counted.fault();
  return store;
}

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

Keystore::~Keystore() = default;

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
  if (KeyPtr hit = shard.find(id)) return hit;
  OwnerRow row;
  NameRow named;
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
  for (key->name = record_id;; key->name = second_key_name(key->name, owner)) {
    const std::string name_id = name_row_id(tenant, key->name);
    KeyShard& named = names_.shard(name_id);
    const std::lock_guard lock(named.mutex);
    NameRow taken;
    if (named.find(name_id) || read(name_id, taken)) continue;
    key->stamp = peppers_.stamp(tenant, key->name);
    named.add_new(name_id, key);
    shard.add_new(owner_id, key);
    const NameRow row{{}, std::string(owner), wrap(master_, place_of(name_id, owner), key->bytes)};
    const std::lock_guard new_lock(new_mutex_);
    const auto maker = std::this_thread::get_id();
    new_writes_.push_back({maker, {owner_id, encoded(OwnerRow{key->name})}});
    new_writes_.push_back({maker, {name_id, encoded(row)}});
    pending_.fetch_add(1, std::memory_order_release);
    return key;
  }
}

KeyPtr Keystore::find_named(std::string_view tenant, std::string_view sealed) {
  const auto parts = parse_sealed(sealed);
  if (!parts) return nullptr;
  const std::string id = name_row_id(tenant, parts->name);
  const bool ours = parts->stamp == peppers_.stamp(tenant, parts->name);
  if (NameRow row; catch_up_ && ours && !names_.knows(id) && !read(id, row)) {
    const auto caught_up = catch_up_();
    INVARIANT("KR-3", caught_up, "the key " + id + " was made elsewhere and cannot be had: " + caught_up.fault().message);
  }
  KeyShard& shard = names_.shard(id);
  const std::lock_guard lock(shard.mutex);
  KeyPtr key = shard.find(id);
  NameRow named;
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

std::vector<state::KvWrite> Keystore::fresh_of(std::optional<std::thread::id> maker) const {
  std::vector<state::KvWrite> rows;
  const std::lock_guard new_lock(new_mutex_);
  for (const Fresh& each : new_writes_)
    if (!maker || each.maker == *maker) rows.push_back(each.row);
  return rows;
}

std::vector<state::KvWrite> Keystore::fresh() const {
  if (pending() == 0) return {};
  return fresh_of(std::this_thread::get_id());
}

void Keystore::forget_fresh() {
  for (const state::KvWrite& each : fresh()) {
    KeyShard& shard = (each.key.starts_with("k/") ? owners_ : names_).shard(each.key);
    const std::lock_guard shard_lock(shard.mutex);
    shard.forget_new(each.key);
  }
  const std::lock_guard new_lock(new_mutex_);
  std::erase_if(new_writes_, [](const Fresh& each) { return each.maker == std::this_thread::get_id(); });
  pending_.store(new_writes_.size() / 2, std::memory_order_release);
}

Result<void> Keystore::keep(const std::vector<state::KvWrite>& rows) {
  if (rows.empty()) return {};
  const std::lock_guard lock(sync_mutex_);
  if (auto written = write(rows); !written) return written;
  std::unordered_set<std::string_view> kept;
  for (const state::KvWrite& each : rows) {
    KeyShard& shard = (each.key.starts_with("k/") ? owners_ : names_).shard(each.key);
    const std::lock_guard shard_lock(shard.mutex);
    shard.settle(each.key);
    kept.insert(each.key);
  }
  const std::lock_guard new_lock(new_mutex_);
  std::erase_if(new_writes_, [&](const Fresh& each) { return kept.contains(each.row.key); });
  pending_.store(new_writes_.size() / 2, std::memory_order_release);
  return {};
}

Result<void> Keystore::sync() {
  if (failed_) return *fault();
  if (pending() == 0) return {};
  return keep(fresh_of(std::nullopt));
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
      if (shard.is_new(id)) continue;  // made since; it is settled first
      OwnerRow row;
      NameRow live;
      if (!read(id, row)) break;
      const std::string name_id = name_row_id(tenant, row.name);
      KeyShard& named = names_.shard(name_id);
      const std::lock_guard name_lock(named.mutex);
      if (!read(name_id, live) || !live.destroyed_by.empty()) break;
      if (auto written = write({{name_id, encoded(NameRow{std::string(request_id), owner, {}})}}); !written)
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
