// The envelope of everything in a segment file: its head, the frames and its foot are blocks that lie end to end.
//
//   0  u32 magic      4  u8 format   5  u8 kind   6  u16 zero   8  u32 length of the whole block
//  12  u32 CRC32C of the other 28 bytes of this head
//  16  u64 number: of the frame; of a head the first in its segment, of a foot the last
//  24  u64 durable: the last frame that was known to be on the disk when this block was made
//  32  body           length-4  u32 CRC32C of everything before
//
// BL-1  Both checksums start from the namespace's salt, so a block of another log, or one that a record carries inside,
//       never passes for one of this log.
// BL-2  A whole block that says durable >= n proves that frame n was on the disk: if it is not there now it was
//       damaged, not torn (recovery.h).                                     Tests: tests/unit/journal_format_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::log {

enum class BlockKind : std::uint8_t { head = 'H', frame = 'F', foot = 'E' };

struct BlockHead {
  BlockKind kind = BlockKind::frame;
  std::uint32_t length = 0;
  std::uint64_t number = 0;
  std::uint64_t durable = 0;
};

inline constexpr std::uint32_t kBlockMagic = 0x4A524DF7;  // F7 "MRJ": no UTF-8 text holds it
inline constexpr std::uint8_t kJournalFormat = 1;
inline constexpr std::size_t kBlockHeadBytes = 32;
inline constexpr std::size_t kBlockTailBytes = 4;
inline constexpr std::size_t kBlockMaxBytes = std::size_t{1} << 30;

std::uint32_t salt_of(std::string_view namespace_id);

// Writes head and checksum around the body that stands at begin + kBlockHeadBytes. head.length is the whole length.
void close_block(char* begin, const BlockHead& head, std::uint32_t salt);

// The head at the front of `bytes`; nullopt when it is not one of this log. The block may be longer than `bytes`.
std::optional<BlockHead> read_block_head(std::string_view bytes, std::uint32_t salt);
// Whether the body's checksum holds. Needs: `block` is exactly as long as its head says.
bool block_is_whole(std::string_view block, std::uint32_t salt);
inline std::string_view block_body(std::string_view block) {
  return block.substr(kBlockHeadBytes, block.size() - kBlockHeadBytes - kBlockTailBytes);
}

}  // namespace millrace::log
