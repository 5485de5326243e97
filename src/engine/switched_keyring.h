// The keyring of tasks that first recover and then go on live: looks keys up while re-folding, makes what is missing
// afterwards.
//
// Threads: use() while no task folds.
#pragma once

#include <optional>
#include <string>

#include "core/keys.h"

namespace millrace::engine {

class SwitchedKeyring final : public Keyring {
 public:
  explicit SwitchedKeyring(Keyring& first) : keys_(&first) {}
  void use(Keyring& keys) { keys_ = &keys; }

  std::string token(std::string_view tenant, std::string_view kind, std::string_view value) override {
    return keys_->token(tenant, kind, value);
  }
  const SealingKey& key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) override {
    return keys_->key_for(tenant, owner, record_id);
  }
  const SealingKey* key_of(std::string_view tenant, std::string_view sealed) override {
    return keys_->key_of(tenant, sealed);
  }
  void seal(const SealingKey& key, std::string_view record_id, std::string_view type, std::string_view plaintext,
            std::string& out) override {
    keys_->seal(key, record_id, type, plaintext, out);
  }
  std::optional<std::string> open(std::string_view tenant, std::string_view sealed) override {
    return keys_->open(tenant, sealed);
  }

 private:
  Keyring* keys_;
};

}  // namespace millrace::engine
