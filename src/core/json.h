// Canonical JSON out (spec/conventions.md section 3): sorted keys, no spaces, UTF-8 unescaped except '"' '\' and
// control characters, integers only. Writing goes straight into a caller's buffer.
//
// JS-1  For a Reflected struct the text is canonical because its fields are declared in order (FI-1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/fields.h"
#include "core/keys.h"

namespace millrace {

void append_json_string(std::string& out, std::string_view text);
void append_json_int(std::string& out, std::int64_t v);
// `"name":`, behind a comma if it is not the `first`, which it is no more then. The name is written as it is.
void append_json_name(std::string& out, std::string_view name, bool& first);

// What a Sealing<> needs while it is written; null where nothing can be sealed.
struct SealContext {
  Keyring* keyring = nullptr;
  std::string_view record_id;
  std::string_view type;
};

template <class T>
struct is_sealing : std::false_type {};
template <class P>
struct is_sealing<Sealing<P>> : std::true_type {};

template <class T>
struct is_sealed : std::false_type {};
template <class P>
struct is_sealed<Sealed<P>> : std::true_type {};

template <class T>
bool json_absent(const T& v) {
  if constexpr (is_optional<T>::value)
    return !v.has_value();
  else if constexpr (std::is_same_v<T, std::string> || is_vector<T>::value || is_string_map<T>::value)
    return v.empty();
  else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, SealedText>)
    return v.text.empty();
  else if constexpr (is_sealed<T>::value)
    return v.text.empty() && !v.fresh;
  else
    return false;
}

template <class T>
void append_json(std::string& out, const T& v, const SealContext& seal = {});

template <class T>
void append_json_object(std::string& out, const T& object, const SealContext& seal) {
  static_assert(fields_sorted<T>(), "FI-1: declare fields in code point order of their names");
  out.push_back('{');
  bool first = true;
  for_each_field<T>([&](const auto& f) {
    const auto& member = object.*(f.member);
    if (json_absent(member)) return;
    append_json_name(out, f.name, first);
    append_json(out, member, seal);
  });
  out.push_back('}');
}

template <class T>
void append_json(std::string& out, const T& v, const SealContext& seal) {
  if constexpr (std::is_same_v<T, bool>) {
    out.append(v ? "true" : "false");
  } else if constexpr (std::is_integral_v<T>) {
    append_json_int(out, static_cast<std::int64_t>(v));
  } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    append_json_string(out, v);
  } else if constexpr (std::is_same_v<T, RawJson>) {
    if (v.text.empty()) out.append("null");
    else out.append(v.text);
  } else if constexpr (std::is_same_v<T, SealedText>) {
    append_json_string(out, v.text);
  } else if constexpr (NamedEnum<T>) {
    append_json_string(out, name_of(v));
  } else if constexpr (is_optional<T>::value) {
    if (v) append_json(out, *v, seal);
    else out.append("null");
  } else if constexpr (is_sealing<T>::value) {
    std::string plaintext, sealed;
    append_json(plaintext, v.clear, {});
    seal.keyring->seal(v.key, seal.record_id, seal.type, plaintext, sealed);
    append_json_string(out, sealed);
  } else if constexpr (is_sealed<T>::value) {
    if (v.fresh) append_json(out, *v.fresh, seal);
    else append_json_string(out, v.text);
  } else if constexpr (is_vector<T>::value) {
    out.push_back('[');
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (i) out.push_back(',');
      append_json(out, static_cast<const typename T::value_type&>(v[i]), seal);
    }
    out.push_back(']');
  } else if constexpr (is_string_map<T>::value) {
    out.push_back('{');
    bool first = true;
    for (const auto& [key, value] : v) {
      if (!first) out.push_back(',');
      first = false;
      append_json_string(out, key);
      out.push_back(':');
      append_json(out, value, seal);
    }
    out.push_back('}');
  } else {
    append_json_object(out, v, seal);
  }
}

template <class T>
std::string to_json(const T& v) {
  std::string out;
  append_json(out, v);
  return out;
}

}  // namespace millrace
