// Checkpoints of all tasks, in slices between rounds, so that folding is never held up for long.
//
// CK-1  Log before state: the log is on stable storage up to the cut before any task's batch is written.
// CK-2  One run() takes about kSlice; a run goes on where the last one stopped.
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

  // `sync_log` puts the log on stable storage.
  Checkpointer(std::function<Result<void>()> sync_log, std::vector<std::unique_ptr<Task>>& tasks)
      : sync_log_(std::move(sync_log)), tasks_(tasks) {}

  // Called between rounds: begins a checkpoint when one is due and works on it for a slice.
  Result<void> run();
  // Begins one now if none is under way, and finishes it: at a clean stop and at 128 MB dirty.
  Result<void> finish();
  std::size_t dirty_bytes() const;

 private:
  Result<void> begin();
  Result<void> work(std::chrono::steady_clock::time_point until);
  bool due() const;

  std::function<Result<void>()> sync_log_;
  std::vector<std::unique_ptr<Task>>& tasks_;
  struct Open {
    Task* task;
    std::int64_t position;  // that the cut stands for
  };
  std::vector<Open> open_;  // cut and not yet committed
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace millrace::engine
