// The keyring of folds on a cluster.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/keys.h"
#include "engine/quarantine.h"

namespace millrace::node {

inline constexpr std::string_view kFoldOwners = "fold/";

// The owner of a key that a producer makes for a name which its client has chosen: none of the folds' (below).
inline std::string owner_named(std::string_view name) {
  return name.starts_with(kFoldOwners) ? "named/" + std::string(name) : std::string(name);
}

// Folds make keys in a space of owners of their own: there a harvest task is the only maker, so that the key of an owner is
// the same whenever its partition is folded again, whatever producers have made for the same owner meanwhile.
class FoldKeyring final : public Keyring {
 public:
  explicit FoldKeyring(Keyring& keys) : keys_(keys) {}
  std::string token(std::string_view tenant, std::string_view kind, std::string_view value) override {
    return keys_.token(tenant, kind, value);
  }
  const SealingKey& key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) override {
    if (owner == engine::kDeadLetterKeyOwner) return keys_.key_for(tenant, owner, record_id);
    return keys_.key_for(tenant, std::string(kFoldOwners).append(owner), record_id);
  }
  const SealingKey* key_of(std::string_view tenant, std::string_view sealed) override { return keys_.key_of(tenant, sealed); }
  void seal(const SealingKey& key, std::string_view record_id, std::string_view type, std::string_view plaintext,
            std::string& out) override {
    keys_.seal(key, record_id, type, plaintext, out);
  }
  std::optional<std::string> open(std::string_view tenant, std::string_view sealed) override {
    return keys_.open(tenant, sealed);
  }
  std::optional<Fault> fault() const override { return keys_.fault(); }

 private:
  Keyring& keys_;
};

}  // namespace millrace::node
