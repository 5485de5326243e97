// Hashes and the ids derived from them (spec/conventions.md section 3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
// The first `digits` lower-case hex digits of `bytes`.
std::string hex(std::string_view bytes, std::size_t digits);
std::string hex(const Sha256& digest, std::size_t digits = 64);
inline std::string sha256_hex(std::string_view bytes, std::size_t digits = 64) { return hex(sha256(bytes), digits); }

// The bytes of hex digits of either case; nullopt when it is not that.
std::optional<std::string> unhex(std::string_view digits);

// prefix + first n hex of SHA-256(parts joined by newline).
std::string hid(std::string_view prefix, std::size_t n, std::initializer_list<std::string_view> parts);
// Id of the ordinal-th output of one input: first 32 hex of SHA-256(cause_id \n stage \n ordinal).
std::string derive_id(std::string_view cause_id, std::string_view stage, std::uint64_t ordinal);
// Id of a crm.events record, which is the cause_id of what harvest emits.
inline std::string record_id(std::string_view tenant, std::string_view source, std::string_view id) {
  return hid("", 32, {tenant, source, id});
}

// CRC32C (Castagnoli), with the SSE4.2 instruction where the processor has it.
std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes);
// The same sum by tables, on any processor.
std::uint32_t crc32c_portable(std::uint32_t crc, std::string_view bytes);

// Kafka's default partitioner: (murmur2(key) & 0x7fffffff) mod partitions. Needs: partitions > 0.
std::uint32_t murmur2(std::string_view key);
inline std::uint16_t partition_of(std::string_view key, std::uint16_t partitions) {
  return static_cast<std::uint16_t>((murmur2(key) & 0x7fffffffU) % partitions);
}

// Cumulative 64-bit digest of a task's outputs: order matters, batches do not.
class OutputDigest {
 public:
  void add(std::uint8_t topic, std::uint16_t partition, std::string_view key, std::string_view body);
  std::uint64_t value() const { return value_; }
  explicit OutputDigest(std::uint64_t value = 0) : value_(value) {}

 private:
  std::uint64_t value_;
};

}  // namespace millrace
