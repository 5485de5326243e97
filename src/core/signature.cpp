#include "core/signature.h"

#include <openssl/evp.h>

#include <memory>

#include "core/hash.h"

namespace millrace {

static const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

bool verify_ed25519(std::string_view public_key_hex, std::string_view message, std::string_view signature_hex) {
  if (public_key_hex.size() != 64 || signature_hex.size() != 128) return false;
  const auto key_bytes = unhex(public_key_hex);
  const auto signature = unhex(signature_hex);
  if (!key_bytes || !signature) return false;
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(*key_bytes), 32), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!key || !context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), bytes(*signature), 64,
                          bytes(message), message.size()) == 1;
}

}  // namespace millrace
