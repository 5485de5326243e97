// HMAC-SHA-256 with a key that is used often: the key's two compression states are kept, so that a message costs
// what it hashes and nothing more.
//
//   const HmacKey pepper(bytes);           // once
//   Sha256 mac = pepper.mac("email:a@b");  // any number of times, from any thread
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/hash.h"

namespace millrace {

class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  Sha256 mac(std::string_view bytes) const { return mac({bytes}); }
  // Of the parts joined without a separator.
  Sha256 mac(std::initializer_list<std::string_view> parts) const;

 private:
  std::array<std::uint32_t, 8> inner_, outer_;
};

}  // namespace millrace
