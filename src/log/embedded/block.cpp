#include "log/embedded/block.h"

#include "core/hash.h"
#include "log/embedded/bytes.h"

namespace millrace::log {

std::uint32_t salt_of(std::string_view namespace_id) { return crc32c(0, namespace_id); }

static std::uint32_t head_checksum(const char* head, std::uint32_t salt) {
  return crc32c(crc32c(salt, {head, 12}), {head + 16, 16});
}

void close_block(char* begin, const BlockHead& head, std::uint32_t salt) {
  put_fixed(begin, kBlockMagic);
  put_fixed(begin + 4, kJournalFormat);
  put_fixed(begin + 5, static_cast<std::uint8_t>(head.kind));
  put_fixed(begin + 6, std::uint16_t{0});
  put_fixed(begin + 8, head.length);
  put_fixed(begin + 16, head.number);
  put_fixed(begin + 24, head.durable);
  put_fixed(begin + 12, head_checksum(begin, salt));
  const std::size_t checked = head.length - kBlockTailBytes;
  put_fixed(begin + checked, crc32c(salt, {begin, checked}));
}

std::optional<BlockHead> read_block_head(std::string_view bytes, std::uint32_t salt) {
  if (bytes.size() < kBlockHeadBytes) return std::nullopt;
  const char* p = bytes.data();
  if (get_fixed<std::uint32_t>(p) != kBlockMagic || get_fixed<std::uint32_t>(p + 12) != head_checksum(p, salt))
    return std::nullopt;
  BlockHead head;
  head.kind = static_cast<BlockKind>(get_fixed<std::uint8_t>(p + 5));
  head.length = get_fixed<std::uint32_t>(p + 8);
  head.number = get_fixed<std::uint64_t>(p + 16);
  head.durable = get_fixed<std::uint64_t>(p + 24);
  const bool known = head.kind == BlockKind::head || head.kind == BlockKind::frame || head.kind == BlockKind::foot;
  if (!known || get_fixed<std::uint8_t>(p + 4) != kJournalFormat || get_fixed<std::uint16_t>(p + 6) != 0 ||
      head.length < kBlockHeadBytes + kBlockTailBytes || head.length > kBlockMaxBytes)
    return std::nullopt;
  return head;
}

bool block_is_whole(std::string_view block, std::uint32_t salt) {
  const std::size_t checked = block.size() - kBlockTailBytes;
  return get_fixed<std::uint32_t>(block.data() + checked) == crc32c(salt, block.substr(0, checked));
}

}  // namespace millrace::log
