// The operator key of a namespace (spec/conventions.md section 4): an Ed25519 pair whose private half stands in the
// data folder, `keys/operator`, 64 hex digits, mode 0600. Its public half is the record control.operator_key.
//
// Signed is the canonical text of a record without its sig; checking is verify_ed25519 (core/signature.h), which the
// folds call with the keys of their log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace {

class OperatorSigner {
 public:
  // Makes the pair and its file; derived from `key_seed` when there is one. Fails: exists.
  static Result<OperatorSigner> create(const std::string& data_folder, const std::optional<std::string>& key_seed = {});
  // Fails: missing, secret_mode, corrupt (a digit that is another is found too).
  static Result<OperatorSigner> load(const std::string& data_folder);
  // Of 32 bytes of private key (the secret `operator_key` of a cluster).
  explicit OperatorSigner(std::string private_key);

  const std::string& key_id() const { return key_id_; }          // "key_" + 12 hex of the public key
  const std::string& public_key() const { return public_key_; }  // 64 hex
  // 128 hex.
  std::string sign(std::string_view canonical_record_without_sig) const;

 private:
  std::string file_text() const;  // the private key and, by which damage is found, its id

  std::string private_key_, public_key_, key_id_;
};

}  // namespace millrace
