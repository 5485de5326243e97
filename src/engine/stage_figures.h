// What became of records at the stages of this process, by type and reason, and how long a step takes: for the operator.
//
//   StageFigures figures;                                  // the process's
//   TaskFigures task(figures, "score");                    // a task's, on its thread
//   task.count("lead.captured", Became::ok);               // a record
//   task.spend(elapsed, 1000);                             // a share of them
//   task.close();                                          // what was counted is on its way to be committed
//   task.publish();                                        // and it is
//   figures.measures();                                    // any thread
//
// SG-1  Counts are of what is committed, by this process since its start: what is folded to bring a task up, or in a batch
//       that is lost, is not among them.
// SG-2  A record costs a look at its task's own few counters; the clock is read once a share and once a tick, and the lock
//       is taken at commits and scrapes.
// SG-3  What an outsider writes adds no label: a type that its stage does not list is `other`, and so is the reason after
//       kReasonsMax of a stage.
// Tests: tests/unit/stage_figures_test.cpp, tests/integration/metrics.sh, tests/kafka/metrics.sh
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/measures.h"

namespace millrace::engine {

enum class Became : std::uint8_t { ok, ignored, duplicate, forwarded, dlq };
inline constexpr std::size_t kBecame = 5;
inline constexpr std::size_t kReasonsMax = 64;

// Upper bounds of the buckets of step times, in nanoseconds; what takes longer is in none of them.
inline constexpr std::array<std::int64_t, 12> kStepBuckets{1'000,   2'500,     5'000,      10'000,      25'000,        50'000,
                                                           100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000};

class TaskFigures;

class StageFigures {
 public:
  // millrace_records_total, _dlq_total, _step_seconds and _timers_due.
  Measures measures() const;

 private:
  friend class TaskFigures;
  struct Stage {
    std::map<std::string, std::array<std::uint64_t, kBecame>, std::less<>> types;
    std::map<std::string, std::uint64_t, std::less<>> reasons;
    std::array<std::uint64_t, kStepBuckets.size() + 1> steps{};
    std::uint64_t spent_ns = 0;
  };
  mutable std::mutex mutex_;  // of what follows
  std::map<std::string, Stage, std::less<>> stages_;
  std::set<const TaskFigures*> tasks_;
};

class TaskFigures {
 public:
  // Needs: `all` outlives it.
  TaskFigures(StageFigures& all, std::string stage);
  ~TaskFigures();
  TaskFigures(const TaskFigures&) = delete;
  TaskFigures& operator=(const TaskFigures&) = delete;

  // `type`: one text for each, which stands until it is published; empty: none that the stage lists.
  void count(std::string_view type, Became became);
  void refuse(std::string_view reason) {
    ++open_.reasons[std::string(reason)];
    open_.empty = false;
  }
  // So many steps, which took so long together: each counts with their mean.
  void spend(std::chrono::nanoseconds time, std::uint64_t steps);
  // Timers whose time has come, and that have not fired.
  void due(std::uint64_t timers) { due_.store(timers, std::memory_order_relaxed); }
  // What is counted from now on is another batch's.  Needs: one batch at a time is closed and not published.
  void close();
  // What was counted before the last close() is committed.
  void publish();

 private:
  friend class StageFigures;
  struct Type {
    std::string_view name;
    std::array<std::uint64_t, kBecame> became{};
  };
  struct Counted {
    std::vector<Type> types;
    std::size_t last = 0;  // of `types`, for records that come in a row
    std::map<std::string, std::uint64_t> reasons;
    std::array<std::uint64_t, kStepBuckets.size() + 1> steps{};
    std::uint64_t spent_ns = 0;
    bool empty = true;
  };
  Type& of(std::string_view type);

  StageFigures& all_;
  const std::string stage_;
  std::atomic<std::uint64_t> due_{0};
  Counted open_, closed_;  // since the last publication
};

}  // namespace millrace::engine
