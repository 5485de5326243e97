// The machine: a topology over a log, with state and keys, run round by round.
//
//   Engine engine(topology, services, {.threads = 2});
//   if (auto up = engine.open(); !up) ...          // recovers every task and proves it
//   engine.drain();                                // folds until every inbox is empty, commits on the way; or gives
//                                                  // out_of_room, and is called again later
//   engine.close();                                // a clean stop leaves no tail
//
// Threads: one thread calls; the folding threads and the committing one are the engine's own.
//
// EN-1  Keys are durable before the frame that uses them, the frame before anybody is answered (laws 5, KR-1).
// EN-2  A clean stop leaves no tail: every checkpoint stands at the committed position.
// EN-3  A full disk ends nothing: what found no space is kept and tried again by the next call (room.h).
// EN-4  What is appended is folded while it is being committed; no state that stands on it is written before it is (CK-1).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/checkpointer.h"
#include "engine/committer.h"
#include "engine/room.h"
#include "engine/rounds.h"
#include "engine/task.h"
#include "engine/topology.h"
#include "engine/workers.h"

namespace millrace::engine {

struct Services {
  log::Log& log;
  Keyring& keys;                                          // live: makes what is missing
  Keyring& lookups;                                       // the same keys while re-folding
  std::function<Result<void>()> sync_keys;                // makes new keys durable; any thread
  std::function<Result<std::unique_ptr<state::Kv>>(const std::string& stage, Partition)> open_kv;
  Events* events = &no_events();
  StageFigures* figures = nullptr;  // told at each commit; outlives the engine
};

struct Options {
  std::size_t threads = 1;
  std::size_t cache_bytes = 256 << 20;  // decoded rows, over all tasks
  std::string environment;              // hash
  bool history = false;
  RoomLimits room;
};

class Engine {
 public:
  Engine(const Topology& topology, const Services& services, const Options& options);
  ~Engine();

  Result<void> open();
  // Folds until every inbox is empty; commits and checkpoints on the way. `keep_going` is asked between rounds.
  Result<Pace> drain(const std::function<bool()>& keep_going = {});
  // Takes records in at the front: one frame, to be committed. Fails: disk_low, disk_full (retry: nothing was taken); io.
  Result<std::vector<Offset>> take(const std::vector<NewRecord>& records, Intake intake = Intake::facts);
  // The same, committed before it returns. Fails besides: disk_full (retry: not confirmed; what was taken becomes durable
  // when there is space, so a repeat may be a duplicate, which its id tells).
  Result<std::vector<Offset>> append(const std::vector<NewRecord>& records, Intake intake = Intake::facts);
  // Appends a frame, to be committed. Fails: as Log::append.
  Result<std::vector<Offset>> put(const log::Frame& frame);
  // Good when records of this kind may be taken in now. Fails: disk_low (retry).
  Result<void> admits(Intake intake) const;
  // Makes everything folded so far durable and visible. Fails: disk_full (retry), io.
  Result<void> commit();
  // Has it done beside what comes next: the ticket of all that was put until now. It is good when that is durable.
  Ticket commit_soon();
  // The same; gives why the last commit that has ended failed, if it did (then it is tried again). Fails: disk_full (retry), io.
  Result<void> commit_beside();
  Committer& committer() { return committer_; }
  // Works on the checkpoint that is due, for a slice; nothing while there is no space for it.
  Result<void> checkpoint();
  // A checkpoint of everything and no tail. Fails: disk_full; then the next start folds the tail again.
  Result<void> close();

  bool idle() const;
  // Stage control has not folded all that lies on its inbox.
  bool control_waits() const;
  // How a fault ends a call that folds: out_of_room when it may be tried again (told once), else the fault.
  Result<Pace> wait_for_room(Fault fault);
  // Everything could be written again: tells so after a stall.
  void going();
  // Why something waits: disk_low, disk_full; empty: nothing does.
  const std::string& stall() const { return stall_; }
  // Any thread may ask.
  bool stalled() const { return stalled_; }
  TimeMs earliest_timer();
  std::vector<std::unique_ptr<Task>>& tasks() { return tasks_; }
  const Topology& topology() const { return topology_; }
  log::Log& log() { return services_.log; }
  Checkpointer& checkpointer() { return checkpointer_; }

 private:
  void tell_policy();
  Result<Pace> pause();
  Result<void> save(bool finish);
  // Figures of what was folded until now wait for the ticket of it; publish() gives them out when it is good.
  void close_figures();
  void publish();

  const Topology& topology_;
  Services services_;
  Options options_;
  Workers workers_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Rounds rounds_;
  Committer committer_;
  Checkpointer checkpointer_;  // asks the committer until its own end
  Ticket ticket_ = 0;          // the last that was asked for
  bool unasked_ = false;       // something was put since
  bool uncounted_ = false;     // figures of what was asked for stand open
  Ticket counted_ = 0;         // that closed figures wait for; 0: none do
  std::size_t rounds_since_commit_ = 0, bytes_since_commit_ = 0;
  std::string policy_;  // that control folds under
  std::string stall_;
  std::atomic<bool> stalled_{false};
  bool paused_ = false;       // RM-2, after its checkpoint
  bool state_waits_ = false;  // the last checkpoint found no space
};

}  // namespace millrace::engine
