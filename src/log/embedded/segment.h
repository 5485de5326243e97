// A segment: one file of the journal, `<number of its first frame, 20 digits>.journal`, at most as long as
// segment_bytes unless one frame is longer. A head, frames, and, once it is full, a foot with the index.
//
// Head  block, body: snapshot before its first frame
// Foot  block, body: u32 length, snapshot after its last frame; u32 count, columns; entries, column by column; u32
//       length of the block, by which it is found from the end of the file
//
// SG-1  A column's entries name every chunk of its topic partition in the segment, in offset order.
// SG-2  A segment with a foot never changes.
// SG-3  The foot says nothing that the head and the frames do not: when it is damaged it is made again in memory.
//
// Threads: a Segment is guarded by its Catalog's mutex, but for what says otherwise.
// Tests: tests/contract/embedded_log_test.cpp, tests/property/journal_power_loss_test.cpp
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/embedded/file_layer.h"
#include "log/embedded/frame.h"
#include "log/embedded/snapshot.h"

namespace millrace::log {

// Where a chunk lies in its segment.
struct ChunkEntry {
  std::int64_t base;
  TimeMs highest;
  std::uint32_t at;
  std::uint32_t frame_at;
};
inline constexpr std::size_t kEntryBytes = 24;

// What a segment holds of one topic partition. Its entries lie in memory, or in the file at `foot_at`.
struct Column {
  std::uint32_t partition = 0;  // number in the PartitionIndex
  std::int64_t first = 0, end = 0;
  TimeMs highest = INT64_MIN;
  std::vector<ChunkEntry> entries{};
  std::uint32_t foot_at = 0;
  std::uint32_t foot_count = 0;
};

// Memory that somebody keeps alive.
struct Lent {
  const char* data = nullptr;
  std::size_t size = 0;
  std::shared_ptr<const void> owner;
  std::string_view view() const { return {data, size}; }
};

// Bytes that are appended and not yet in the file.
struct Extent {
  std::uint64_t at;
  Lent bytes;
};

class Segment {
 public:
  Segment(FileLayer& files, const std::string& folder, std::uint64_t first_number);

  static std::string name_of(std::uint64_t first_number);
  // The first number that a file name tells; 0 when it is not the name of a segment.
  static std::uint64_t number_in(std::string_view name);

  const std::string path;
  const std::uint64_t first_number;
  std::uint64_t last_number;  // first_number - 1 while it has no frame
  std::uint64_t size = 0;     // with what is pending
  std::uint64_t written = 0;  // in the file
  std::uint64_t hurried = 0;  // and on its way to the disk; of the flush mutex
  bool sealed = false;        // ends in a foot, or is read as if
  bool trusted = false;       // every frame was made or checked by this process
  std::vector<Column> columns;
  std::deque<Extent> pending;
  OpenFile file;  // the writer's; of its flush mutex

  // Appends bytes that `owner` keeps alive at `size`; they are pending until written.
  void add_pending(Lent bytes);
  // Takes what lies below `now_written` as written.
  void set_written(std::uint64_t now_written);
  // From now on entries are read from the foot. Needs: a segment whose foot is written.
  void move_index_to_foot();

  // The bytes from `at` on, as many as lie together. Fails: not_found, io.
  Result<Lent> bytes(std::uint64_t at) const;
  // Entry `i` of a column, and how many it has. Fails: as bytes().
  static std::size_t entry_count(const Column& column);
  Result<ChunkEntry> entry(const Column& column, std::size_t i) const;
  // Makes the mapping last as long as the segment, for one that is read and grows. `capacity`: as far as it may grow.
  Result<void> keep_mapped(std::size_t capacity);
  void stop_keeping_mapped();

  // Checks, once, the frame at the front of `frame`, which lies at `at` in this segment. Any thread, without the
  // catalog's mutex. Fails: corrupt.
  Result<void> check_frame(std::string_view frame, std::uint64_t at, std::uint32_t salt) const;

 private:
  Result<std::shared_ptr<const Mapping>> mapping(std::size_t at_least) const;

  FileLayer& files_;
  mutable std::mutex map_mutex_;
  mutable std::shared_ptr<const Mapping> kept_;
  mutable std::weak_ptr<const Mapping> lent_;
  bool keep_ = false;
  std::size_t capacity_ = 0;
  mutable std::mutex checked_mutex_;
  mutable std::vector<bool> checked_;  // by frame number above first_number
};

std::string encode_head(const Snapshot& snapshot, std::uint64_t first_number, std::uint64_t durable, std::uint32_t salt);
std::string encode_foot(const Segment& segment, const Snapshot& snapshot, std::uint64_t durable, std::uint32_t salt);

// The head block at the front of a segment's bytes; nullopt when it is damaged.
std::optional<BlockHead> read_head(std::string_view bytes, std::size_t partitions, std::uint32_t salt,
                                   Snapshot& snapshot);
// The foot at the end of a segment's bytes, put into the segment's columns, last number and size. False when there is
// none or it is damaged; then nothing was changed.
bool read_foot(std::string_view bytes, std::size_t partitions, std::uint32_t salt, Segment& segment,
               Snapshot& snapshot);

Fault damaged(const std::string& path, std::uint64_t at, std::string_view what);

}  // namespace millrace::log
