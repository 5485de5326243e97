// Every key and free table that a policy may hold. A stage's keys come from its own policy struct; a key that stands
// in no struct is unknown, and a policy that has it is refused.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "topology/policy/policy.h"

namespace millrace::policy {

struct KeyRule {
  enum class Kind { integer, boolean, text, integers, texts };
  Kind kind;
  std::int64_t min, max;
  PolicyValue otherwise;  // the default
  std::string_view one_of = {};  // of texts: "a|b|c"; empty: any
};

// Full key ("score.tier.hot") -> rule.
const std::map<std::string, KeyRule, std::less<>>& keys();

// Tables whose keys are the user's own, by prefix ("zones.map", "icp", "custom"): what their entries may be is
// topology/policy/free_tables.h, and the stage that loads them.
const std::vector<std::string_view>& free_tables();

// Groups of keys whose values add to 10000.
const std::vector<std::vector<std::string_view>>& weight_groups();

// Keys whose value names a file of the folder `lists`.
const std::vector<std::string_view>& list_keys();

// What a text, or each element of a list of texts, must be.
struct TextRule {
  std::string_view key;
  bool (*good)(std::string_view text);
  std::string_view what;      // "a time of day like 09:00"
  std::size_t elements = 0;  // of a list: so many, or none; 0: any number
};
const std::vector<TextRule>& text_rules();

// Takes the keys of one stage's struct into the table; called by schema.cpp for each.
template <class S>
void declare(std::map<std::string, KeyRule, std::less<>>& rules) {
  const S defaults;
  std::apply(
      [&](const auto&... k) {
        (
            [&] {
              using Member = std::remove_cvref_t<decltype(defaults.*(k.member))>;
              constexpr KeyRule::Kind kind = std::is_same_v<Member, std::int64_t>  ? KeyRule::Kind::integer
                                             : std::is_same_v<Member, bool>        ? KeyRule::Kind::boolean
                                             : std::is_same_v<Member, std::string> ? KeyRule::Kind::text
                                             : std::is_same_v<Member, std::vector<std::int64_t>>
                                                 ? KeyRule::Kind::integers
                                                 : KeyRule::Kind::texts;
              rules.emplace(std::string(k.name), KeyRule{kind, k.min, k.max, PolicyValue(defaults.*(k.member)), k.one_of});
            }(),
            ...);
      },
      S::keys());
}

}  // namespace millrace::policy
