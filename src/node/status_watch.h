// The figures of `status` of a namespace on a cluster, looked up beside the work, so that who asks for them waits for no
// broker and asks none.
//
// SW-1  measures() gives what was seen last, and how long ago; while the cluster is away it grows older.
// Threads: its own; measures() on any.      Tests: tests/kafka/metrics.sh
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/measures.h"
#include "node/status_rows.h"
#include "node/target.h"

namespace millrace::node {

class StatusWatch {
 public:
  static constexpr std::chrono::seconds kPeriod{5};

  explicit StatusWatch(Target target);
  ~StatusWatch();
  StatusWatch(const StatusWatch&) = delete;
  StatusWatch& operator=(const StatusWatch&) = delete;

  void add_to(Measures& out) const;

 private:
  void look();

  const Target target_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable ending_;
  bool end_ = false;
  std::vector<StatusRow> rows_;
  std::chrono::steady_clock::time_point seen_{};
  std::thread thread_;
};

}  // namespace millrace::node
