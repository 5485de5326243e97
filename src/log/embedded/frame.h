// How a frame lies in its block: the task positions it moves, the environment, then one chunk or more for each topic
// partition it appends to.
//
// Body    varint count, positions; varint length, environment; varint count of chunks, chunks
// Chunk   u8 topic, u8 zero, u16 partition, u32 count, u32 bytes of records, i64 base offset, i64 lowest and i64
//         highest timestamp; then the records
// Record  u8 flags, varint timestamp above the chunk's lowest, [u8 hop], [cause], [root], [set_by], [origin],
//         varint key length, varint value length, key, value. A position is varint topic, partition, offset.
//
// FR-1  A chunk holds at most kChunkRecords records, so finding an offset in it is cheap.
// FR-2  Decoding gives views into the bytes and never reads outside them, whatever they hold.
// FR-3  Encoding allocates nothing per record: scratch memory is reused from frame to frame.
// Tests: tests/unit/journal_format_test.cpp, tests/fuzz/journal_fuzz.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "log/embedded/block.h"
#include "log/log.h"
#include "log/partition_index.h"

namespace millrace::log {

inline constexpr std::uint32_t kChunkRecords = 512;
inline constexpr std::size_t kChunkHeadBytes = 36;
inline constexpr std::size_t kPositionBytesMax = 128;

struct Chunk {
  TopicPartition tp;
  std::uint32_t count = 0;
  std::int64_t base = 0;
  TimeMs lowest = 0, highest = 0;
  std::string_view records;
  std::size_t bytes() const { return kChunkHeadBytes + records.size(); }
  std::int64_t end() const { return base + count; }
};

// The chunk at the front of `bytes`; nullopt when there is no whole one.
std::optional<Chunk> read_chunk(std::string_view bytes);

// Walks the records of a chunk. After false, broken() tells the end from damage.
class RecordReader {
 public:
  explicit RecordReader(const Chunk& chunk);
  bool next(Record& out);
  bool skip();  // as next(), without giving the record
  bool broken() const { return at_ == nullptr; }

 private:
  const char* at_;
  const char* end_;
  Position next_;
  std::uint32_t left_;
  TimeMs lowest_;
};

// What stands in a frame beside its chunks, and where those begin.
struct FrameView {
  std::vector<TaskPosition> positions;
  std::string_view environment;
  std::uint64_t chunks = 0;
  std::string_view chunk_bytes;
};
// nullopt when the body is not one. Chunks are not looked at.
std::optional<FrameView> read_frame(std::string_view body);

// At most kPositionBytesMax bytes. Reading gives nullptr when there is no whole position.
char* put_task_position(char* out, const TaskPosition& position);
const char* get_task_position(const char* in, const char* end, TaskPosition& position);

// Where a chunk of a frame was put, seen from the frame's first byte.
struct PlacedChunk {
  std::uint32_t partition;  // number in the PartitionIndex
  std::uint32_t at;
  std::uint32_t count;
  std::int64_t base;
  TimeMs highest;
};

class FrameEncoder {
 public:
  FrameEncoder(const PartitionIndex& index, std::uint32_t salt);

  // No frame is encoded longer than this.
  static std::size_t bound(const Frame& frame);
  // Encodes at `out` and gives the length. `ends` are the next offsets of each topic partition and move on; the
  // offset of each record is put in `offsets`, the place of each chunk in `chunks`.
  // Needs: bound(frame) bytes at `out`, no more than kBlockMaxBytes; every record's topic partition is in the index.
  std::size_t encode(const Frame& frame, std::uint64_t number, std::uint64_t durable, std::vector<std::int64_t>& ends,
                     std::vector<Offset>& offsets, std::vector<PlacedChunk>& chunks, char* out);

 private:
  void sort_by_partition(const std::vector<NewRecord>& records);

  const PartitionIndex& index_;
  const std::uint32_t salt_;
  std::vector<std::uint32_t> counts_;   // by topic partition; zero between frames
  std::vector<std::uint32_t> touched_;  // topic partitions of this frame, ascending
  std::vector<std::uint32_t> order_;    // records, by topic partition, each in frame order
};

}  // namespace millrace::log
