// Bytes to events: JSON text into Reflected structs with simdjson's on-demand parser.
//
// WI-1  Fields are taken in one pass over the object; canonical text (fields in order) never looks back.
// WI-2  Unknown fields are skipped; a field of the wrong type is bad_field:<name>; a required one that is absent or
//       null is missing_field:<name>; the first problem in field order wins.
// WI-3  A decoder copies what it keeps: events own their strings.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "topology/wire/simdjson.h"

#include "core/fields.h"
#include "core/ids.h"
#include "core/json.h"

namespace millrace::wire {

namespace od = simdjson::ondemand;

// The canonical text of any JSON value: keys sorted, no spaces; nullopt when it holds a fraction or is not JSON.
std::optional<std::string> canonical(std::string_view json);
bool append_canonical(std::string& out, od::value value);
bool append_canonical(std::string& out, od::object object);

// The one padded buffer and parser of a thread for whole records: what is parsed from it lives until the next copy().
struct Padded {
  static simdjson::padded_string_view copy(std::string_view bytes);
  static od::parser& parser();
};

// Decodes one value; false: wrong type.
template <class T>
bool decode_value(od::value v, T& out, std::string& problem);

template <class T>
bool decode_object(od::object object, T& out, std::string& problem);

template <class T>
bool decode_value(od::value v, T& out, std::string& problem) {
  if constexpr (std::is_same_v<T, bool>) {
    return v.get_bool().get(out) == simdjson::SUCCESS;
  } else if constexpr (std::is_integral_v<T>) {
    std::int64_t n;
    if (v.get_int64().get(n) != simdjson::SUCCESS) return false;
    out = static_cast<T>(n);
    return static_cast<std::int64_t>(out) == n;
  } else if constexpr (std::is_same_v<T, std::string>) {
    std::string_view text;
    if (v.get_string().get(text) != simdjson::SUCCESS) return false;
    out.assign(text);
    return true;
  } else if constexpr (std::is_same_v<T, SealedText> || is_sealed<T>::value) {
    std::string_view text;
    if (v.get_string().get(text) != simdjson::SUCCESS) return false;
    out.text.assign(text);
    return true;
  } else if constexpr (std::is_same_v<T, RawJson>) {
    out.text.clear();
    return append_canonical(out.text, v);
  } else if constexpr (NamedEnum<T>) {
    std::string_view text;
    if (v.get_string().get(text) != simdjson::SUCCESS) return false;
    const auto e = enum_of<T>(text);
    if (e) out = *e;
    return e.has_value();
  } else if constexpr (is_optional<T>::value) {
    bool null;
    if (v.is_null().get(null) == simdjson::SUCCESS && null) {
      out.reset();
      return true;
    }
    return decode_value(v, out.emplace(), problem);
  } else if constexpr (is_vector<T>::value) {
    od::array array;
    if (v.get_array().get(array) != simdjson::SUCCESS) return false;
    out.clear();
    for (auto element : array) {
      od::value each;
      if (element.get(each) != simdjson::SUCCESS) return false;
      typename T::value_type item{};
      if (!decode_value(each, item, problem)) return false;
      out.push_back(std::move(item));
    }
    return true;
  } else if constexpr (is_string_map<T>::value) {
    od::object object;
    if (v.get_object().get(object) != simdjson::SUCCESS) return false;
    out.clear();
    for (auto entry : object) {
      std::string_view key;
      od::value each;
      if (entry.unescaped_key().get(key) != simdjson::SUCCESS) return false;
      std::string owned(key);
      if (entry.value().get(each) != simdjson::SUCCESS) return false;
      if (!decode_value(each, out.try_emplace(out.end(), std::move(owned))->second, problem)) return false;
    }
    return true;
  } else {
    od::object object;
    if (v.get_object().get(object) != simdjson::SUCCESS) return false;
    return decode_object(object, out, problem);
  }
}

namespace detail {

template <class T>
struct Slot {
  std::string_view name;
  bool required;
  bool (*take)(od::value, T&, std::string&);
};

template <class T, std::size_t I>
bool take_member(od::value v, T& out, std::string& problem) {
  constexpr auto f = field_at<I>(T::fields());
  using Member = std::remove_reference_t<decltype(out.*(f.member))>;
  if constexpr (!is_optional<Member>::value) {  // null means absent, whatever the type
    bool null;
    if (v.is_null().get(null) == simdjson::SUCCESS && null) {
      if (f.is_required) problem = "missing_field:" + std::string(f.name);
      return !f.is_required;
    }
  }
  return decode_value(v, out.*(f.member), problem);
}

template <class T, std::size_t... I>
constexpr auto make_slots(std::index_sequence<I...>) {
  return std::array<Slot<T>, sizeof...(I)>{
      Slot<T>{field_at<I>(T::fields()).name, field_at<I>(T::fields()).is_required, &take_member<T, I>}...};
}
template <class T>
inline constexpr auto slots =
    make_slots<T>(std::make_index_sequence<decltype(T::fields())::size>{});

}  // namespace detail

// False: `problem` is missing_field:<name>, bad_field:<name>, or bad_json when the text itself is broken.
template <class T>
bool decode_object(od::object object, T& out, std::string& problem) {
  static_assert(fields_sorted<T>(), "FI-1: declare fields in code point order of their names");
  constexpr auto& slots = detail::slots<T>;
  constexpr std::size_t n = slots.size();
  static_assert(n <= 64);
  std::uint64_t seen = 0;
  std::size_t next = 0;
  for (auto entry : object) {
    std::string_view key;
    if (entry.error() != simdjson::SUCCESS || entry.unescaped_key().get(key) != simdjson::SUCCESS) {
      problem = "bad_json";
      return false;
    }
    std::size_t i = next;
    while (i < n && slots[i].name < key) ++i;
    if (i == n || slots[i].name != key) {  // unknown, or out of order
      for (i = 0; i < n && slots[i].name != key; ++i) {}
      if (i == n) continue;
    }
    next = i + 1;
    od::value v;
    if (entry.value().get(v) != simdjson::SUCCESS) {
      problem = "bad_json";
      return false;
    }
    if (!slots[i].take(v, out, problem)) {
      if (problem.empty()) problem = "bad_field:" + std::string(slots[i].name);
      return false;
    }
    seen |= std::uint64_t{1} << i;
  }
  for (std::size_t i = 0; i < n; ++i)
    if (slots[i].required && !(seen >> i & 1)) {
      problem = "missing_field:" + std::string(slots[i].name);
      return false;
    }
  return true;
}

// Decodes canonical plaintext (of a sealed value) or any JSON object text.
template <class T>
bool decode_text(std::string_view json, T& out, std::string& problem) {
  const simdjson::padded_string padded(json);
  static thread_local od::parser parser;
  od::document document;
  od::object object;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS) {
    problem = "bad_json";
    return false;
  }
  return decode_object(object, out, problem);
}

// Unseals a personal part in memory. nullopt when its key was destroyed (it reads as null).
template <class Personal>
std::optional<Personal> unseal(Keyring& keys, std::string_view tenant, std::string_view sealed) {
  if (sealed.empty()) return std::nullopt;
  const auto text = keys.open(tenant, sealed);
  if (!text) return std::nullopt;
  Personal personal{};
  std::string problem;
  if (!decode_text(*text, personal, problem)) return std::nullopt;
  return personal;
}

}  // namespace millrace::wire
