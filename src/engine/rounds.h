// Rounds: all tasks with something in their inbox fold a share of it, and one frame commits what they put out.
//
// RO-1  A round freezes the end offsets before any task folds.
// RO-2  Outputs are appended in the order (stage, partition, offset of the cause, ordinal), whatever thread folded
//       them and when: so topics are the same bytes at any number of threads (claim C2).
// RO-3  A frame that found no space stands as it was folded: run_one() appends it before anything else is folded.
#pragma once

#include <memory>
#include <vector>

#include "engine/task.h"
#include "engine/workers.h"

namespace millrace::engine {

class Rounds {
 public:
  Rounds(log::Log& log, std::vector<std::unique_ptr<Task>>& tasks, Workers& workers, std::string environment);

  // Runs one round. False: no task had anything to fold. Fails: disk_full (retry: call it again, later), io, corrupt.
  Result<bool> run_one();
  // True while a folded frame waits for space: no task's state may become durable.
  // Bytes of outputs that the last round put out.
  std::size_t bytes() const { return bytes_; }
  bool waiting() const { return waiting_; }

 private:
  Result<bool> fold();

  log::Log& log_;
  std::vector<std::unique_ptr<Task>>& tasks_;
  Workers& workers_;
  struct Part {
    Task* task;
    Offset frozen_end;
    std::optional<Fault> fault;
  };
  std::vector<Part> parts_;
  log::Frame frame_;
  bool waiting_ = false;
  std::size_t bytes_ = 0;
};

}  // namespace millrace::engine
