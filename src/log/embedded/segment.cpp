#include "log/embedded/segment.h"

#include <algorithm>
#include <charconv>

#include "log/embedded/bytes.h"

namespace millrace::log {

static constexpr std::string_view kSuffix = ".journal";
static constexpr std::size_t kDigits = 20;

Segment::Segment(FileLayer& files, const std::string& folder, std::uint64_t first)
    : path(folder + "/" + name_of(first)), first_number(first), last_number(first - 1), files_(files) {}

std::string Segment::name_of(std::uint64_t first_number) {
  const std::string digits = std::to_string(first_number);
  return std::string(kDigits - digits.size(), '0') + digits + std::string(kSuffix);
}

std::uint64_t Segment::number_in(std::string_view name) {
  std::uint64_t number = 0;
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
  return error == std::errc() && end == name.data() + kDigits ? number : 0;
}

void Segment::add_pending(Lent bytes) {
  const std::size_t length = bytes.size;
  Extent* const last = pending.empty() ? nullptr : &pending.back();
  if (last && last->bytes.data + last->bytes.size == bytes.data && last->bytes.owner == bytes.owner)
    last->bytes.size += length;
  else
    pending.push_back({size, std::move(bytes)});
  size += length;
}

void Segment::set_written(std::uint64_t now_written) {
  written = now_written;
  while (!pending.empty() && pending.front().at + pending.front().bytes.size <= written) pending.pop_front();
}

void Segment::move_index_to_foot() {
  std::size_t entries = 0;
  for (const Column& c : columns) entries += c.entries.size();
  std::size_t at = size - kBlockTailBytes - 4 - entries * kEntryBytes;
  for (Column& c : columns) {
    c.foot_at = static_cast<std::uint32_t>(at);
    c.foot_count = static_cast<std::uint32_t>(c.entries.size());
    at += c.entries.size() * kEntryBytes;
    c.entries = {};
  }
}

Result<std::shared_ptr<const Mapping>> Segment::mapping(std::size_t at_least) const {
  std::lock_guard hold(map_mutex_);
  if (kept_ && kept_->size() >= at_least) return kept_;
  if (auto lent = lent_.lock(); lent && lent->size() >= at_least) return lent;
  auto opened = open_file(files_, path, OpenMode::read);
  if (!opened) return opened.fault();
  auto made = files_.map(opened->get(), std::max(at_least, capacity_));
  if (!made) return io_fault("map", path, -errno);
  lent_ = made;
  if (keep_) kept_ = made;
  return made;
}

Result<void> Segment::keep_mapped(std::size_t capacity) {
  {
    std::lock_guard hold(map_mutex_);
    keep_ = true;
    capacity_ = capacity;
    if (kept_ && kept_->size() < written) kept_.reset();
  }
  if (written == 0) return {};
  auto made = mapping(written);
  if (!made) return made.fault();
  return {};
}

void Segment::stop_keeping_mapped() {
  std::lock_guard hold(map_mutex_);
  keep_ = false;
  capacity_ = 0;
  kept_.reset();
}

Result<Lent> Segment::bytes(std::uint64_t at) const {
  if (at >= written) {
    const auto after = std::upper_bound(pending.begin(), pending.end(), at,
                                        [](std::uint64_t place, const Extent& e) { return place < e.at; });
    INVARIANT("SG-1", after != pending.begin() && at < std::prev(after)->at + std::prev(after)->bytes.size,
              "an index entry names a byte that is neither written nor pending");
    const Extent& extent = *std::prev(after);
    const std::size_t skip = at - extent.at;
    return Lent{extent.bytes.data + skip, extent.bytes.size - skip, extent.bytes.owner};
  }
  auto mapped = mapping(written);
  if (!mapped) return mapped.fault();
  const char* const data = (*mapped)->data() + at;
  return Lent{data, static_cast<std::size_t>(written - at), *std::move(mapped)};
}

std::size_t Segment::entry_count(const Column& column) {
  return column.foot_at != 0 ? column.foot_count : column.entries.size();
}

static ChunkEntry get_entry(const char* in) {
  return {get_fixed<std::int64_t>(in), get_fixed<TimeMs>(in + 8), get_fixed<std::uint32_t>(in + 16),
          get_fixed<std::uint32_t>(in + 20)};
}

Result<ChunkEntry> Segment::entry(const Column& column, std::size_t i) const {
  if (column.foot_at == 0) return column.entries[i];
  auto lent = bytes(column.foot_at + i * kEntryBytes);
  if (!lent) return lent.fault();
  return get_entry(lent->data);
}

Result<void> Segment::check_frame(std::string_view frame, std::uint64_t at, std::uint32_t salt) const {
  const auto head = read_block_head(frame, salt);
  if (!head || head->kind != BlockKind::frame || head->length > frame.size() || head->number < first_number ||
      head->number > last_number)
    return damaged(path, at, "no frame begins there");
  const std::size_t index = head->number - first_number;
  {
    std::lock_guard hold(checked_mutex_);
    if (checked_.empty()) checked_.resize(last_number - first_number + 1);
    if (checked_[index]) return {};
  }
  if (!block_is_whole(frame.substr(0, head->length), salt))
    return damaged(path, at, "the checksum of frame " + std::to_string(head->number) + " does not hold");
  std::lock_guard hold(checked_mutex_);
  checked_[index] = true;
  return {};
}

static std::string finish_block(std::string block, BlockHead head, std::uint32_t salt) {
  block.resize(block.size() + kBlockTailBytes);
  head.length = static_cast<std::uint32_t>(block.size());
  close_block(block.data(), head, salt);
  return block;
}

template <class T>
static void append_fixed(std::string& out, T value) {
  char bytes[sizeof(T)];
  put_fixed(bytes, value);
  out.append(bytes, sizeof(T));
}

std::string encode_head(const Snapshot& snapshot, std::uint64_t first_number, std::uint64_t durable,
                        std::uint32_t salt) {
  std::string block(kBlockHeadBytes, '\0');
  append_snapshot(block, snapshot);
  return finish_block(std::move(block), {BlockKind::head, 0, first_number, durable}, salt);
}

std::string encode_foot(const Segment& segment, const Snapshot& snapshot, std::uint64_t durable, std::uint32_t salt) {
  std::string block(kBlockHeadBytes + 4, '\0');
  append_snapshot(block, snapshot);
  put_fixed(block.data() + kBlockHeadBytes, static_cast<std::uint32_t>(block.size() - kBlockHeadBytes - 4));
  append_fixed(block, static_cast<std::uint32_t>(segment.columns.size()));
  for (const Column& c : segment.columns) {
    append_fixed(block, c.partition);
    append_fixed(block, static_cast<std::uint32_t>(c.entries.size()));
    append_fixed(block, c.first);
    append_fixed(block, c.end);
    append_fixed(block, c.highest);
  }
  for (const Column& c : segment.columns)
    for (const ChunkEntry& e : c.entries) {
      append_fixed(block, e.base);
      append_fixed(block, e.highest);
      append_fixed(block, e.at);
      append_fixed(block, e.frame_at);
    }
  append_fixed(block, static_cast<std::uint32_t>(block.size() + 4 + kBlockTailBytes));
  return finish_block(std::move(block), {BlockKind::foot, 0, segment.last_number, durable}, salt);
}

std::optional<BlockHead> read_head(std::string_view bytes, std::size_t partitions, std::uint32_t salt,
                                   Snapshot& snapshot) {
  const auto head = read_block_head(bytes, salt);
  if (!head || head->kind != BlockKind::head || head->length > bytes.size()) return std::nullopt;
  const std::string_view block = bytes.substr(0, head->length);
  if (!block_is_whole(block, salt)) return std::nullopt;
  const std::string_view body = block_body(block);
  if (get_snapshot(body.data(), body.data() + body.size(), partitions, snapshot) != body.data() + body.size())
    return std::nullopt;
  return head;
}

bool read_foot(std::string_view bytes, std::size_t partitions, std::uint32_t salt, Segment& segment,
               Snapshot& snapshot) {
  if (bytes.size() < kBlockHeadBytes + 16) return false;
  const auto length = get_fixed<std::uint32_t>(bytes.data() + bytes.size() - 8);
  if (length < kBlockHeadBytes + 16 || length > bytes.size()) return false;
  const std::string_view block = bytes.substr(bytes.size() - length);
  const auto head = read_block_head(block, salt);
  if (!head || head->kind != BlockKind::foot || head->length != length || head->number + 1 < segment.first_number ||
      !block_is_whole(block, salt))
    return false;

  const char* in = block_body(block).data();
  const char* const end = in + block_body(block).size() - 4;
  const auto snapshot_bytes = get_fixed<std::uint32_t>(in);
  in += 4;
  if (snapshot_bytes > static_cast<std::size_t>(end - in)) return false;
  Snapshot after;
  if (get_snapshot(in, in + snapshot_bytes, partitions, after) != in + snapshot_bytes) return false;
  in += snapshot_bytes;
  if (end - in < 4) return false;
  const auto count = get_fixed<std::uint32_t>(in);
  in += 4;
  if (count > partitions || static_cast<std::size_t>(end - in) < count * std::size_t{32}) return false;
  std::vector<Column> columns(count);
  std::size_t entries_at = static_cast<std::size_t>(in - bytes.data()) + count * std::size_t{32};
  for (Column& c : columns) {
    c.partition = get_fixed<std::uint32_t>(in);
    c.foot_count = get_fixed<std::uint32_t>(in + 4);
    c.first = get_fixed<std::int64_t>(in + 8);
    c.end = get_fixed<std::int64_t>(in + 16);
    c.highest = get_fixed<TimeMs>(in + 24);
    c.foot_at = static_cast<std::uint32_t>(entries_at);
    entries_at += c.foot_count * kEntryBytes;
    in += 32;
    if (c.partition >= partitions || c.foot_count == 0 || c.first < 0 || c.end <= c.first ||
        entries_at > static_cast<std::size_t>(end - bytes.data()))
      return false;
  }
  if (entries_at != static_cast<std::size_t>(end - bytes.data())) return false;
  segment.columns = std::move(columns);
  segment.last_number = head->number;
  segment.size = segment.written = bytes.size();
  segment.sealed = true;
  snapshot = std::move(after);
  return true;
}

Fault damaged(const std::string& path, std::uint64_t at, std::string_view what) {
  return fatal("corrupt", path + " is damaged at byte " + std::to_string(at) + ": " + std::string(what) +
                              "; nothing was changed. Check the disk, then put this file back from a backup");
}

}  // namespace millrace::log
