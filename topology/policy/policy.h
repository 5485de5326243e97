// The policy: policy.toml validated whole, named by its hash, with overrides per tenant.
//
// A stage declares the keys it reads as a struct with keys(), the defaults being the member initialisers:
//
//   struct ScorePolicy {
//     std::int64_t weight_icp_bp = 5000;
//     static constexpr auto keys() {
//       return std::tuple{policy_key("score.weight.icp_bp", &ScorePolicy::weight_icp_bp, 0, 10000)};
//     }
//     void load(const Policy& p, std::string_view tenant);  // optional: free tables
//   };
//
// and every such struct stands in topology/policy/schema.cpp, so that an unknown key is refused at load.
//
// PO-1  parse() accepts a policy only when every key is known, typed, in range, and weights add up to 10000.
// PO-2  Equal text gives an equal sha256; every decision names the one it was made under.
// PO-3  What was accepted once is followed for ever: read_live() leaves out what this version refuses, as if it had not
//       been written, and says so. So a rule that became stricter stops no process.      Tests: tests/unit/policy_test.cpp
#pragma once

#include <any>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <typeindex>
#include <variant>
#include <vector>

namespace millrace {

using PolicyValue = std::variant<std::int64_t, bool, std::string, std::vector<std::int64_t>, std::vector<std::string>>;

template <class S, class M>
struct PolicyKey {
  std::string_view name;
  M S::*member;  // std::int64_t, bool, std::string, std::vector<std::int64_t> or std::vector<std::string>
  std::int64_t min, max;  // of integers and of each element of integer lists
  std::string_view one_of = {};  // of texts: the values allowed, as "a|b|c"; empty: any
};
template <class S, class M>
constexpr PolicyKey<S, M> policy_key(std::string_view name, M S::*member, std::int64_t min = 0,
                                     std::int64_t max = INT64_MAX) {
  return {name, member, min, max};
}
// A text that must be one of the names in `one_of`, separated by '|'.
template <class S>
constexpr PolicyKey<S, std::string> policy_choice(std::string_view name, std::string S::*member,
                                                  std::string_view one_of) {
  return {name, member, 0, INT64_MAX, one_of};
}

class Policy {
 public:
  Policy();  // the defaults: an empty policy.toml
  // Errors are sentences that name key, value and what is allowed; empty: `policy` was set.
  static std::vector<std::string> parse(std::string_view toml, Policy& policy);
  // PO-3: of a policy that is live, maybe since another version. Of weights that do not add up the whole group is left out.
  static Policy read_live(std::string_view toml);
  // What read_live() left out, as parse() says it.
  const std::vector<std::string>& left_out() const { return left_out_; }

  const std::string& toml() const { return toml_; }
  const std::string& sha256() const { return sha256_; }    // first 16 hex, as decisions name it
  std::string full_sha256() const;

  // The keys of S for a tenant: [tenant.<id>.…] over the general section over the defaults. Cached; the reference
  // lives as long as the policy. One thread at a time per Policy object (each task has its own copy).
  template <class S>
  const S& of(std::string_view tenant) const;

  // One value by its full key, nullptr when it is not set: value("zones.map.berlin").
  const PolicyValue* value(std::string_view key) const;
  // All values under a free table, keys without the prefix: table("zones.map") -> {"berlin": "emea"}.
  std::map<std::string, PolicyValue> table(std::string_view prefix) const;
  // The same with overrides of the tenant laid over it.
  std::map<std::string, PolicyValue> table(std::string_view prefix, std::string_view tenant) const;
  // The texts that a key is set to, in general and for any tenant.
  std::set<std::string> texts(std::string_view key) const;

 private:
  // Reads all, and leaves out what `problems` speak of.
  static Policy read(std::string_view toml, std::vector<std::string>& problems);

  std::string toml_, sha256_;
  std::vector<std::string> left_out_;
  std::map<std::string, PolicyValue, std::less<>> values_;  // flattened, dotted keys; elements of nested lists are
                                                            // lists of integers ("[225000, 6000]")
  struct CacheKey {
    std::type_index type;
    std::string tenant;
    auto operator<=>(const CacheKey&) const = default;
  };
  mutable std::map<CacheKey, std::any> cache_;
  const PolicyValue* lookup(std::string_view key, std::string_view tenant) const;
};

template <class S>
const S& Policy::of(std::string_view tenant) const {
  const CacheKey key{std::type_index(typeid(S)), std::string(tenant)};
  const auto found = cache_.find(key);
  if (found != cache_.end()) return *std::any_cast<S>(&found->second);
  S section;
  std::apply(
      [&](const auto&... k) {
        (
            [&] {
              using Member = std::remove_reference_t<decltype(section.*(k.member))>;
              if (const PolicyValue* v = lookup(k.name, tenant))
                if (const Member* typed = std::get_if<Member>(v)) section.*(k.member) = *typed;
            }(),
            ...);
      },
      S::keys());
  if constexpr (requires { section.load(*this, tenant); }) section.load(*this, tenant);
  return *std::any_cast<S>(&cache_.emplace(key, std::move(section)).first->second);
}

}  // namespace millrace
