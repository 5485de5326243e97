// What lies where: the segments of a journal, the next offsets, positions and environment at its end, and reading by
// offset and by time. The writer (journal.h) and the follower (reader.h) each have one and feed it frames in order.
//
// CA-1  A frame is added in one step under the mutex, so no reader sees a part of one.
// CA-2  A fetch decodes outside the mutex, from memory that its lease keeps alive.
//
// Threads: reading functions take the mutex themselves. Changing functions need it held exclusively by the caller.
// Tests: tests/contract/embedded_log_test.cpp
#pragma once

#include <deque>
#include <memory>
#include <shared_mutex>
#include <vector>

#include "log/embedded/segment.h"
#include "log/log.h"
#include "log/partition_index.h"

namespace millrace::log {

class Catalog {
 public:
  Catalog(TopicTable topics, std::uint32_t salt);

  const TopicTable& topics() const { return topics_; }
  const PartitionIndex& index() const { return index_; }
  std::uint32_t salt() const { return salt_; }

  // Reading; these are the functions of the port.
  Offset start(TopicPartition tp) const;
  Offset end(TopicPartition tp) const;
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                     Batch& batch) const;
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const;
  std::optional<TaskPosition> committed(TopicPartition inbox) const;
  std::vector<TaskPosition> all_committed() const;
  std::string environment() const;

  std::shared_mutex& mutex() const { return mutex_; }

  // Changing.
  const Snapshot& now() const { return now_; }
  const std::deque<std::shared_ptr<Segment>>& segments() const { return segments_; }
  // Takes a segment with its columns; `after` is what stands at its end.
  void add_segment(std::shared_ptr<Segment> segment, Snapshot after);
  // Takes a frame that lies at `at` in the last segment.
  void add_frame(std::uint64_t number, std::uint64_t at, const std::vector<PlacedChunk>& chunks,
                 const std::vector<TaskPosition>& positions, std::string_view environment);
  void drop_first();
  void clear();

 private:
  struct Piece {  // what a segment holds of a topic partition
    std::shared_ptr<Segment> segment;
    std::size_t column;
    const Column& operator*() const { return segment->columns[column]; }
  };
  struct Spot {  // a chunk in memory
    Lent frame;
    std::uint32_t chunk_at = 0;  // from the frame's first byte
    std::shared_ptr<Segment> unchecked;  // the segment when the frame may still need its check
    std::uint64_t frame_at = 0;
    const std::string* path = nullptr;
  };

  std::size_t number_of(TopicPartition tp) const;
  std::int64_t start_of(std::size_t partition) const;
  Result<Spot> spot_of(const Piece& piece, std::size_t entry) const;
  Result<Spot> find(std::size_t partition, std::int64_t offset) const;
  Result<Chunk> chunk_of(const Spot& spot, TopicPartition tp) const;

  const TopicTable topics_;
  const PartitionIndex index_;
  const std::uint32_t salt_;
  mutable std::shared_mutex mutex_;
  Snapshot now_;
  std::deque<std::shared_ptr<Segment>> segments_;
  std::vector<std::deque<Piece>> pieces_;      // by topic partition, oldest first
};

}  // namespace millrace::log
