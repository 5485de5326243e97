// Memory for the rows that are kept, shared by all spaces of a process: a busy task may use what an idle one does not. Rows that
// a checkpoint has still to write count too, though they cannot be given up: the more of them, the fewer clean ones, down to
// half of the bound.
//
//   auto budget = std::make_shared<CacheBudget>(256 << 20, tasks);
//   TableSpace space(std::move(kv), budget);
//
// CB-1  A space gives clean rows up only while all spaces together hold more than the bound, and never for another's sake
//       below an eighth of an even share. So they hold at most an eighth more than the bound, and what is dirty above half of it.
//
// Threads any.      Tests: tests/unit/state_cache_test.cpp
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace millrace::state {

class CacheBudget {
 public:
  explicit CacheBudget(std::size_t bytes, std::size_t spaces = 1)
      : bound_(static_cast<std::int64_t>(bytes)), floor_(spaces > 1 ? bytes / spaces / 8 : 0) {}

  // A space tells how the bytes of its rows have changed.
  void note(std::int64_t clean, std::int64_t dirty) {
    if (clean) clean_.fetch_add(clean, std::memory_order_relaxed);
    if (dirty) dirty_.fetch_add(dirty, std::memory_order_relaxed);
  }
  // How hard a space with so many clean bytes has to look for some to give up: 0 not at all, 1 just above the bound, kMost
  // from a sixteenth more on. (How many looks a row takes to go depends on what is asked for, so no one number does.)
  static constexpr std::int64_t kMost = 32;
  std::int64_t pressure(std::size_t clean_bytes) const {
    const std::int64_t dirty = std::min(dirty_.load(std::memory_order_relaxed), bound_ / 2);
    const std::int64_t excess = clean_.load(std::memory_order_relaxed) + dirty - bound_;
    if (excess <= 0 || clean_bytes <= floor_) return 0;
    return std::min(kMost, 1 + excess * 16 * kMost / std::max<std::int64_t>(bound_, 1));
  }

 private:
  const std::int64_t bound_;
  const std::size_t floor_;
  std::atomic<std::int64_t> clean_{0}, dirty_{0};
};

}  // namespace millrace::state
