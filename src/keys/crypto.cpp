#include "keys/crypto.h"

#include <openssl/evp.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

#include "core/result.h"

namespace millrace {

static const unsigned char* raw(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
static unsigned char* raw(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  // The kernel's generator itself: it costs less than OpenSSL's, and a fork cannot repeat what was drawn.
  for (std::size_t filled = 0; filled < count;) {
    const ssize_t n = ::getrandom(bytes.data() + filled, count - filled, 0);
    INVARIANT("CR-1", n > 0 || errno == EINTR, "the system has no random bytes");
    if (n > 0) filled += static_cast<std::size_t>(n);
  }
  return bytes;
}

namespace {

// Fetching a cipher by name and making a context are dear, setting a key is not.
class CipherContext {
 public:
  EVP_CIPHER_CTX* get() { return context_.get(); }

 private:
  static const EVP_CIPHER* cipher() {
    static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
    INVARIANT("CR-1", fetched, "OpenSSL has no ChaCha20-Poly1305");
    return fetched;
  }
  static EVP_CIPHER_CTX* make(int encrypt) {
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    INVARIANT("CR-1", context && EVP_CipherInit_ex2(context, cipher(), nullptr, nullptr, encrypt, nullptr) == 1,
              "OpenSSL gives no cipher context");
    return context;
  }
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context_;

 public:
  explicit CipherContext(int encrypt) : context_(make(encrypt), EVP_CIPHER_CTX_free) {}
};

using PrivateKey = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

PrivateKey ed25519_key(std::string_view private_key) {
  INVARIANT("CR-2", private_key.size() == kKeyBytes, "an Ed25519 private key has 32 bytes");
  PrivateKey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(private_key), private_key.size()),
                 EVP_PKEY_free);
  INVARIANT("CR-1", key, "OpenSSL takes no Ed25519 key");
  return key;
}

}  // namespace

void aead_seal(std::string_view key, std::string_view nonce, std::string_view aad, std::string_view plaintext,
               std::string& out) {
  INVARIANT("CR-2", key.size() == kKeyBytes && nonce.size() == kNonceBytes, "a key has 32 bytes, a nonce 12");
  static thread_local CipherContext context(1);
  EVP_CIPHER_CTX* c = context.get();
  const std::size_t start = out.size();
  out.resize(start + plaintext.size() + kTagBytes);
  int n = 0;
  bool good = EVP_EncryptInit_ex2(c, nullptr, raw(key), raw(nonce), nullptr) == 1;
  good = good && EVP_EncryptUpdate(c, nullptr, &n, raw(aad), static_cast<int>(aad.size())) == 1;
  good = good && EVP_EncryptUpdate(c, raw(out.data() + start), &n, raw(plaintext), static_cast<int>(plaintext.size())) == 1;
  good = good && EVP_EncryptFinal_ex(c, raw(out.data() + start + n), &n) == 1;
  good = good && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, kTagBytes, out.data() + start + plaintext.size()) == 1;
  INVARIANT("CR-1", good, "OpenSSL does not encrypt");
}

std::optional<std::string> aead_open(std::string_view key, std::string_view nonce, std::string_view aad,
                                     std::string_view ciphertext_and_tag) {
  INVARIANT("CR-2", key.size() == kKeyBytes && nonce.size() == kNonceBytes, "a key has 32 bytes, a nonce 12");
  if (ciphertext_and_tag.size() < kTagBytes) return std::nullopt;
  static thread_local CipherContext context(0);
  EVP_CIPHER_CTX* c = context.get();
  const std::size_t size = ciphertext_and_tag.size() - kTagBytes;
  std::string plaintext(size, '\0');
  std::string tag(ciphertext_and_tag.substr(size));
  int n = 0;
  bool good = EVP_DecryptInit_ex2(c, nullptr, raw(key), raw(nonce), nullptr) == 1;
  good = good && EVP_DecryptUpdate(c, nullptr, &n, raw(aad), static_cast<int>(aad.size())) == 1;
  good = good && EVP_DecryptUpdate(c, raw(plaintext.data()), &n, raw(ciphertext_and_tag), static_cast<int>(size)) == 1;
  good = good && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1;
  INVARIANT("CR-1", good, "OpenSSL does not decrypt");
  if (EVP_DecryptFinal_ex(c, raw(plaintext.data() + size), &n) != 1) return std::nullopt;
  return plaintext;
}

std::string ed25519_public_key(std::string_view private_key) {
  const PrivateKey key = ed25519_key(private_key);
  std::string out(kKeyBytes, '\0');
  std::size_t size = out.size();
  INVARIANT("CR-1", EVP_PKEY_get_raw_public_key(key.get(), raw(out.data()), &size) == 1, "no Ed25519 public key");
  return out;
}

std::string ed25519_sign(std::string_view private_key, std::string_view text) {
  const PrivateKey key = ed25519_key(private_key);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string out(64, '\0');
  std::size_t size = out.size();
  const bool good = context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                    EVP_DigestSign(context.get(), raw(out.data()), &size, raw(text), text.size()) == 1;
  INVARIANT("CR-1", good, "OpenSSL does not sign");
  return out;
}

static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4, '=');
  char* p = out.data() + start;
  const unsigned char* in = raw(bytes);
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t v = std::uint32_t{in[i]} << 16 | std::uint32_t{in[i + 1]} << 8 | in[i + 2];
    *p++ = kAlphabet[v >> 18];
    *p++ = kAlphabet[v >> 12 & 63];
    *p++ = kAlphabet[v >> 6 & 63];
    *p++ = kAlphabet[v & 63];
  }
  if (const std::size_t rest = bytes.size() - i) {
    const std::uint32_t v = std::uint32_t{in[i]} << 16 | (rest == 2 ? std::uint32_t{in[i + 1]} << 8 : 0);
    *p++ = kAlphabet[v >> 18];
    *p++ = kAlphabet[v >> 12 & 63];
    if (rest == 2) *p = kAlphabet[v >> 6 & 63];
  }
}

static constexpr std::array<std::int8_t, 256> make_digits() {
  std::array<std::int8_t, 256> digits{};
  for (auto& d : digits) d = -1;
  for (int i = 0; i < 64; ++i) digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  return digits;
}

std::optional<std::string> from_base64(std::string_view text) {
  static constexpr auto digits = make_digits();
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  const auto digit = [&](std::size_t i) { return std::int32_t{digits[static_cast<unsigned char>(text[i])]}; };
  std::string out(text.size() * 3 / 4, '\0');
  char* p = out.data();
  std::int32_t all = 0;  // negative as soon as one digit is
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const std::int32_t a = digit(i), b = digit(i + 1), c = digit(i + 2), d = digit(i + 3);
    all |= a | b | c | d;
    *p++ = static_cast<char>(a << 2 | b >> 4);
    *p++ = static_cast<char>(b << 4 | c >> 2);
    *p++ = static_cast<char>(c << 6 | d);
  }
  // One text for one value: the bits that a last group does not use are zero.
  if (const std::size_t rest = text.size() - i; rest == 1) {
    return std::nullopt;
  } else if (rest > 1) {
    const std::int32_t a = digit(i), b = digit(i + 1), c = rest == 3 ? digit(i + 2) : 0;
    all |= a | b | c;
    if (rest == 2 ? b & 15 : c & 3) return std::nullopt;
    *p++ = static_cast<char>(a << 2 | b >> 4);
    if (rest == 3) *p++ = static_cast<char>(b << 4 | c >> 2);
  }
  if (all < 0) return std::nullopt;
  return out;
}

}  // namespace millrace
