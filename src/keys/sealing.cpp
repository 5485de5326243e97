#include "keys/sealing.h"

#include "core/hmac.h"
#include "keys/crypto.h"

namespace millrace {

static constexpr std::string_view kVersion = "s1.";

void append_sealed(std::string& out, const SealingKey& key, std::string_view record_id, std::string_view type,
                   std::string_view plaintext) {
  const std::size_t start = out.size();
  out.append(kVersion).append(key.name).append(1, '.').append(key.stamp);
  const std::size_t head = out.size() - start;
  if (key.bytes.empty()) {
    out.push_back('.');
    return;
  }
  const Sha256 mac = HmacKey(key.bytes).mac({record_id, "\n", type, "\n", plaintext});
  const std::string_view nonce(reinterpret_cast<const char*>(mac.data()), kNonceBytes);
  static thread_local std::string payload;
  payload.assign(nonce);
  aead_seal(key.bytes, nonce, std::string_view(out).substr(start, head), plaintext, payload);
  out.push_back('.');
  append_base64(out, payload);
}

std::optional<SealedParts> parse_sealed(std::string_view sealed) {
  if (!sealed.starts_with(kVersion)) return std::nullopt;
  const std::size_t last = sealed.rfind('.');
  const std::string_view head = sealed.substr(0, last);
  const std::size_t middle = head.rfind('.');
  if (middle == std::string_view::npos || middle < kVersion.size()) return std::nullopt;
  SealedParts parts{head.substr(kVersion.size(), middle - kVersion.size()), head.substr(middle + 1), head,
                    sealed.substr(last + 1)};
  if (parts.name.empty() || parts.stamp.empty()) return std::nullopt;
  return parts;
}

std::optional<std::string> unseal_with(const SealingKey& key, const SealedParts& sealed) {
  if (key.bytes.empty() || sealed.body.empty()) return std::nullopt;
  const auto payload = from_base64(sealed.body);
  if (!payload || payload->size() < kNonceBytes + kTagBytes) return std::nullopt;
  const std::string_view bytes = *payload;
  return aead_open(key.bytes, bytes.substr(0, kNonceBytes), sealed.head, bytes.substr(kNonceBytes));
}

}  // namespace millrace
