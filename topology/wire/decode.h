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

// --- one field at a time, by the type of its member. What a walk over an object knows has no type, so that it is compiled
// once and not once a struct: a stage takes dozens of them, and this was most of what a compiler did for it.

namespace detail {

struct Slot {
  std::string_view name;
  bool required, optional;  // of an optional member null is a value
  void* (*member)(void* object);
  bool (*take)(od::value, void* member, std::string& problem);
};
struct Slots {
  const Slot* first;
  std::size_t count;
};

bool take_object(od::object object, Slots slots, void* out, std::string& problem);
bool take_object(od::value value, Slots slots, void* out, std::string& problem);
bool take_text(std::string_view json, Slots slots, void* out, std::string& problem);

bool take_bool(od::value value, bool& out);
bool take_integer(od::value value, std::int64_t& out);
bool take_string(od::value value, std::string& out);
bool take_raw(od::value value, std::string& out);
bool is_null(od::value value);

template <class T>
constexpr Slots slots_of();

}  // namespace detail

// Decodes one value; false: wrong type.
template <class T>
bool decode_value(od::value v, T& out, std::string& problem) {
  if constexpr (std::is_same_v<T, bool>) {
    return detail::take_bool(v, out);
  } else if constexpr (std::is_integral_v<T>) {
    std::int64_t n;
    if (!detail::take_integer(v, n)) return false;
    out = static_cast<T>(n);
    return static_cast<std::int64_t>(out) == n;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return detail::take_string(v, out);
  } else if constexpr (std::is_same_v<T, SealedText> || is_sealed<T>::value) {
    return detail::take_string(v, out.text);
  } else if constexpr (std::is_same_v<T, RawJson>) {
    return detail::take_raw(v, out.text);
  } else if constexpr (NamedEnum<T>) {
    std::string_view text;
    if (v.get_string().get(text) != simdjson::SUCCESS) return false;
    const auto e = enum_of<T>(text);
    if (e) out = *e;
    return e.has_value();
  } else if constexpr (is_optional<T>::value) {
    if (detail::is_null(v)) {
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
    return detail::take_object(v, detail::slots_of<T>(), &out, problem);
  }
}

namespace detail {

template <class Member>
bool take_as(od::value v, void* member, std::string& problem) {
  return decode_value(v, *static_cast<Member*>(member), problem);
}

template <class T, std::size_t I>
void* member_of(void* object) {
  constexpr auto member = field_at<I>(T::fields()).member;
  return &(static_cast<T*>(object)->*member);
}

template <class T, std::size_t... I>
constexpr auto make_slots(std::index_sequence<I...>) {
  static_assert(fields_sorted<T>(), "FI-1: declare fields in code point order of their names");
  static_assert(sizeof...(I) <= 64);
  return std::array<Slot, sizeof...(I)>{[] {
    constexpr auto f = field_at<I>(T::fields());
    using Member = std::remove_reference_t<decltype(std::declval<T&>().*(f.member))>;
    return Slot{f.name, f.is_required, is_optional<Member>::value, &member_of<T, I>, &take_as<Member>};
  }()...};
}
template <class T>
inline constexpr auto slots = make_slots<T>(std::make_index_sequence<decltype(T::fields())::size>{});
template <class T>
constexpr Slots slots_of() {
  return {slots<T>.data(), slots<T>.size()};
}

}  // namespace detail

// False: `problem` is missing_field:<name>, bad_field:<name>, or bad_json when the text itself is broken.
template <class T>
bool decode_object(od::object object, T& out, std::string& problem) {
  return detail::take_object(object, detail::slots_of<T>(), &out, problem);
}

// Decodes canonical plaintext (of a sealed value) or any JSON object text.
template <class T>
bool decode_text(std::string_view json, T& out, std::string& problem) {
  return detail::take_text(json, detail::slots_of<T>(), &out, problem);
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
