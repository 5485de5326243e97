// Reflection: a struct says its fields once, and codecs, printers and tests follow from that.
//
//   struct Owner {
//     std::string owner_id;
//     std::vector<std::string> zones;
//     std::optional<std::int64_t> capacity;
//     static constexpr auto fields() {
//       return FieldList{field("capacity", &Owner::capacity), required("owner_id", &Owner::owner_id),
//                         required("zones", &Owner::zones)};
//     }
//   };
//
// FI-1  Fields of an event or row stand in code point order of their names (static_assert in the codecs), so that
//       encoding is canonical without sorting and decoding of canonical text is one pass.
// Kinds of member: bool, integers, std::string, RawJson, SealedText, enums with enum_names(E), std::optional<T>,
// std::vector<T>, std::map<std::string, T>, structs with fields().
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace millrace {

// Canonical JSON kept as text: what a stage carries but does not look into (custom{}, extra{}).
struct RawJson {
  std::string text;  // canonical JSON of one value; empty = absent
  friend bool operator==(const RawJson&, const RawJson&) = default;
};

// A sealed value as it stands in records and state (src/core/keys.h); empty = absent.
struct SealedText {
  std::string text;
  friend bool operator==(const SealedText&, const SealedText&) = default;
};

template <class C, class M>
struct Field {
  std::string_view name;
  M C::*member;
  bool is_required;
};

// Decoding fails with missing_field:<name> without it.
template <class C, class M>
constexpr Field<C, M> required(std::string_view name, M C::*member) {
  return {name, member, true};
}
// Keeps its default when absent; encoders leave it out when it equals "absent": nullopt, empty string, list,
// map, RawJson or SealedText. (Integers and bools are always written; make them std::optional to leave them out.)
template <class C, class M>
constexpr Field<C, M> field(std::string_view name, M C::*member) {
  return {name, member, false};
}

// The fields of a struct, in order. (std::tuple would do, but its constructors cost the compiler most of the time that a
// stage takes to compile.)
template <std::size_t I, class T>
struct FieldLeaf {
  T value;
};
template <class Indexes, class... T>
struct FieldLeaves;
template <std::size_t... I, class... T>
struct FieldLeaves<std::index_sequence<I...>, T...> : FieldLeaf<I, T>... {
  constexpr explicit FieldLeaves(T... each) : FieldLeaf<I, T>{each}... {}
  template <class Visit>
  constexpr void each(Visit&& visit) const {
    (visit(static_cast<const FieldLeaf<I, T>&>(*this).value), ...);
  }
};
template <class... T>
struct FieldList : FieldLeaves<std::index_sequence_for<T...>, T...> {
  static constexpr std::size_t size = sizeof...(T);
  constexpr FieldList(T... each) : FieldLeaves<std::index_sequence_for<T...>, T...>(each...) {}
};
template <std::size_t I, class T>
constexpr const T& field_at(const FieldLeaf<I, T>& leaf) {
  return leaf.value;
}

template <class T>
concept Reflected = requires { T::fields(); };

// Names of an enum in declaration order of its values 0,1,2…:  constexpr auto enum_names(Tier) -> std::array<...>
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) { enum_names(e); };
template <NamedEnum E>
constexpr std::string_view name_of(E e) {
  return enum_names(e)[static_cast<std::size_t>(e)];
}
template <NamedEnum E>
constexpr std::optional<E> enum_of(std::string_view name) {
  constexpr auto names = enum_names(E{});
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return static_cast<E>(i);
  return std::nullopt;
}

template <class T, class F>
constexpr void for_each_field(F&& f) {
  constexpr auto fields = T::fields();
  fields.each(f);
}
template <class T>
consteval bool fields_sorted() {
  std::string_view last;
  bool sorted = true;
  for_each_field<T>([&](const auto& each) {
    if (!(last < each.name)) sorted = false;
    last = each.name;
  });
  return sorted;
}

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_string_map : std::false_type {};
template <class T>
struct is_string_map<std::map<std::string, T>> : std::true_type {};

}  // namespace millrace
