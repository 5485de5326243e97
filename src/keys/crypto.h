// The ciphers and signatures that keys are made for, over OpenSSL, whose types stay in crypto.cpp.
//
// Threads: all functions may be called from any thread; each thread reuses contexts of its own.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

// `count` bytes of the system's generator.
std::string random_bytes(std::size_t count);

// ChaCha20-Poly1305 (RFC 8439): appends ciphertext and tag to `out`.
// Needs: 32 bytes of key, 12 of nonce; a nonce never serves two plaintexts under one key.
void aead_seal(std::string_view key, std::string_view nonce, std::string_view aad, std::string_view plaintext,
               std::string& out);
// The plaintext of ciphertext and tag; nullopt when anything in it was changed.
std::optional<std::string> aead_open(std::string_view key, std::string_view nonce, std::string_view aad,
                                     std::string_view ciphertext_and_tag);

// Ed25519 (RFC 8032). Needs: a private key of 32 bytes. Checking is in core/signature.h.
std::string ed25519_public_key(std::string_view private_key);                   // 32 bytes
std::string ed25519_sign(std::string_view private_key, std::string_view text);  // 64 bytes

// Base64 of RFC 4648 section 4, with padding and without line ends.
void append_base64(std::string& out, std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace millrace
