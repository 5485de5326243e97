// The figures of `status` of a namespace on a cluster, looked up beside the work, so that who asks for them waits for no
// broker and asks none.
//
// SW-1  measures() gives what was seen last, and how long ago; while the cluster is away it grows older.
// Threads: its own; measures() on any.      Tests: tests/kafka/metrics.sh
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "core/measures.h"
#include "node/reading.h"
#include "node/recurring.h"
#include "node/status_rows.h"
#include "node/target.h"

namespace millrace::node {

class StatusWatch {
 public:
  static constexpr std::chrono::seconds kPeriod{5};

  explicit StatusWatch(Target target);

  void add_to(Measures& out) const;

 private:
  Result<void> look();

  const Target target_;
  std::unique_ptr<Reading> reading_;
  mutable std::mutex mutex_;  // of what follows
  std::vector<StatusRow> rows_;
  std::chrono::steady_clock::time_point seen_{};
  Recurring looks_;
};

}  // namespace millrace::node
