// Retention: the log trims itself while it runs, down to the lowest position that somebody still needs.
//
// RT-1  Nothing is dropped at or above the last checkpoint of the task that folds it, and that checkpoint is on stable
//       storage first.
// RT-2  The original of an open dead letter (one that was not tried again) stays.
// RT-3  Nothing younger than `keep` is dropped, by the namespace's own clock; without `keep` nothing is.
// RT-4  What a loader or its world may still read stays.
//
// Threads  the engine's caller, between rounds.      Tests: tests/simulation/retention_test.cpp
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/open_letters.h"
#include "engine/task.h"

namespace millrace::engine {

class Retention {
 public:
  using Floors = std::map<TopicPartition, Offset>;

  Retention(log::Log& log, const Topology& topology, std::vector<std::unique_ptr<Task>>& tasks,
            std::optional<DurationMs> keep)
      : log_(log), topology_(topology), tasks_(tasks), keep_(keep), letters_(log, topology) {}

  // Drops what may go at `now`. `also`: floors of others, like the loader's. It reads dead letters and what was tried
  // again in parts, and drops nothing until it has read all. Fails: as the log and the stores do.
  Result<void> run(TimeMs now, const Floors& also = {});
  // How many open dead letters older than `keep` the last run found: each holds the log where its original lies.
  // Any thread may ask.
  std::size_t holding() const { return holding_; }

 private:
  bool anything_older(TimeMs than);

  log::Log& log_;
  const Topology& topology_;
  std::vector<std::unique_ptr<Task>>& tasks_;
  const std::optional<DurationMs> keep_;
  log::Batch batch_;
  OpenLetters letters_;
  std::atomic<std::size_t> holding_{0};
};

}  // namespace millrace::engine
