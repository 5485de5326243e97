#include "core/chance.h"

#include <string>

#include "core/hash.h"
#include "core/result.h"

namespace millrace {

__extension__ typedef unsigned __int128 UInt128;

Chance::Chance(std::int64_t seed, std::string_view label, std::string_view record_id) : key_(0) {
  std::string text = std::to_string(seed);
  text.append(1, '\n').append(label).append(1, '\n').append(record_id);
  const Sha256 digest = sha256(text);
  for (int i = 0; i < 8; ++i) key_ = key_ << 8 | digest[static_cast<std::size_t>(i)];
}

std::uint64_t Chance::u64(std::uint64_t i) const {
  // splitmix64 as a function of its counter.
  std::uint64_t z = key_ + (i + 1) * 0x9E3779B97F4A7C15U;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
  z = (z ^ z >> 27) * 0x94D049BB133111EBU;
  return z ^ z >> 31;
}

std::int64_t Chance::uniform(std::uint64_t i, std::int64_t lo, std::int64_t hi) const {
  INVARIANT("CH-1", lo < hi, "uniform needs lo < hi");
  const std::uint64_t width = static_cast<std::uint64_t>(hi) - static_cast<std::uint64_t>(lo);
  const auto step = static_cast<std::uint64_t>((static_cast<UInt128>(u64(i)) * width) >> 64);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(lo) + step);
}

}  // namespace millrace
