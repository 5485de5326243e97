// Checksums and the partitioner; the cryptographic hashes stand in sha256.cpp.
#include "core/hash.h"

#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace millrace {

static constexpr std::array<std::array<std::uint32_t, 256>, 8> make_crc_tables() {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78U : crc >> 1;
    tables[0][i] = crc;
  }
  for (std::size_t t = 1; t < 8; ++t)
    for (std::size_t i = 0; i < 256; ++i)
      tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 255];
  return tables;
}
static constexpr auto crc_tables = make_crc_tables();

static std::uint64_t load64(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, 8);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

static std::uint32_t crc32c_table(std::uint32_t crc, const char* p, std::size_t n) {
  for (; n >= 8; p += 8, n -= 8) {
    const std::uint64_t word = load64(p) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= crc_tables[7 - i][word >> 8 * i & 255];
  }
  for (; n; ++p, --n) crc = crc >> 8 ^ crc_tables[0][(crc ^ static_cast<unsigned char>(*p)) & 255];
  return crc;
}

#if defined(__x86_64__)
// The instruction takes three cycles but one can start in each, so three stretches of kLane bytes run side by side and
// are joined by what kLane zero bytes do to a checksum, which is linear: one table look-up for each of its four bytes.
static constexpr std::size_t kLane = 1024;
static constexpr std::array<std::array<std::uint32_t, 256>, 4> make_lane_tables() {
  std::array<std::uint32_t, 32> bits{};
  for (std::size_t bit = 0; bit < 32; ++bit) {
    std::uint32_t crc = 1U << bit;
    for (std::size_t i = 0; i < kLane; ++i) crc = crc >> 8 ^ crc_tables[0][crc & 255];
    bits[bit] = crc;
  }
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::size_t t = 0; t < 4; ++t)
    for (std::size_t byte = 0; byte < 256; ++byte)
      for (std::size_t bit = 0; bit < 8; ++bit)
        if (byte >> bit & 1) tables[t][byte] ^= bits[8 * t + bit];
  return tables;
}
static constexpr auto lane_tables = make_lane_tables();

static std::uint32_t past_a_lane(std::uint32_t crc) {
  return lane_tables[0][crc & 255] ^ lane_tables[1][crc >> 8 & 255] ^ lane_tables[2][crc >> 16 & 255] ^
         lane_tables[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static std::uint32_t crc32c_sse42(std::uint32_t crc, const char* p, std::size_t n) {
  std::uint64_t wide = crc;
  for (; n >= 3 * kLane; p += 3 * kLane, n -= 3 * kLane) {
    std::uint64_t second = 0, third = 0;
    for (std::size_t i = 0; i < kLane; i += 8) {
      wide = _mm_crc32_u64(wide, load64(p + i));
      second = _mm_crc32_u64(second, load64(p + kLane + i));
      third = _mm_crc32_u64(third, load64(p + 2 * kLane + i));
    }
    const std::uint32_t two = past_a_lane(static_cast<std::uint32_t>(wide)) ^ static_cast<std::uint32_t>(second);
    wide = past_a_lane(two) ^ third;
  }
  for (; n >= 8; p += 8, n -= 8) wide = _mm_crc32_u64(wide, load64(p));
  crc = static_cast<std::uint32_t>(wide);
  for (; n; ++p, --n) crc = _mm_crc32_u8(crc, static_cast<unsigned char>(*p));
  return crc;
}
static const bool has_sse42 = (__builtin_cpu_init(), __builtin_cpu_supports("sse4.2"));
#endif

std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view bytes) {
  return ~crc32c_table(~crc, bytes.data(), bytes.size());
}

std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) {
#if defined(__x86_64__)
  if (has_sse42) return ~crc32c_sse42(~crc, bytes.data(), bytes.size());
#endif
  return crc32c_portable(crc, bytes);
}

// As org.apache.kafka.common.utils.Utils.murmur2.
std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t m = 0x5bd1e995U;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i])); };
  std::uint32_t h = 0x9747b28cU ^ static_cast<std::uint32_t>(key.size());
  std::size_t i = 0;
  for (; i + 4 <= key.size(); i += 4) {
    std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= m;
    k ^= k >> 24;
    k *= m;
    h = h * m ^ k;
  }
  switch (key.size() - i) {
    case 3: h ^= byte(i + 2) << 16; [[fallthrough]];
    case 2: h ^= byte(i + 1) << 8; [[fallthrough]];
    case 1: h = (h ^ byte(i)) * m;
  }
  h ^= h >> 13;
  h *= m;
  return h ^ h >> 15;
}

// Every step is a bijection of the state for a given word and of the word for a given state, so records that differ in
// one word never give the same digest.
static std::uint64_t stir(std::uint64_t h, std::uint64_t word) {
  word *= 0xC2B2AE3D27D4EB4FU;
  word = std::rotl(word, 31) * 0x9E3779B185EBCA87U;
  return std::rotl(h ^ word, 27) * 0x9E3779B185EBCA87U + 0x85EBCA77C2B2AE63U;
}

static std::uint64_t stir_bytes(std::uint64_t h, std::string_view bytes) {
  h = stir(h, bytes.size());
  const char* p = bytes.data();
  std::size_t n = bytes.size();
  for (; n >= 8; p += 8, n -= 8) h = stir(h, load64(p));
  if (n) {
    char rest[8] = {};
    std::memcpy(rest, p, n);
    h = stir(h, load64(rest));
  }
  return h;
}

void OutputDigest::add(std::uint8_t topic, std::uint16_t partition, std::string_view key, std::string_view body) {
  std::uint64_t h = stir(value_, std::uint64_t{topic} << 16 | partition);
  h = stir_bytes(h, key);
  h = stir_bytes(h, body);
  h ^= h >> 33;
  h *= 0xFF51AFD7ED558CCDU;
  h ^= h >> 33;
  h *= 0xC4CEB9FE1A85EC53U;
  value_ = h ^ h >> 33;
}

}  // namespace millrace
