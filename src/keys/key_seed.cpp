#include "keys/key_seed.h"

#include "core/hmac.h"

namespace millrace {

static std::string derived(std::string_view seed, std::string_view purpose, std::string_view tenant = {},
                           std::string_view owner = {}) {
  const Sha256 bytes = HmacKey(seed).mac({purpose, "\n", tenant, "\n", owner});
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string seeded_master(std::string_view seed) { return derived(seed, "master"); }
std::string seeded_pepper(std::string_view seed) { return derived(seed, "pepper"); }
std::string seeded_operator(std::string_view seed) { return derived(seed, "operator"); }
std::string seeded_key(std::string_view seed, std::string_view tenant, std::string_view owner) {
  return derived(seed, "key", tenant, owner);
}

}  // namespace millrace
