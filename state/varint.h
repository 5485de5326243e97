// Numbers of seven bits a byte, the lowest first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::state {

inline void put_varint(std::string& out, std::uint64_t v) {
  while (v >= 0x80) {
    out.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}
inline bool take_varint(std::string_view& in, std::uint64_t& v) {
  v = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (in.empty()) return false;
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    v |= std::uint64_t{byte & 0x7fU} << shift;
    if (!(byte & 0x80)) return true;
  }
  return false;
}

}  // namespace millrace::state
