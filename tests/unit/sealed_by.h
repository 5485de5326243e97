// A text that is sealed under the key of an owner, for tests of keyrings.
#pragma once

#include <string>
#include <string_view>

#include "core/keys.h"

namespace millrace::test {

inline std::string sealed_by(Keyring& keys, std::string_view owner, std::string_view record, std::string_view text) {
  std::string out;
  const SealingKey& key = keys.key_for("acme", owner, record);
  keys.seal(key, record, "lead.captured", text, out);
  return out;
}

}  // namespace millrace::test
