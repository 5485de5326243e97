#include "core/signature.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <optional>

namespace millrace {

template <std::size_t N>
static std::optional<std::array<unsigned char, N>> from_hex(std::string_view text) {
  if (text.size() != N * 2) return std::nullopt;
  std::array<unsigned char, N> bytes{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    int digit;
    if (c >= '0' && c <= '9') digit = c - '0';
    else if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    else return std::nullopt;
    bytes[i / 2] = static_cast<unsigned char>(bytes[i / 2] << 4 | digit);
  }
  return bytes;
}

bool verify_ed25519(std::string_view public_key_hex, std::string_view message, std::string_view signature_hex) {
  const auto key_bytes = from_hex<32>(public_key_hex);
  const auto signature = from_hex<64>(signature_hex);
  if (!key_bytes || !signature) return false;
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key_bytes->data(), key_bytes->size()), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!key || !context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), signature->data(), signature->size(),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

}  // namespace millrace
