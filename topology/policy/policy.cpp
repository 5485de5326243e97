#include "topology/policy/policy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "topology/policy/toml.h"

#include "core/hash.h"
#include "topology/policy/free_tables.h"
#include "topology/policy/schema.h"

namespace millrace {

namespace {

using policy::KeyRule;

const char* kind_name(KeyRule::Kind kind) {
  switch (kind) {
    case KeyRule::Kind::integer: return "an integer";
    case KeyRule::Kind::boolean: return "true or false";
    case KeyRule::Kind::text: return "a text in quotes";
    case KeyRule::Kind::integers: return "a list of integers";
    case KeyRule::Kind::texts: return "a list of texts";
  }
  return "";
}

// nullopt: a value that a policy cannot hold (a float, a date, a mixed list). In a free table a mixed list is a list
// of texts: what its elements mean is told by another key there ([custom.<field>] type).
std::optional<PolicyValue> value_of(const toml::node& node, bool free) {
  if (const auto* i = node.as_integer()) return PolicyValue(i->get());
  if (const auto* b = node.as_boolean()) return PolicyValue(b->get());
  if (const auto* s = node.as_string()) return PolicyValue(s->get());
  const auto* array = node.as_array();
  if (!array) return std::nullopt;
  std::vector<std::int64_t> integers;
  std::vector<std::string> texts;
  for (const toml::node& each : *array) {
    if (const auto* i = each.as_integer()) integers.push_back(i->get());
    else if (const auto* s = each.as_string()) texts.push_back(s->get());
    else if (const auto* b = each.as_boolean(); b && free) texts.push_back(b->get() ? "true" : "false");
    else return std::nullopt;
  }
  if (!integers.empty() && !texts.empty()) {
    if (!free) return std::nullopt;
    for (const std::int64_t i : std::exchange(integers, {})) texts.push_back(std::to_string(i));
  }
  if (!integers.empty()) return PolicyValue(std::move(integers));
  return PolicyValue(std::move(texts));
}

bool under(std::string_view key, std::string_view prefix) {
  return key.size() > prefix.size() && key.starts_with(prefix) && key[prefix.size()] == '.';
}

bool in_free_table(std::string_view key) {
  const auto& tables = policy::free_tables();
  return std::any_of(tables.begin(), tables.end(), [&](std::string_view t) { return under(key, t); });
}

// "tenant.acme.score.tier.hot" -> "score.tier.hot"; keys of the tenant section itself stay.
std::string_view without_tenant(std::string_view key) {
  if (!key.starts_with("tenant.") || policy::keys().contains(key)) return key;
  const auto dot = key.find('.', 7);
  return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

// The rule of a key; [tenant.acme] currency is a setting of the tenant section for one tenant.
auto rule_of(std::string_view key) {
  const std::string_view plain = without_tenant(key);
  const auto rule = policy::keys().find(plain);
  if (rule != policy::keys().end() || plain == key) return rule;
  return policy::keys().find("tenant." + std::string(plain));
}

void check(std::string_view key, PolicyValue& value, std::vector<std::string>& problems) {
  const auto rule = rule_of(key);
  if (rule == policy::keys().end()) {
    const std::string_view plain = without_tenant(key);
    if (!in_free_table(plain)) problems.push_back(std::string(key) + " is not a known policy key; see `millrace policy show`");
    else if (const std::string problem = policy::free_entry_problem(plain, value); !problem.empty()) problems.push_back(std::string(key) + " " + problem);
    return;
  }
  const KeyRule& r = rule->second;
  // An empty list takes the type that is asked for.
  if (r.kind == KeyRule::Kind::integers && std::holds_alternative<std::vector<std::string>>(value) &&
      std::get<std::vector<std::string>>(value).empty())
    value = std::vector<std::int64_t>{};
  if (static_cast<std::size_t>(r.kind) != value.index()) {
    problems.push_back(std::string(key) + " must be " + kind_name(r.kind));
    return;
  }
  const auto in_range = [&](std::int64_t v) {
    if (v < r.min || v > r.max)
      problems.push_back(std::string(key) + " = " + std::to_string(v) + " is outside " + std::to_string(r.min) + " to " +
                         (r.max == INT64_MAX ? "any larger" : std::to_string(r.max)));
  };
  if (const auto* i = std::get_if<std::int64_t>(&value)) in_range(*i);
  if (const auto* text = std::get_if<std::string>(&value); text && !r.one_of.empty())
    if (text->empty() || text->find('|') != std::string::npos || ("|" + std::string(r.one_of) + "|").find("|" + *text + "|") == std::string::npos)
      problems.push_back(std::string(key) + " = \"" + *text + "\" is none of " + std::string(r.one_of));
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value))
    for (const std::int64_t v : *list) in_range(v);
  for (const policy::TextRule& text : policy::text_rules()) {
    if (rule->first != text.key) continue;
    const auto good = [&](const std::string& v) {
      if (!text.good(v)) problems.push_back(std::string(key) + " = \"" + v + "\" must be " + std::string(text.what));
    };
    if (const auto* v = std::get_if<std::string>(&value)) good(*v);
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    if (!list) continue;
    for (const std::string& v : *list) good(v);
    if (text.elements && !list->empty() && list->size() != text.elements)
      problems.push_back(std::string(key) + " must hold " + std::to_string(text.elements) + " texts, or none");
  }
}

// The tenants that have a setting of their own.
std::set<std::string, std::less<>> tenants_named(const std::map<std::string, PolicyValue, std::less<>>& values) {
  std::set<std::string, std::less<>> tenants;
  for (const auto& [key, value] : values)
    if (without_tenant(key) != std::string_view(key)) tenants.insert(key.substr(7, key.find('.', 7) - 7));
  return tenants;
}

}  // namespace

Policy::Policy() { sha256_ = sha256_hex("", 16); }

std::string Policy::full_sha256() const { return sha256_hex(toml_); }

std::vector<std::string> Policy::parse(std::string_view text, Policy& policy) {
  std::vector<std::string> problems;
  Policy made = read(text, problems);
  if (problems.empty()) policy = std::move(made);
  return problems;
}

Policy Policy::read_live(std::string_view text) {
  std::vector<std::string> problems;
  Policy made = read(text, problems);
  made.left_out_ = std::move(problems);
  return made;
}

Policy Policy::read(std::string_view text, std::vector<std::string>& problems) {
  Policy made;
  made.toml_ = text;
  made.sha256_ = sha256_hex(text, 16);
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const auto& at = parsed.error().source().begin;
    problems.push_back("line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " +
                       std::string(parsed.error().description()));
    return made;
  }
  const auto flatten = [&](const auto& self, const toml::table& table, const std::string& prefix) -> void {
    for (const auto& [name, node] : table) {
      const std::string key = prefix.empty() ? std::string(name.str()) : prefix + "." + std::string(name.str());
      if (const auto* inner = node.as_table()) {
        self(self, *inner, key);
        continue;
      }
      auto value = value_of(node, in_free_table(without_tenant(key)));
      if (!value) {
        problems.push_back(key + " must be an integer, a text, true or false, or a list of integers or of texts");
        continue;
      }
      const std::size_t known = problems.size();
      check(key, *value, problems);
      if (problems.size() == known) made.values_.emplace(key, std::move(*value));
    }
  };
  flatten(flatten, parsed.table(), "");

  const auto check_weights = [&](const std::vector<std::string_view>& group, std::string_view tenant) {
    std::int64_t sum = 0;
    for (const std::string_view key : group) {
      const PolicyValue* set = made.lookup(key, tenant);
      const PolicyValue& v = set ? *set : policy::keys().find(key)->second.otherwise;
      if (const auto* i = std::get_if<std::int64_t>(&v)) sum += *i;
    }
    if (sum == 10000) return;
    problems.push_back("the weights from " + std::string(group.front()) + " to " + std::string(group.back()) +
                       (tenant.empty() ? "" : " of tenant " + std::string(tenant)) + " add up to " +
                       std::to_string(sum) + ", not 10000");
    for (const std::string_view key : group)
      made.values_.erase((tenant.empty() ? "" : "tenant." + std::string(tenant) + ".") + std::string(key));
  };
  const std::set<std::string, std::less<>> tenants = tenants_named(made.values_);
  for (const auto& group : policy::weight_groups()) {
    check_weights(group, "");
    for (const std::string& tenant : tenants)
      if (std::any_of(group.begin(), group.end(), [&](std::string_view key) {
            return made.values_.contains("tenant." + tenant + "." + std::string(key));
          }))
        check_weights(group, tenant);
  }
  return made;
}

const PolicyValue* Policy::value(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

const PolicyValue* Policy::lookup(std::string_view key, std::string_view tenant) const {
  if (!tenant.empty())
    if (const PolicyValue* own = value("tenant." + std::string(tenant) + "." + std::string(key))) return own;
  // The tenant section's own keys are overridden as [tenant.<id>] currency = …
  if (!tenant.empty() && key.starts_with("tenant."))
    if (const PolicyValue* own = value("tenant." + std::string(tenant) + "." + std::string(key.substr(7)))) return own;
  return value(key);
}

std::map<std::string, PolicyValue> Policy::table(std::string_view prefix) const {
  std::map<std::string, PolicyValue> found;
  const std::string start = std::string(prefix) + ".";
  for (auto it = values_.lower_bound(start); it != values_.end() && it->first.starts_with(start); ++it)
    found.emplace(it->first.substr(start.size()), it->second);
  return found;
}

std::set<std::string> Policy::texts(std::string_view key) const {
  std::set<std::string> found;
  for (const auto& [name, value] : values_)
    if (without_tenant(name) == key)
      if (const auto* text = std::get_if<std::string>(&value)) found.insert(*text);
  return found;
}

std::map<std::string, PolicyValue> Policy::table(std::string_view prefix, std::string_view tenant) const {
  auto found = table(prefix);
  for (auto& [key, value] : table("tenant." + std::string(tenant) + "." + std::string(prefix)))
    found.insert_or_assign(key, std::move(value));
  return found;
}

}  // namespace millrace
