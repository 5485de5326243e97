// A follower: reads the journal that another process writes, up to its published mark, without a lock.
//
//   auto log = FollowingLog::open("data/log");
//   for (;;) {
//     auto more = (*log)->refresh();            // takes what was published since
//     ... fetch up to end() ...
//     if (more && !*more) (*log)->wait(1000);   // until the writer publishes, or a second has passed
//   }
//
// FL-1  What is visible was published; it never goes back, also over a restart of the writer.
// FL-2  A follower changes no file and keeps no writer from anything, retention included: what is dropped before it was read
//       is out_of_range, and start() has moved by then.
//
// Threads: as log.h says.      Tests: tests/contract/embedded_reader_test.cpp
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "log/embedded/catalog.h"
#include "log/embedded/mark.h"
#include "log/embedded/namespace.h"
#include "log/log.h"

namespace millrace::log {

class FollowingLog final : public Log {
 public:
  // Fails: not_found, corrupt, newer_format, io.
  static Result<std::unique_ptr<FollowingLog>> open(const std::string& folder, FileLayer& files = real_files());
  ~FollowingLog() override;

  const Namespace& about() const { return namespace_; }

  // Takes what was published and lets go of what was dropped since the last time. True when end() moved somewhere.
  // Fails: corrupt, io.
  Result<bool> refresh();
  // Waits until the writer publishes or `timeout_ms` have passed.
  void wait(int timeout_ms) const;

  const TopicTable& topics() const override { return catalog_.topics(); }
  Offset start(TopicPartition tp) const override { return catalog_.start(tp); }
  Offset end(TopicPartition tp) const override { return catalog_.end(tp); }
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                     Batch& batch) const override;
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override;
  std::optional<TaskPosition> committed(TopicPartition inbox) const override { return catalog_.committed(inbox); }
  std::vector<TaskPosition> all_committed() const override { return catalog_.all_committed(); }
  std::string environment() const override { return catalog_.environment(); }

  Result<std::vector<Offset>> append(const Frame& frame) override;  // fails: read_only
  void write_after(std::function<Result<void>()>) override {}        // it writes nothing
  Result<void> flush() override;                                    // fails: read_only

 private:
  FollowingLog(FileLayer& files, std::string folder, Namespace ns, MarkFile mark);
  Result<void> load() const;
  Result<void> forget_dropped() const;
  template <class Read>
  auto read(const Read& read) const;
  Result<bool> take_published(std::uint64_t limit);
  Result<bool> open_next_segment();

  FileLayer& files_;
  const std::string folder_;
  const Namespace namespace_;
  MarkFile mark_;
  int watch_ = -1;  // inotify
  mutable std::mutex refresh_mutex_;
  mutable Catalog catalog_;  // of what can still be read
};

}  // namespace millrace::log
