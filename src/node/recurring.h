// Work that a thread of its own does again and again, beside everything else, until this object ends.
//
//   Recurring trims({.period = std::chrono::seconds(60)}, [this] { return trim(); }, tell);
//
// RE-1  It ends as soon as the round under way is over, and wakes none for that: a long one asks ending().
// RE-2  A fault ends nothing: it is told when it is another than that of the round before, and the next round tries again.
// Needs: what the work uses outlives it, so it stands last among the members.
// Threads: its own; end() and ending() on any.      Tests: tests/unit/recurring_test.cpp
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/result.h"

namespace millrace::node {

class Recurring {
 public:
  struct When {
    std::chrono::milliseconds period;
    bool at_once = false;  // the first round does not wait for the period
  };
  Recurring(When when, std::function<Result<void>()> work, std::function<void(const Fault&)> tell = {});
  // Waits for the round under way.
  ~Recurring();
  Recurring(const Recurring&) = delete;
  Recurring& operator=(const Recurring&) = delete;

  // No other round begins. Does not wait.
  void end();
  bool ending() const { return end_; }

 private:
  void run();
  void round();

  const When when_;
  const std::function<Result<void>()> work_;
  const std::function<void(const Fault&)> tell_;
  std::string told_;  // code of the last round's fault
  std::mutex mutex_;
  std::condition_variable ending_;
  std::atomic<bool> end_{false};
  std::thread thread_;
};

}  // namespace millrace::node
