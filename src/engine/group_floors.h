// Where the tasks of a member would begin again: the positions of their last checkpoints, told to who trims the log.
//
// GF-1  What was told stays true when the task has gone to another member: its changelog stands there, or further on.
// Threads: any.      Tests: tests/kafka/trim.sh
#pragma once

#include <map>
#include <mutex>

#include "core/record.h"

namespace millrace::engine {

class GroupFloors {
 public:
  using Floors = std::map<TopicPartition, Offset>;

  void tell(Floors floors) {
    const std::lock_guard hold(mutex_);
    floors_ = std::move(floors);
  }
  Floors told() const {
    const std::lock_guard hold(mutex_);
    return floors_;
  }

 private:
  mutable std::mutex mutex_;
  Floors floors_;
};

}  // namespace millrace::engine
