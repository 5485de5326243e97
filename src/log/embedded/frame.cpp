#include "log/embedded/frame.h"

#include <algorithm>

#include "log/embedded/bytes.h"

namespace millrace::log {
namespace {

enum Flags : unsigned { broadcast = 1, moved = 2, has_hop = 4, cause = 8, root = 16, set_by = 32, origin = 64, all = 127 };

// flags, timestamp, hop, four positions of topic, partition and offset, two lengths
constexpr std::size_t kRecordOverheadMax = 1 + kVarintMax + 1 + 4 * (2 + 3 + kVarintMax) + 5 + 5;

char* put_text(char* out, std::string_view text) {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_position(char* out, const Position& p) {
  out = put_varint(out, p.topic.value);
  out = put_varint(out, p.partition.value);
  return put_varint(out, static_cast<std::uint64_t>(p.offset.value));
}

const char* get_position(const char* in, const char* end, Position& p) {
  std::uint64_t topic = 0, partition = 0, offset = 0;
  in = get_varint(get_varint(get_varint(in, end, topic), end, partition), end, offset);
  p = {TopicId{static_cast<std::uint8_t>(topic)}, Partition{static_cast<std::uint16_t>(partition)},
       Offset{static_cast<std::int64_t>(offset)}};
  return in;
}

char* put_record(char* out, const NewRecord& r, TimeMs lowest) {
  const Headers& h = r.headers;
  const unsigned flags = (h.broadcast ? broadcast : 0U) | (h.moved ? moved : 0U) | (h.hop ? has_hop : 0U) |
                         (h.cause.known() ? cause : 0U) | (h.root.known() ? root : 0U) |
                         (h.set_by.known() ? set_by : 0U) | (h.origin.known() ? origin : 0U);
  *out++ = static_cast<char>(flags);
  out = put_varint(out, static_cast<std::uint64_t>(r.timestamp) - static_cast<std::uint64_t>(lowest));
  if (flags & has_hop) *out++ = static_cast<char>(h.hop);
  if (flags & cause) out = put_position(out, h.cause);
  if (flags & root) out = put_position(out, h.root);
  if (flags & set_by) out = put_position(out, h.set_by);
  if (flags & origin) out = put_position(out, h.origin);
  out = put_varint(out, r.key.size());
  out = put_varint(out, r.value.size());
  return put_text(put_text(out, r.key), r.value);
}

void put_chunk_head(char* out, const Chunk& chunk) {
  put_fixed(out, chunk.tp.topic.value);
  put_fixed(out + 1, std::uint8_t{0});
  put_fixed(out + 2, chunk.tp.partition.value);
  put_fixed(out + 4, chunk.count);
  put_fixed(out + 8, static_cast<std::uint32_t>(chunk.records.size()));
  put_fixed(out + 12, chunk.base);
  put_fixed(out + 20, chunk.lowest);
  put_fixed(out + 28, chunk.highest);
}

}  // namespace

std::optional<Chunk> read_chunk(std::string_view bytes) {
  if (bytes.size() < kChunkHeadBytes) return std::nullopt;
  const char* p = bytes.data();
  const auto length = get_fixed<std::uint32_t>(p + 8);
  Chunk chunk;
  chunk.tp = {TopicId{get_fixed<std::uint8_t>(p)}, Partition{get_fixed<std::uint16_t>(p + 2)}};
  chunk.count = get_fixed<std::uint32_t>(p + 4);
  chunk.base = get_fixed<std::int64_t>(p + 12);
  chunk.lowest = get_fixed<TimeMs>(p + 20);
  chunk.highest = get_fixed<TimeMs>(p + 28);
  const bool sane = p[1] == 0 && chunk.count > 0 && chunk.count <= kChunkRecords && chunk.base >= 0 &&
                    chunk.base <= INT64_MAX - kChunkRecords && length <= bytes.size() - kChunkHeadBytes;
  if (!sane) return std::nullopt;
  chunk.records = bytes.substr(kChunkHeadBytes, length);
  return chunk;
}

RecordReader::RecordReader(const Chunk& chunk)
    : at_(chunk.records.data()),
      end_(at_ + chunk.records.size()),
      next_{chunk.tp.topic, chunk.tp.partition, Offset{chunk.base}},
      left_(chunk.count),
      lowest_(chunk.lowest) {}

bool RecordReader::next(Record& out) {
  if (left_ == 0 || at_ == nullptr) return false;
  const char* in = at_;
  at_ = nullptr;
  if (in == end_) return false;
  const auto flags = static_cast<unsigned char>(*in++);
  if (flags > all) return false;
  std::uint64_t above = 0, key = 0, value = 0;
  in = get_varint(in, end_, above);
  Headers& h = out.headers;
  h = Headers{};
  h.broadcast = flags & broadcast;
  h.moved = flags & moved;
  if (flags & has_hop) {
    if (in == nullptr || in == end_) return false;
    h.hop = static_cast<std::uint8_t>(*in++);
  }
  if (flags & cause) in = get_position(in, end_, h.cause);
  if (flags & root) in = get_position(in, end_, h.root);
  if (flags & set_by) in = get_position(in, end_, h.set_by);
  if (flags & origin) in = get_position(in, end_, h.origin);
  in = get_varint(get_varint(in, end_, key), end_, value);
  if (in == nullptr) return false;
  const auto left = static_cast<std::uint64_t>(end_ - in);
  if (key > left || value > left - key) return false;
  out.at = next_;
  out.timestamp = static_cast<TimeMs>(static_cast<std::uint64_t>(lowest_) + above);
  out.key = {in, key};
  out.value = {in + key, value};
  at_ = in + key + value;
  next_.offset = next_.offset + 1;
  --left_;
  return true;
}

bool RecordReader::skip() {
  Record unused;
  return next(unused);
}

char* put_task_position(char* out, const TaskPosition& p) {
  out = put_varint(out, p.inbox.topic.value);
  out = put_varint(out, p.inbox.partition.value);
  out = put_fixed(out, p.digest);
  out = put_varint(out, zigzag(p.next));
  out = put_varint(out, zigzag(p.now_ms));
  for (const std::uint64_t v : {p.cursor, p.folded, p.duplicates, p.ignored, p.dead_letters, p.forwarded})
    out = put_varint(out, v);
  return out;
}

const char* get_task_position(const char* in, const char* end, TaskPosition& p) {
  std::uint64_t topic = 0, partition = 0, next = 0, now = 0;
  in = get_varint(get_varint(in, end, topic), end, partition);
  if (in == nullptr || end - in < 8 || topic > UINT8_MAX || partition > UINT16_MAX) return nullptr;
  p.inbox = {TopicId{static_cast<std::uint8_t>(topic)}, Partition{static_cast<std::uint16_t>(partition)}};
  p.digest = get_fixed<std::uint64_t>(in);
  in = get_varint(get_varint(in + 8, end, next), end, now);
  p.next = unzigzag(next);
  p.now_ms = unzigzag(now);
  for (std::uint64_t* v : {&p.cursor, &p.folded, &p.duplicates, &p.ignored, &p.dead_letters, &p.forwarded})
    in = get_varint(in, end, *v);
  return in;
}

std::optional<FrameView> read_frame(std::string_view body) {
  FrameView frame;
  const char* in = body.data();
  const char* const end = in + body.size();
  std::uint64_t count = 0, length = 0;
  in = get_varint(in, end, count);
  for (; in != nullptr && count > 0; --count) in = get_task_position(in, end, frame.positions.emplace_back());
  in = get_varint(in, end, length);
  if (in == nullptr || length > static_cast<std::uint64_t>(end - in)) return std::nullopt;
  frame.environment = {in, length};
  in = get_varint(in + length, end, frame.chunks);
  if (in == nullptr) return std::nullopt;
  frame.chunk_bytes = {in, static_cast<std::size_t>(end - in)};
  return frame;
}

FrameEncoder::FrameEncoder(const PartitionIndex& index, std::uint32_t salt)
    : index_(index), salt_(salt), counts_(index.size(), 0) {}

std::size_t FrameEncoder::bound(const Frame& frame) {
  std::size_t bytes = kBlockHeadBytes + kBlockTailBytes + 3 * kVarintMax + frame.environment.size() +
                      frame.positions.size() * kPositionBytesMax +
                      frame.records.size() * (kRecordOverheadMax + kChunkHeadBytes);
  for (const NewRecord& r : frame.records) bytes += r.key.size() + r.value.size();
  return bytes;
}

void FrameEncoder::sort_by_partition(const std::vector<NewRecord>& records) {
  touched_.clear();
  for (const NewRecord& r : records) {
    const std::size_t partition = index_[r.to];
    if (counts_[partition]++ == 0) touched_.push_back(static_cast<std::uint32_t>(partition));
  }
  std::sort(touched_.begin(), touched_.end());
  std::uint32_t begin = 0;
  for (const std::uint32_t partition : touched_) begin += std::exchange(counts_[partition], begin);
  order_.resize(records.size());
  for (std::uint32_t i = 0; i < records.size(); ++i) order_[counts_[index_[records[i].to]]++] = i;
}

std::size_t FrameEncoder::encode(const Frame& frame, std::uint64_t number, std::uint64_t durable,
                                 std::vector<std::int64_t>& ends, std::vector<Offset>& offsets,
                                 std::vector<PlacedChunk>& chunks, char* const begin) {
  char* out = put_varint(begin + kBlockHeadBytes, frame.positions.size());
  for (const TaskPosition& p : frame.positions) out = put_task_position(out, p);
  const std::string_view environment = frame.positions.empty() ? std::string_view() : frame.environment;
  out = put_text(put_varint(out, environment.size()), environment);

  sort_by_partition(frame.records);
  offsets.resize(frame.records.size());
  std::uint64_t chunk_count = 0;
  std::uint32_t first = 0;
  for (const std::uint32_t partition : touched_) {
    chunk_count += (counts_[partition] - first + kChunkRecords - 1) / kChunkRecords;
    first = counts_[partition];
  }
  out = put_varint(out, chunk_count);

  std::uint32_t next = 0;
  for (const std::uint32_t partition : touched_) {
    const std::uint32_t last = std::exchange(counts_[partition], 0);
    while (next < last) {
      Chunk chunk;
      chunk.tp = index_.at(partition);
      chunk.count = std::min(last - next, kChunkRecords);
      chunk.base = ends[partition];
      chunk.lowest = chunk.highest = frame.records[order_[next]].timestamp;
      for (std::uint32_t i = next; i < next + chunk.count; ++i) {
        chunk.lowest = std::min(chunk.lowest, frame.records[order_[i]].timestamp);
        chunk.highest = std::max(chunk.highest, frame.records[order_[i]].timestamp);
      }
      char* const head = out;
      out += kChunkHeadBytes;
      for (const std::uint32_t until = next + chunk.count; next < until; ++next) {
        out = put_record(out, frame.records[order_[next]], chunk.lowest);
        offsets[order_[next]] = Offset{ends[partition]++};
      }
      chunk.records = {head + kChunkHeadBytes, static_cast<std::size_t>(out - head) - kChunkHeadBytes};
      put_chunk_head(head, chunk);
      chunks.push_back(
          {partition, static_cast<std::uint32_t>(head - begin), chunk.count, chunk.base, chunk.highest});
    }
  }
  const std::size_t length = static_cast<std::size_t>(out - begin) + kBlockTailBytes;
  close_block(begin, {BlockKind::frame, static_cast<std::uint32_t>(length), number, durable}, salt_);
  return length;
}

}  // namespace millrace::log
