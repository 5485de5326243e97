// Ed25519 (RFC 8032), checked only: the half of operator signatures (spec/conventions.md section 4) that folds need.
// Signing is in keys/operator_signer.h.
#pragma once

#include <string_view>

namespace millrace {

// True when `signature_hex` (128 hex digits) is the signature of `message` under `public_key_hex` (64 hex digits).
// Anything malformed is false.
bool verify_ed25519(std::string_view public_key_hex, std::string_view message, std::string_view signature_hex);

}  // namespace millrace
