// The machine: a topology over a log, with state and keys, run round by round.
//
//   Engine engine(topology, services, {.threads = 2});
//   if (auto up = engine.open(); !up) ...          // recovers every task and proves it
//   engine.drain();                                // folds until every inbox is empty, commits on the way
//   engine.close();                                // a clean stop leaves no tail
//
// Threads: one thread calls; the folding threads are the engine's own.
//
// EN-1  Keys are durable before the frame that uses them, the frame before anybody is answered (laws 5, KR-1).
// EN-2  A clean stop leaves no tail: every checkpoint stands at the committed position.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/checkpointer.h"
#include "engine/rounds.h"
#include "engine/switched_keyring.h"
#include "engine/task.h"
#include "engine/topology.h"
#include "engine/workers.h"

namespace millrace::engine {

struct Services {
  log::Log& log;
  Keyring& keys;                                          // live: makes what is missing
  Keyring& lookups;                                       // the same keys while re-folding
  std::function<Result<void>()> sync_keys;                // makes new keys durable
  std::function<Result<std::unique_ptr<state::Kv>>(const std::string& stage, Partition)> open_kv;
};

struct Options {
  std::size_t threads = 1;
  std::size_t cache_bytes = 256 << 20;  // decoded rows, over all tasks
  std::string environment;              // hash
  bool history = false;
};

class Engine {
 public:
  Engine(const Topology& topology, const Services& services, const Options& options);
  ~Engine();

  Result<void> open();
  // Folds until every inbox is empty; commits and checkpoints on the way. `keep_going` is asked between rounds.
  Result<void> drain(const std::function<bool()>& keep_going = {});
  // Appends records at the front (facts, control records): one frame, committed before it returns.
  Result<std::vector<Offset>> append(const std::vector<NewRecord>& records);
  // Makes everything folded so far durable and visible.
  Result<void> commit();
  // A checkpoint of everything and no tail.
  Result<void> close();

  bool idle() const;
  TimeMs earliest_timer();
  std::vector<std::unique_ptr<Task>>& tasks() { return tasks_; }
  const Topology& topology() const { return topology_; }
  log::Log& log() { return services_.log; }
  Checkpointer& checkpointer() { return checkpointer_; }

 private:
  const Topology& topology_;
  Services services_;
  Options options_;
  std::unique_ptr<SwitchedKeyring> keyring_;
  Workers workers_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Rounds rounds_;
  Checkpointer checkpointer_;
  std::size_t rounds_since_commit_ = 0;
};

}  // namespace millrace::engine
