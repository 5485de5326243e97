#include "keys/peppers.h"

#include <atomic>
#include <functional>
#include <optional>

namespace millrace {

static std::atomic<std::uint64_t> instances{0};

Peppers::Peppers(std::string_view secret)
    : secret_(secret), hash_(hex(secret_.mac("pepper hash"))), instance_(++instances) {}

namespace {
struct Ready {
  std::uint64_t instance = 0;
  std::string tenant;
  std::optional<HmacKey> pepper;
};
}  // namespace

std::string Peppers::token(std::string_view tenant, std::string_view kind, std::string_view value) const {
  static thread_local Ready ready[16];
  Ready& slot = ready[std::hash<std::string_view>{}(tenant) % 16];
  if (slot.instance != instance_ || slot.tenant != tenant) {
    const Sha256 pepper = secret_.mac({"pepper\n", tenant});
    slot.pepper.emplace(std::string_view(reinterpret_cast<const char*>(pepper.data()), pepper.size()));
    slot.tenant.assign(tenant);
    slot.instance = instance_;
  }
  return hex(slot.pepper->mac({kind, ":", value}));
}

std::string Peppers::stamp(std::string_view tenant, std::string_view name) const {
  return hex(secret_.mac({"stamp\n", tenant, "\n", name}), 12);
}

}  // namespace millrace
