// Checkpoints of all tasks, beside the folding: rows are encoded in slices between rounds, and a thread of the
// checkpointer's own makes the log durable and writes the batches.
//
// Threads run(), begin() and finish() are called by the thread that runs the rounds.
//
// CK-1  Log before state: the log is on stable storage up to the cut before any task's batch is written.
// CK-2  One run() takes a share of the time since the last one, within bounds (Pace), and waits for no disk; the next goes on
//       where it stopped. So a fact on its way through short rounds never waits long for a checkpoint, and
//       a checkpoint never long for rounds that are full.
// CK-3  A batch that could not be written stays cut, and its fault is given. After one that may be retried (a full disk)
//       each run() and finish() has it written again, and gives the fault until it is; after any other nothing more is
//       written. A batch that waits for room in the middle of its write (WF-2) is told of alike, and holds up no stop.
// CK-4  A task whose state could not be read (TS-3) is not written; the fault is given.
// CK-5  Where a changelog is kept, no store is written before what is written was shipped (CH-1).
// Tests: tests/simulation/checkpointer_test.cpp
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/events.h"
#include "engine/task.h"
#include "engine/workers.h"

namespace millrace::engine {

class Checkpointer {
 public:
  // One is due after so many records of all tasks, or after kPeriod, or when so much has changed. A restart folds again what came
  // since the last one was cut: about as many records, and those that came while the next was written.
  struct Pace {
    std::int64_t records;
    int share;  // of the time: one part in so many
    std::chrono::microseconds least, most;  // a slice: what comes meanwhile waits so long, in each round that it passes
  };
  static constexpr Pace kRounds{200'000, 16, std::chrono::microseconds(250), std::chrono::milliseconds(20)};
  // A member reads what it folds again from the brokers, and calls run() once a commit, seldom under a backlog.
  static constexpr Pace kCommits{50'000, 8, std::chrono::milliseconds(1), std::chrono::milliseconds(100)};
  static constexpr std::chrono::milliseconds kPeriod{5000};
  static constexpr std::size_t kDirtyBytes = 64 << 20;
  static constexpr std::size_t kDirtyMax = 128 << 20;  // above this folding waits: who folds calls finish()
  static constexpr std::size_t kDirtyRows = 100'000;

  using Act = std::function<Result<void>()>;
  // A cut follows `commit`, which has all that is folded committed, or sees to it; `harden` awaits that, puts it on stable
  // storage, and is called on the checkpointer's own thread.
  Checkpointer(const Pace& pace, Act commit, Act harden, std::vector<std::unique_ptr<Task>>& tasks, Events& events = no_events());
  // From now on what is encoded waits until it is shipped(): its rows go to a changelog before the stores have them.
  // `ship` is called where a checkpoint cannot go on without; it ends in shipped(), or fails.
  void ship_first(Act ship) { ship_ = std::move(ship); }
  // Waits for the batch that is being written, but not for room; the others are dropped, as by a crash.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Called between rounds, when every frame is appended: begins a checkpoint when one is due and works on it for a
  // slice (CK-2). Fails: disk_full (retry), and as the log and the stores do.
  Result<void> run();
  // The same where something is folded that is not committed: goes on with the one under way, and begins none.
  Result<void> go_on();
  // The next run() begins one, or begin() does.
  bool wants_cut() const { return !under_way() && due(); }
  // Begins one now, if none is under way.
  Result<void> begin();
  // Begins one now, after the one under way, and returns when it is written: at a clean stop and at 128 MB dirty.
  Result<void> finish();
  // Tasks whose checkpoint is encoded and waits to be shipped; and that it was.
  std::vector<Task*> to_ship() const;
  void shipped();
  // Gives up what is under way, as if it had never been cut, and returns when no store is being written: before the
  // tasks go, since a store that waited for room is not written again.
  void drop();
  std::size_t dirty_bytes() const;
  // Lets finish() encode the tasks' shares on these threads, side by side. Needs: they are idle whenever it is called.
  void encode_on(Workers& workers) { workers_ = &workers; }
  // When the last checkpoint of all tasks was whole; the start of the process when there was none. Any thread may ask.
  std::chrono::steady_clock::time_point last_whole() const { return last_whole_; }

 private:
  struct Cut {
    Task* task;
    std::int64_t position;  // that it stands for
  };
  bool due() const;
  bool under_way() const { return !cuts_.empty() || !encoded_.empty() || handed_over_ > 0; }
  Result<void> encode(std::chrono::steady_clock::time_point until);
  Result<void> encode_slice();
  Result<void> encode_all();
  void hand_over(const Cut& cut);
  Result<void> collect();
  Result<void> complete();
  std::optional<Fault> writer_waits() const;
  void end_waiting();
  void write_batches();
  Result<void> write_next(std::unique_lock<std::mutex>& lock);

  const Pace pace_;
  Act commit_, harden_, ship_;
  std::vector<std::unique_ptr<Task>>& tasks_;
  Events& events_;
  Workers* workers_ = nullptr;
  std::vector<Cut> cuts_;         // not encoded in full
  std::vector<Cut> encoded_;      // and not shipped
  std::size_t handed_over_ = 0;   // to the writer and not collected
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_slice_ = last_;  // its end
  std::atomic<std::chrono::steady_clock::time_point> last_whole_{last_};

  std::optional<Fault> stall_;    // may be retried; no batch was written since

  std::mutex mutex_;  // of what follows
  std::condition_variable wake_, written_one_;
  bool log_first_ = false;      // the log has to be made durable before the next batch
  bool writing_ = false;
  std::deque<Cut> to_write_;
  std::vector<Cut> written_;
  std::optional<Fault> fault_;  // the writer rests while it stands
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace millrace::engine
