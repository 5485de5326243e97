// Brings tasks up beside the thread that asks the group: their stores are opened, and what is committed is folded again,
// several at a time, since most of it is waiting for disks and brokers.
//
//   restorer.begin(assignments);
//   ... poll the group ...
//   auto up = restorer.collect();      // those that stand now
//   restorer.cancel();                 // the partitions were taken away meanwhile
//
// RT-1  A task is given once, whole, or its fault is: what is cancelled leaves nothing behind but its folder.
// RT-2  cancel() returns when no thread touches a store any more.
// Threads: one calls; the work is done on threads of its own.      Tests: tests/simulation/group_restore_test.cpp
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/task.h"
#include "log/group.h"

namespace millrace::engine {

class Restorer {
 public:
  // Makes one task; `give_up` is set when nobody waits for it any more.
  using BringUp = std::function<Result<std::unique_ptr<Task>>(const log::Assignment&, const std::atomic<bool>& give_up)>;
  // `threads` 0: each collect() brings one up itself, so that a test sees one order.
  Restorer(BringUp bring_up, std::size_t threads) : bring_up_(std::move(bring_up)), threads_max_(threads) {}
  ~Restorer() { cancel(); }
  Restorer(const Restorer&) = delete;
  Restorer& operator=(const Restorer&) = delete;

  // Needs: !busy().
  void begin(std::vector<log::Assignment> assignments);
  // Until every task was collected.
  bool busy() const { return left_ > 0; }
  // The tasks that stand since the last call. Fails: as the first that could not be brought up; the others are given up.
  Result<std::vector<std::unique_ptr<Task>>> collect();
  // Whose fault collect() gave. Needs: it gave one.
  const log::Assignment& failed() const { return wanted_[failed_]; }
  void cancel();

 private:
  void work();
  bool bring_up_one();

  const BringUp bring_up_;
  const std::size_t threads_max_;
  std::vector<log::Assignment> wanted_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> give_up_{false};
  std::size_t left_ = 0;  // not collected
  std::vector<std::thread> threads_;

  std::mutex mutex_;  // of what follows
  std::vector<std::unique_ptr<Task>> done_;
  std::optional<Fault> fault_;
  std::size_t failed_ = 0;
};

}  // namespace millrace::engine
