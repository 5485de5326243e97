// A keyring in memory whose keys are derived from a seed: for tests of folds and for runs that keep no keystore.
//
// Threads: any.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include "core/keys.h"
#include "keys/peppers.h"

namespace millrace {

class DerivedKeyring final : public Keyring {
 public:
  explicit DerivedKeyring(std::string seed);

  std::string token(std::string_view tenant, std::string_view kind, std::string_view value) override;
  const SealingKey& key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) override;
  const SealingKey* key_of(std::string_view tenant, std::string_view sealed) override;
  void seal(const SealingKey& key, std::string_view record_id, std::string_view type, std::string_view plaintext,
            std::string& out) override;
  std::optional<std::string> open(std::string_view tenant, std::string_view sealed) override;

  // As if a key.destroyed accounted for the owner's key. References to it become invalid.
  void destroy(std::string_view tenant, std::string_view owner);

 private:
  using TenantAnd = std::pair<std::string, std::string>;
  const SealingKey* find(std::string_view tenant, std::string_view sealed);

  std::string seed_;
  Peppers peppers_;
  std::mutex mutex_;
  std::map<TenantAnd, SealingKey> keys_;          // by owner
  std::map<TenantAnd, const SealingKey*> names_;  // by name; nullptr: destroyed
};

}  // namespace millrace
