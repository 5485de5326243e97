// The dead letters that were not tried again: each keeps its original, and itself, in the log. Part of retention, on both
// logs.
//
// RT-2  The original of an open dead letter (one that was not tried again) stays.
// Threads: one.      Tests: tests/simulation/retention_test.cpp, tests/kafka/trim.sh
#pragma once

#include <functional>
#include <map>

#include "engine/topology.h"
#include "log/log.h"

namespace millrace::engine {

class OpenLetters {
 public:
  OpenLetters(const log::Reader& log, const Topology& topology) : log_(log), topology_(topology) {}

  // Reads on where the last call stopped: dead letters, and what was tried again; at most kBudget records. True: all is
  // read. Fails: as the log does.
  Result<bool> read();
  // Each open letter, with its original: what must stay.
  void each(const std::function<void(Position original, Position letter, TimeMs written)>& visit) const;

 private:
  static constexpr std::size_t kBudget = 50'000;
  Result<bool> read_on(TopicPartition tp, Offset from, std::size_t& budget);

  const log::Reader& log_;
  const Topology& topology_;
  log::Batch batch_;
  std::map<TopicPartition, Offset> read_;  // next to read, of dead-letter topics and of inboxes with open letters
  std::map<TopicPartition, std::map<Offset, std::map<Position, TimeMs>>> open_;  // by inbox: original -> its letters
};

}  // namespace millrace::engine
