// The embedded log: a durable, append-only journal in a folder, written by one process and followed by any number.
//
//   auto log = EmbeddedLog::create("data/log", {.durability = Durability::fsync, .topics = topics::make_table(8)});
//   if (!log) return log.fault();
//   auto offsets = (*log)->append(frame);   // visible here at once, in memory
//   auto kept = (*log)->flush();            // one write and one fdatasync, then visible to followers
//
// In the folder: `namespace` (namespace.h), `lock` (lock.h), `published` (mark.h) and the segments (segment.h).
//
// EL-1  append() touches no file, unless an earlier flush failed for want of space: then it tries that flush first and
//       fails disk_full as long as it fails. So memory does not grow behind a full disk.
// EL-2  A flush that fails leaves the file as it was before; the frames stay pending and the next flush writes them.
// EL-3  A file that cannot be synced can no longer be trusted: the log refuses everything from then on (io) and what
//       was not flushed is cut off, so a restart finds only what was durable.
// EL-4  With durability fsync a frame is published only after its fdatasync; with os after its write.
// EL-5  The destructor writes nothing. close() makes a stop that leaves no doubt about the end of the log.
//
// Threads: as log.h says; a flush does not hold up appends or fetches.
// Tests: tests/contract/embedded_log_test.cpp, tests/property/journal_power_loss_test.cpp, tests/bench/log_bench.cpp
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "log/embedded/catalog.h"
#include "log/embedded/lock.h"
#include "log/embedded/mark.h"
#include "log/embedded/namespace.h"
#include "log/embedded/slab.h"
#include "log/log.h"

namespace millrace::log {

struct EmbeddedOptions {
  std::optional<Durability> durability{};  // another than the namespace's, for this run
  std::size_t segment_bytes = std::size_t{64} << 20;
  FileLayer* files = nullptr;  // nullptr: the operating system's
};

class EmbeddedLog final : public Log {
 public:
  // Makes the folder (its parent must be there) and an empty log in it, and opens that.
  // Fails: exists, locked, disk_full, io.
  static Result<std::unique_ptr<EmbeddedLog>> create(const std::string& folder, Namespace ns,
                                                     const EmbeddedOptions& options = {});
  // Fails: not_found, locked, corrupt, newer_format, io.
  static Result<std::unique_ptr<EmbeddedLog>> open(const std::string& folder, const EmbeddedOptions& options = {});
  ~EmbeddedLog() override;

  const Namespace& about() const { return namespace_; }
  Durability durability() const { return durability_; }
  // What opening had to cut or make again, in words for the operator.
  const std::vector<std::string>& notes() const { return notes_; }

  // Flushes, syncs and marks the end as durable. Call nothing but the destructor after it succeeded.
  Result<void> close();
  // Reads every frame of every segment and checks it. Fails: corrupt, naming file and byte; io.
  Result<void> check() const;

  const TopicTable& topics() const override { return catalog_.topics(); }
  Offset start(TopicPartition tp) const override { return catalog_.start(tp); }
  Offset end(TopicPartition tp) const override { return catalog_.end(tp); }
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                     Batch& batch) const override {
    return catalog_.fetch(tp, from, max_records, max_bytes, batch);
  }
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override { return catalog_.offset_at(tp, time); }
  Result<std::vector<Offset>> append(const Frame& frame) override;
  void write_after(std::function<Result<void>()> first) override;
  Result<void> flush() override;
  Result<void> sync() override;
  Result<void> harden() override;
  std::optional<TaskPosition> committed(TopicPartition inbox) const override { return catalog_.committed(inbox); }
  std::vector<TaskPosition> all_committed() const override { return catalog_.all_committed(); }
  std::string environment() const override { return catalog_.environment(); }
  // Drops whole segments, oldest first, never the last; nothing while that is not in its file yet. Flushes nothing.
  Result<void> drop_before(const std::function<Offset(TopicPartition)>& floor,
                           std::optional<TimeMs> older_than) override;
  std::uint32_t free_share() const override;

 private:
  struct Work {  // what a flush writes to one segment
    std::shared_ptr<Segment> segment;
    std::vector<Extent> extents;
    std::uint64_t end = 0;
    bool sealed = false;
  };

  EmbeddedLog(FileLayer& files, std::string folder, Namespace ns, const EmbeddedOptions& options, FolderLock lock,
              MarkFile mark);
  static Result<std::unique_ptr<EmbeddedLog>> open_locked(FileLayer& files, const std::string& folder, Namespace ns,
                                                          const EmbeddedOptions& options, FolderLock lock);
  Result<void> recover();

  // Appending; under append_mutex_.
  Result<void> make_room(std::size_t bytes);
  void roll();
  void add_pending(Segment& segment, std::string_view bytes);
  char* room(std::size_t bytes);

  // Flushing; under flush_mutex_.
  Result<void> write_pending(bool to_disk);
  Result<void> write_and_publish(bool to_disk);
  std::vector<Work> pending_work(std::uint64_t& target) const;
  Result<void> write_segment(const Work& work, bool to_disk);
  Result<void> sync_written();
  const Segment* newest_segment() const;
  Result<void> publish(std::uint64_t published, std::uint64_t durable);
  Fault break_off(Fault fault);

  FileLayer& files_;
  const std::string folder_;
  const Namespace namespace_;
  const Durability durability_;
  const std::size_t segment_bytes_;
  const std::uint32_t salt_;
  FolderLock lock_;
  std::vector<std::string> notes_;
  Catalog catalog_;

  std::mutex append_mutex_;  // taken before flush_mutex_, which is taken before the catalog's
  FrameEncoder encoder_;
  std::shared_ptr<SlabPool> pool_;
  Slab slab_;
  std::size_t slab_used_ = 0;
  std::uint64_t next_number_ = 1;
  std::vector<std::int64_t> ends_;
  std::vector<PlacedChunk> chunks_;

  std::mutex harden_mutex_;  // one harden() at a time; taken before flush_mutex_
  std::mutex flush_mutex_;
  std::function<Result<void>()> first_;
  MarkFile mark_;
  Mark marked_;  // what the mark file says
  std::vector<std::shared_ptr<Segment>> unsynced_;  // written since the last sync
  bool folder_unsynced_ = false;
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<bool> stalled_{false};  // the last flush found no space
  std::atomic<bool> broken_{false};
  std::optional<Fault> break_;  // why; written once, before broken_
};

}  // namespace millrace::log
