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
  OperatorSigner signer(std::move(private_key));
  if (auto made = create_secret_file(file_of(data_folder), signer.file_text()); !made) return made.fault();
  return signer;
}

std::string OperatorSigner::file_text() const { return hex(private_key_, 64) + "\n" + key_id_ + "\n"; }

Result<OperatorSigner> OperatorSigner::load(const std::string& data_folder) {
  const auto text = read_secret_file(file_of(data_folder));
  if (!text) return text.fault();
  auto private_key = unhex(text->substr(0, 2 * kKeyBytes));
  if (private_key && private_key->size() == kKeyBytes) {
    OperatorSigner signer(*std::move(private_key));
    // Older folders have the digits alone.
    const std::string whole = signer.file_text();
    for (const std::size_t length : {whole.size(), 2 * kKeyBytes + 1, 2 * kKeyBytes})
      if (*text == whole.substr(0, length)) return signer;
  }
  return fatal("corrupt", file_of(data_folder) + " is damaged: it does not hold a private key and the id of that key; restore it "
                                                 "from a backup");
}

std::string OperatorSigner::sign(std::string_view canonical_record_without_sig) const {
  return hex(ed25519_sign(private_key_, canonical_record_without_sig), 128);
}

}  // namespace millrace
