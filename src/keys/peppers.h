// What the namespace's one secret is for: the peppers of its tenants, from which tokens of identifiers are made, and the
// stamps by which it knows the names of its own keys.
//
// Threads: any; a thread keeps the tenants that it meets ready for use, so that a token costs one HMAC and no lock.
//
// PE-1  The secret never changes, so that a token stands for its identifier for ever; its hash belongs to the environment.
#pragma once

#include <string>
#include <string_view>

#include "core/hmac.h"

namespace millrace {

class Peppers {
 public:
  // `secret`: 32 bytes.
  explicit Peppers(std::string_view secret);

  // 64 hex of HMAC-SHA-256(pepper of the tenant, "<kind>:<value>").
  std::string token(std::string_view tenant, std::string_view kind, std::string_view value) const;
  // 12 hex of HMAC-SHA-256(secret, tenant and name of a key).
  std::string stamp(std::string_view tenant, std::string_view name) const;
  // 64 hex.
  const std::string& hash() const { return hash_; }

 private:
  HmacKey secret_;
  std::string hash_;
  std::uint64_t instance_;
};

}  // namespace millrace
