// The sealed text of a record's personal part (spec/governance.md section 11), version 1:
//
//   "s1." name "." stamp "." base64(nonce | ciphertext | tag)
//
// name        of the key: the id of the first record that needed it
// stamp       12 hex of HMAC-SHA-256(namespace secret, tenant, name): made by this namespace, so that a value that
//             somebody made up is told from one whose key is missing (keys/peppers.h)
// nonce       first 12 bytes of HMAC-SHA-256(key, record id ⏎ type ⏎ plaintext)
// ciphertext  ChaCha20-Poly1305 of the plaintext; "s1." name "." stamp is authenticated with it
//
// A key that was destroyed seals to an empty last part, which opens as nothing: the tombstone of an erased subject.
//
// SE-1  Equal (key, record id, type, plaintext) give equal text, and nothing else gives an equal nonce.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/keys.h"

namespace millrace {

void append_sealed(std::string& out, const SealingKey& key, std::string_view record_id, std::string_view type,
                   std::string_view plaintext);

// The parts of a sealed text; views into it.
struct SealedParts {
  std::string_view name, stamp, head, body;  // head: all before the last '.', body: the base64
};
// nullopt when it is not of the form above.
std::optional<SealedParts> parse_sealed(std::string_view sealed);

// The plaintext; nullopt when the text is damaged, a tombstone, or sealed under another key.
std::optional<std::string> unseal_with(const SealingKey& key, const SealedParts& sealed);

}  // namespace millrace
