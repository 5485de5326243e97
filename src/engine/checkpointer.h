// Checkpoints of all tasks, in slices between rounds, so that folding is never held up for long.
//
// CK-1  Log before state: the log is on stable storage up to the cut before any task's batch is written.
// CK-2  One run() takes about kSlice; a run goes on where the last one stopped.
// CK-3  Where the disk is full (disk_full, retry) nothing is lost: the next call goes on with what failed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "engine/task.h"

namespace millrace::engine {

class Checkpointer {
 public:
  static constexpr std::chrono::milliseconds kSlice{5};
  static constexpr std::chrono::milliseconds kPeriod{1000};
  static constexpr std::size_t kDirtyBytes = 64 << 20;
  static constexpr std::size_t kDirtyRows = 100'000;

  // `sync_log` puts keys and log on stable storage, in this order.
  Checkpointer(std::function<Result<void>()> sync_log, std::vector<std::unique_ptr<Task>>& tasks, Events& events = no_events())
      : sync_log_(std::move(sync_log)), tasks_(tasks), events_(events) {}

  // Called between rounds, when every frame is appended: begins a checkpoint when one is due and works on it for a
  // slice. Fails: disk_full (retry), and as the log and the stores do.
  Result<void> run();
  // Begins one now, after the one that is under way, and finishes it: at a clean stop and at 128 MB dirty.
  Result<void> finish();
  std::size_t dirty_bytes() const;
  // When the last checkpoint of all tasks was whole; the start of the process when there was none.
  std::chrono::steady_clock::time_point last_whole() const { return last_whole_; }

 private:
  void begin();
  Result<void> work(std::chrono::steady_clock::time_point until);
  bool due() const;

  std::function<Result<void>()> sync_log_;
  std::vector<std::unique_ptr<Task>>& tasks_;
  Events& events_;
  struct Open {
    Task* task;
    std::int64_t position;  // that the cut stands for
  };
  std::vector<Open> open_;  // cut and not yet committed
  bool synced_ = true;      // the log, since the cut
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now(), last_whole_ = last_;
};

}  // namespace millrace::engine
