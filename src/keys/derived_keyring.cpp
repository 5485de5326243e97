#include "keys/derived_keyring.h"

#include "keys/key_name.h"
#include "keys/key_seed.h"
#include "keys/sealing.h"

namespace millrace {

DerivedKeyring::DerivedKeyring(std::string seed) : seed_(std::move(seed)), peppers_(seeded_pepper(seed_)) {}

std::string DerivedKeyring::token(std::string_view tenant, std::string_view kind, std::string_view value) {
  return peppers_.token(tenant, kind, value);
}

const SealingKey& DerivedKeyring::key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) {
  const std::lock_guard lock(mutex_);
  const auto [entry, fresh] = keys_.try_emplace({std::string(tenant), std::string(owner)});
  SealingKey& key = entry->second;
  if (fresh) {
    key.name = record_id;
    if (names_.contains({std::string(tenant), key.name})) key.name = second_key_name(record_id, owner);
    key.bytes = seeded_key(seed_, tenant, owner);
    key.stamp = peppers_.stamp(tenant, key.name);
    names_[{std::string(tenant), key.name}] = &key;
  }
  return key;
}

const SealingKey* DerivedKeyring::find(std::string_view tenant, std::string_view sealed) {
  const auto parts = parse_sealed(sealed);
  if (!parts || parts->stamp != peppers_.stamp(tenant, parts->name)) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = names_.find({std::string(tenant), std::string(parts->name)});
  INVARIANT("KR-3", found != names_.end(), "the key of a sealed value is missing: " + std::string(parts->name));
  return found->second;
}

const SealingKey* DerivedKeyring::key_of(std::string_view tenant, std::string_view sealed) { return find(tenant, sealed); }

void DerivedKeyring::seal(const SealingKey& key, std::string_view record_id, std::string_view type,
                          std::string_view plaintext, std::string& out) {
  append_sealed(out, key, record_id, type, plaintext);
}

std::optional<std::string> DerivedKeyring::open(std::string_view tenant, std::string_view sealed) {
  const SealingKey* key = find(tenant, sealed);
  return key ? unseal_with(*key, *parse_sealed(sealed)) : std::nullopt;
}

void DerivedKeyring::destroy(std::string_view tenant, std::string_view owner) {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find({std::string(tenant), std::string(owner)});
  if (found == keys_.end()) return;
  names_[{std::string(tenant), found->second.name}] = nullptr;
  keys_.erase(found);
}

}  // namespace millrace
