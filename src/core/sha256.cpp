// SHA-256, HMAC and what is made of them. The low-level calls are used on purpose: OpenSSL 3's one-shot functions fetch
// an algorithm by name on every call, which costs more than hashing an id.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <charconv>
#include <cstring>

#include "core/hmac.h"

namespace millrace {

static void update(SHA256_CTX& context, std::string_view bytes) { SHA256_Update(&context, bytes.data(), bytes.size()); }

static Sha256 finish(SHA256_CTX& context) {
  Sha256 digest;
  SHA256_Final(digest.data(), &context);
  return digest;
}

static std::string_view view(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256 sha256(std::string_view bytes) {
  SHA256_CTX context;
  SHA256_Init(&context);
  update(context, bytes);
  return finish(context);
}

static SHA256_CTX resume(const std::array<std::uint32_t, 8>& state) {
  SHA256_CTX context;
  SHA256_Init(&context);
  for (std::size_t i = 0; i < 8; ++i) context.h[i] = state[i];
  context.Nl = SHA256_CBLOCK * 8;  // one block of the padded key has been hashed
  return context;
}

HmacKey::HmacKey(std::string_view key) {
  Sha256 shortened;
  if (key.size() > SHA256_CBLOCK) {
    shortened = sha256(key);
    key = view(shortened);
  }
  const auto state_after = [&](char pad) {
    char block[SHA256_CBLOCK];
    std::memset(block, pad, sizeof block);
    for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<char>(block[i] ^ key[i]);
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, block, sizeof block);
    std::array<std::uint32_t, 8> state;
    for (std::size_t i = 0; i < 8; ++i) state[i] = context.h[i];
    return state;
  };
  inner_ = state_after(0x36);
  outer_ = state_after(0x5c);
}

Sha256 HmacKey::mac(std::initializer_list<std::string_view> parts) const {
  SHA256_CTX context = resume(inner_);
  for (const std::string_view part : parts) update(context, part);
  const Sha256 inner = finish(context);
  context = resume(outer_);
  update(context, view(inner));
  return finish(context);
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) { return HmacKey(key).mac(bytes); }

std::string hex(std::string_view bytes, std::size_t digits) {
  static constexpr char alphabet[] = "0123456789abcdef";
  if (digits > bytes.size() * 2) digits = bytes.size() * 2;
  std::string out(digits, '0');
  for (std::size_t i = 0; i < digits; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i / 2]);
    out[i] = alphabet[i % 2 ? byte & 15 : byte >> 4];
  }
  return out;
}

std::string hex(const Sha256& digest, std::size_t digits) { return hex(view(digest), digits); }

std::optional<std::string> unhex(std::string_view digits) {
  if (digits.size() % 2) return std::nullopt;
  std::string out(digits.size() / 2, '\0');
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[i];
    int digit;
    if (c >= '0' && c <= '9') digit = c - '0';
    else if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
    else return std::nullopt;
    out[i / 2] = static_cast<char>(static_cast<unsigned char>(out[i / 2]) << 4 | digit);
  }
  return out;
}

static Sha256 sha256_of_lines(std::initializer_list<std::string_view> parts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  bool first = true;
  for (const std::string_view part : parts) {
    if (!first) update(context, "\n");
    first = false;
    update(context, part);
  }
  return finish(context);
}

std::string hid(std::string_view prefix, std::size_t n, std::initializer_list<std::string_view> parts) {
  std::string id(prefix);
  id.append(hex(sha256_of_lines(parts), n));
  return id;
}

std::string derive_id(std::string_view cause_id, std::string_view stage, std::uint64_t ordinal) {
  char digits[20];
  const char* end = std::to_chars(digits, digits + sizeof digits, ordinal).ptr;
  return hex(sha256_of_lines({cause_id, stage, {digits, static_cast<std::size_t>(end - digits)}}), 32);
}

}  // namespace millrace
