// What a row costs in memory beyond its own struct, by reflection: an estimate for the cache's bound, cheap enough to
// be taken whenever a row becomes dirty.
#pragma once

#include <cstddef>
#include <string>

#include "core/fields.h"

namespace millrace::state {

inline constexpr std::size_t kAllocation = 16;  // a heap block's own cost

inline std::size_t heap_bytes(const std::string& text) {
  return text.capacity() < sizeof(std::string) / 2 ? 0 : text.capacity() + 1 + kAllocation;
}

template <class T>
std::size_t heap_bytes(const T& v) {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
    return 0;
  } else if constexpr (std::is_same_v<T, RawJson> || std::is_same_v<T, SealedText>) {
    return heap_bytes(v.text);
  } else if constexpr (is_optional<T>::value) {
    return v ? heap_bytes(*v) : 0;
  } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
    return v.capacity() / 8 + kAllocation;
  } else if constexpr (is_vector<T>::value) {
    if (v.capacity() == 0) return 0;
    std::size_t bytes = v.capacity() * sizeof(typename T::value_type) + kAllocation;
    if constexpr (!std::is_arithmetic_v<typename T::value_type> && !std::is_enum_v<typename T::value_type>)
      for (const auto& each : v) bytes += heap_bytes(each);
    return bytes;
  } else if constexpr (is_string_map<T>::value) {
    std::size_t bytes = 0;
    for (const auto& [key, value] : v)
      bytes += sizeof(typename T::value_type) + 32 + kAllocation + heap_bytes(key) + heap_bytes(value);
    return bytes;
  } else {
    std::size_t bytes = 0;
    for_each_field<T>([&](const auto& f) { bytes += heap_bytes(v.*(f.member)); });
    return bytes;
  }
}

}  // namespace millrace::state
