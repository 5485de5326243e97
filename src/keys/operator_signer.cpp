#include "keys/operator_signer.h"

#include "core/hash.h"
#include "keys/crypto.h"
#include "keys/key_seed.h"
#include "keys/secret_file.h"

namespace millrace {

static std::string file_of(const std::string& data_folder) { return data_folder + "/keys/operator"; }

OperatorSigner::OperatorSigner(std::string private_key)
    : private_key_(std::move(private_key)),
      public_key_(hex(ed25519_public_key(private_key_), 64)),
      key_id_(hid("key_", 12, {public_key_})) {}

Result<OperatorSigner> OperatorSigner::create(const std::string& data_folder, const std::optional<std::string>& key_seed) {
  std::string private_key = key_seed ? seeded_operator(*key_seed) : random_bytes(kKeyBytes);
  if (auto made = create_secret_file(file_of(data_folder), hex(private_key, 64) + "\n"); !made) return made.fault();
  return OperatorSigner(std::move(private_key));
}

Result<OperatorSigner> OperatorSigner::load(const std::string& data_folder) {
  const auto text = read_secret_file(file_of(data_folder));
  if (!text) return text.fault();
  std::string_view digits = *text;
  while (!digits.empty() && digits.back() == '\n') digits.remove_suffix(1);
  auto private_key = unhex(digits);
  if (!private_key || private_key->size() != kKeyBytes)
    return fatal("corrupt", file_of(data_folder) + " does not hold 64 hex digits; restore it from a backup");
  return OperatorSigner(*std::move(private_key));
}

std::string OperatorSigner::sign(std::string_view canonical_record_without_sig) const {
  return hex(ed25519_sign(private_key_, canonical_record_without_sig), 128);
}

}  // namespace millrace
