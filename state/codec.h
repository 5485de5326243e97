// Rows as bytes: varints, length-prefixed strings, presence flags, in the declared order of fields (core/fields.h).
//
// CO-1  The first byte of an encoded row is its version (Row::version, 1 if none is declared). Fields may only be
//       appended... a changed layout is a new fold version (DESIGN section 3), so old bytes are never misread.
//       Their texts are packed (state/packed_text.h); encode() and decode() of anything else keep texts as they are.
// CO-2  decode(encode(row)) == row for every row; damaged bytes give false, never a crash.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/fields.h"
#include "state/packed_text.h"
#include "state/varint.h"

namespace millrace::state {

inline std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
inline std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1); }

inline void put_bytes(std::string& out, std::string_view bytes) {
  put_varint(out, bytes.size());
  out.append(bytes);
}
inline bool take_bytes(std::string_view& in, std::string& bytes) {
  std::uint64_t size;
  if (!take_varint(in, size) || size > in.size()) return false;
  bytes.assign(in.data(), size);
  in.remove_prefix(size);
  return true;
}

struct PlainTexts {
  static void put(std::string& out, const std::string& text) { put_bytes(out, text); }
  static bool take(std::string_view& in, std::string& text) { return take_bytes(in, text); }
};
struct PackedTexts {
  static void put(std::string& out, const std::string& text) { put_text(out, text); }
  static bool take(std::string_view& in, std::string& text) { return take_text(in, text); }
};

template <class Texts = PlainTexts, class T>
void encode(std::string& out, const T& v) {
  if constexpr (std::is_same_v<T, bool>) {
    out.push_back(v ? 1 : 0);
  } else if constexpr (std::is_integral_v<T>) {
    put_varint(out, zigzag(static_cast<std::int64_t>(v)));
  } else if constexpr (std::is_enum_v<T>) {
    put_varint(out, static_cast<std::uint64_t>(v));
  } else if constexpr (std::is_same_v<T, std::string>) {
    Texts::put(out, v);
  } else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, SealedText>) {
    Texts::put(out, v.text);
  } else if constexpr (is_optional<T>::value) {
    out.push_back(v ? 1 : 0);
    if (v) encode<Texts>(out, *v);
  } else if constexpr (is_vector<T>::value) {
    put_varint(out, v.size());
    for (std::size_t i = 0; i < v.size(); ++i) encode<Texts>(out, static_cast<const typename T::value_type&>(v[i]));
  } else if constexpr (is_string_map<T>::value) {
    put_varint(out, v.size());
    for (const auto& [key, value] : v) {
      put_bytes(out, key);
      encode<Texts>(out, value);
    }
  } else {
    for_each_field<T>([&](const auto& f) { encode<Texts>(out, v.*(f.member)); });
  }
}

template <class Texts = PlainTexts, class T>
bool decode(std::string_view& in, T& v) {
  if constexpr (std::is_same_v<T, bool>) {
    if (in.empty()) return false;
    v = in.front() != 0;
    in.remove_prefix(1);
    return true;
  } else if constexpr (std::is_integral_v<T>) {
    std::uint64_t raw;
    if (!take_varint(in, raw)) return false;
    v = static_cast<T>(unzigzag(raw));
    return true;
  } else if constexpr (std::is_enum_v<T>) {
    std::uint64_t raw;
    if (!take_varint(in, raw)) return false;
    if constexpr (NamedEnum<T>)
      if (raw >= enum_names(T{}).size()) return false;
    v = static_cast<T>(raw);
    return true;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return Texts::take(in, v);
  } else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, SealedText>) {
    return Texts::take(in, v.text);
  } else if constexpr (is_optional<T>::value) {
    bool present;
    if (!decode<Texts>(in, present)) return false;
    if (!present) {
      v.reset();
      return true;
    }
    return decode<Texts>(in, v.emplace());
  } else if constexpr (is_vector<T>::value) {
    std::uint64_t size;
    if (!take_varint(in, size) || size > in.size() + 1) return false;
    v.clear();
    for (std::uint64_t i = 0; i < size; ++i) {
      typename T::value_type each{};
      if (!decode<Texts>(in, each)) return false;
      v.push_back(std::move(each));
    }
    return true;
  } else if constexpr (is_string_map<T>::value) {
    std::uint64_t size;
    if (!take_varint(in, size) || size > in.size() + 1) return false;
    v.clear();
    for (std::uint64_t i = 0; i < size; ++i) {
      std::string key;
      if (!take_bytes(in, key)) return false;
      if (!decode<Texts>(in, v.try_emplace(v.end(), std::move(key))->second)) return false;  // they come in order
    }
    return true;
  } else {
    bool good = true;
    for_each_field<T>([&](const auto& f) { good = good && decode<Texts>(in, v.*(f.member)); });
    return good;
  }
}

template <class Row>
constexpr unsigned char row_version() {
  // A member of that name is a field like others; only a static one is the row's version.
  if constexpr (requires { requires !std::is_member_object_pointer_v<decltype(&Row::version)>; }) return static_cast<unsigned char>(Row::version);
  else return 1;
}
// CO-1. Appends to `out`.
template <class Row>
void encode_row(std::string& out, const Row& row) {
  out.push_back(static_cast<char>(row_version<Row>()));
  encode<PackedTexts>(out, row);
}
// False when the bytes are no row of this version, whole and without anything behind it.
template <class Row>
bool decode_row(std::string_view in, Row& row) {
  if (in.empty() || static_cast<unsigned char>(in.front()) != row_version<Row>()) return false;
  in.remove_prefix(1);
  return decode<PackedTexts>(in, row) && in.empty();
}

}  // namespace millrace::state
