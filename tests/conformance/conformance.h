// The conformance harness: each rule of spec/conformance.jsonl maps to the pure function of that name.
//
//   RULE("score.tier") { return {{"tier", name_of(score::tier(given.at("score_bp")))}}; }
//
// A rule's body gets `given` and returns a JSON object; every field of `expect` must be equal in it (a field that is
// null in `expect` may also be absent), extra fields are allowed.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace millrace::conformance {

using Json = nlohmann::json;
using Rule = Json (*)(const Json& given);

struct Registration {
  Registration(const char* rule, Rule function);
};

// The result of another rule, of which a rule is made. Needs: there is one of that name.
Json result_of(const char* rule, const Json& given);

#define MILLRACE_CAT2(a, b) a##b
#define MILLRACE_CAT(a, b) MILLRACE_CAT2(a, b)
#define RULE(name)                                                                                       \
  static Json MILLRACE_CAT(rule_, __LINE__)(const Json& given);                                          \
  static const Registration MILLRACE_CAT(registered_, __LINE__)(name, &MILLRACE_CAT(rule_, __LINE__)); \
  static Json MILLRACE_CAT(rule_, __LINE__)([[maybe_unused]] const Json& given)

// given[name], or `otherwise` when it is absent or null.
template <class T>
T get_or(const Json& given, const char* name, T otherwise) {
  const auto it = given.find(name);
  return it == given.end() || it->is_null() ? otherwise : it->get<T>();
}
// given[name] as text: numbers and flags as they are written, "" when it is absent or null.
inline std::string text_or_empty(const Json& given, const char* name) {
  const auto it = given.find(name);
  if (it == given.end() || it->is_null()) return {};
  return it->is_string() ? it->get<std::string>() : it->dump();
}
template <class T>
std::optional<T> get_optional(const Json& given, const char* name) {
  const auto it = given.find(name);
  return it == given.end() || it->is_null() ? std::nullopt : std::optional<T>(it->get<T>());
}

}  // namespace millrace::conformance
