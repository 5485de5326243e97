#include "keys/key_rows.h"

#include "core/hmac.h"
#include "keys/crypto.h"

namespace millrace {

namespace {

std::string key_row_id(std::string_view family, std::string_view tenant, std::string_view rest) {
  std::string id;
  id.reserve(family.size() + tenant.size() + rest.size() + 1);
  return id.append(family).append(tenant).append(1, '/').append(rest);
}

}  // namespace

std::string owner_row_id(std::string_view tenant, std::string_view owner) { return key_row_id("k/", tenant, owner); }
std::string name_row_id(std::string_view tenant, std::string_view name) { return key_row_id("n/", tenant, name); }

std::string wrap_bytes(std::string_view master, std::string_view place, std::string_view bytes) {
  const Sha256 mac = HmacKey(master).mac({place, "\n", bytes});
  std::string out(reinterpret_cast<const char*>(mac.data()), kNonceBytes);
  aead_seal(master, std::string(out), place, bytes, out);
  return out;
}

std::optional<std::string> unwrap_bytes(std::string_view master, std::string_view place, std::string_view wrapped) {
  if (wrapped.size() < kNonceBytes) return std::nullopt;
  return aead_open(master, wrapped.substr(0, kNonceBytes), place, wrapped.substr(kNonceBytes));
}

std::string place_of_key(std::string_view name_id, std::string_view owner) {
  return std::string(name_id).append("\n").append(owner);
}

}  // namespace millrace
