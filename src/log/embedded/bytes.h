// Integers as bytes: fixed little-endian, and varints of 7 bits a byte. Readers never pass `end`: they give nullptr
// when the bytes end early or a varint is longer than 64 bits.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace millrace::log {

inline constexpr std::size_t kVarintMax = 10;

template <class T>
char* put_fixed(char* out, T value) {
  if constexpr (std::endian::native == std::endian::big)
    for (std::size_t i = 0; i < sizeof(T); ++i) out[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * i);
  else
    std::memcpy(out, &value, sizeof(T));
  return out + sizeof(T);
}

// Needs: sizeof(T) bytes at `in`.
template <class T>
T get_fixed(const char* in) {
  T value{};
  if constexpr (std::endian::native == std::endian::big) {
    std::uint64_t wide = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) wide |= std::uint64_t{static_cast<unsigned char>(in[i])} << 8 * i;
    value = static_cast<T>(wide);
  } else {
    std::memcpy(&value, in, sizeof(T));
  }
  return value;
}

inline char* put_varint(char* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

inline const char* get_varint(const char* in, const char* end, std::uint64_t& value) {
  if (in == nullptr) return nullptr;
  std::uint64_t result = 0;
  for (unsigned shift = 0; in != end && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(*in++);
    if (shift == 63 && byte > 1) return nullptr;
    result |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) {
      value = result;
      return in;
    }
  }
  return nullptr;
}

// Small negative numbers stay short: 0, -1, 1, -2 become 0, 1, 2, 3.
inline std::uint64_t zigzag(std::int64_t v) {
  return static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63);
}
inline std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>(v >> 1 ^ (0 - (v & 1))); }

}  // namespace millrace::log
