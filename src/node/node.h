// A data folder opened to be written: log, keys, state and the engine over them. What `run` does all day, and what the
// commands that write do for a moment when no `run` is up.
//
// Layout of a data folder:
//   log/      the journal, and the lock of the one writer
//   state/    one RocksDB per task: <stage>-<partition>
//   keys/     master key, operator key, keystore
//   policy.toml   optional: the policy that a new namespace begins with
//   run.sock  the socket of a running process
//
// NO-1  A new namespace begins with namespace_created, the operator key, one tick and the first policy on control, and
//       their copies on every inbox, before anything else (spec/conventions.md section 6.8).
// NO-2  A namespace is there whole or not at all: a creation that was killed is begun anew by the next, and of two at
//       once one is told `exists`.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "core/events.h"
#include "core/measures.h"
#include "engine/engine.h"
#include "engine/loader.h"
#include "engine/retention.h"
#include "keys/keystore.h"
#include "keys/operator_signer.h"
#include "log/embedded/journal.h"
#include "node/host.h"
#include "state/rocksdb.h"
#include "topology/environment.h"
#include "topology/simulation/population.h"

namespace millrace::node {

struct CreateOptions {
  bool history = false;
  std::uint16_t partitions = 0;  // 0: 8, history 2
  std::string policy_toml;
  std::optional<std::string> key_seed;
  std::optional<simulation::Plan> simulation;  // a simulated world answers what its stages command
};

struct OpenOptions {
  std::size_t threads = 1;
  std::size_t cache_bytes = 256 << 20;
  std::optional<log::Durability> durability;  // else as created
  std::optional<std::string> key_seed;
  Events* events = &no_events();
  std::function<void(const Fault&)> on_wait{};  // told once when another process must end or listen first (Writer)
  engine::RoomLimits room;
  std::optional<DurationMs> keep;  // of the log; nullopt: 400 days, in a history namespace all of it
  std::size_t segment_bytes = std::size_t{64} << 20;
};

class Node final : public Host {
 public:
  static bool exists(const std::string& folder);
  // Makes a namespace in a folder that holds none. Fails: exists; bad_policy; io.
  static Result<void> create(const std::string& folder, const CreateOptions& options);
  // Takes the lock and recovers every task. Fails: locked, not_found, corrupt, refold_difference, …
  static Result<std::unique_ptr<Node>> open(const std::string& folder, const OpenOptions& options);
  ~Node() override;

  engine::Engine& engine() { return *engine_; }
  log::EmbeddedLog& embedded_log() { return *log_; }
  const log::Reader& log() const override { return *log_; }
  Keystore& keys() override { return *keys_; }
  const engine::Topology& topology() const override { return *topology_; }
  const std::string& folder() const { return folder_; }
  bool history() const override { return history_; }
  Events& events() override { return *events_; }
  const OperatorSigner* operator_key() const override { return operator_key_.get(); }
  Result<void> admits(engine::Intake intake) const override { return engine_->admits(intake); }
  Result<std::vector<Offset>> append(const std::vector<NewRecord>& records, engine::Intake intake = engine::Intake::facts) override;
  engine::Ticket ticket() override { return engine_->commit_soon(); }
  std::optional<Result<void>> outcome(engine::Ticket ticket) override;
  Result<void> await(engine::Ticket ticket) override { return engine_->committer().wait(ticket); }
  int outcome_file() const override { return engine_->committer().file(); }
  void outcomes_seen() override { engine_->committer().clear(); }
  std::vector<engine::Task*> tasks() override;
  bool control_waits() const override { return engine_->control_waits(); }
  std::vector<std::string> health() override;

  // Folds everything that waits: inboxes, and in a history namespace its load; has it made durable beside what comes next.
  // out_of_room: what is left goes on with the next call, after engine::kRoomWait. Fails: as Engine::drain and
  // Engine::commit_beside.
  Result<engine::Pace> fold(const std::function<bool()>& keep_going);
  // The same, durable before it returns.
  Result<engine::Pace> settle(const std::function<bool()>& keep_going = {});
  // The same, waiting for room as long as it takes and `keep_going` says so.
  Result<void> settle_all(const std::function<bool()>& keep_going);
  // The time at which what is appended now comes in: the wall's, in a history namespace that of its load so far.
  TimeMs now_ms() const override;
  // Lets retention drop what nobody needs, once a minute (`now`: at once). Fails: as Retention::run.
  Result<void> trim(bool now = false);
  // What is known of this process and its namespace, for the operator. Any thread may ask, until the node's end.
  Measures measures() const;
  // A clean stop. Fails: disk_full; then the next start folds what the last checkpoint lacks again.
  Result<void> close();

  const Environment& environment() const { return *environment_; }
  // An empty store for a re-fold beside the live state, and the end of all of them.
  Result<std::unique_ptr<state::Kv>> scratch_kv(const std::string& name);
  void drop_scratch();

 private:
  Node() = default;
  Result<engine::Pace> fold_then(const std::function<bool()>& keep_going, Result<void> (engine::Engine::*commit)());
  static Result<void> make_in(const std::string& folder, const CreateOptions& options);
  std::string folder_;
  bool history_ = false;
  Events* events_ = &no_events();
  std::unique_ptr<state::RocksEnvironment> rocks_;
  std::unique_ptr<Keystore> keys_;
  std::unique_ptr<OperatorSigner> operator_key_;
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<engine::Topology> topology_;
  std::unique_ptr<log::EmbeddedLog> log_;
  engine::StageFigures stages_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Loader> loader_;
  std::unique_ptr<engine::Retention> retention_;
  std::chrono::steady_clock::time_point trimmed_{};
};

// How long the log of a namespace with the wall's clock is kept when nothing is said.
inline constexpr DurationMs kKeep = 400 * kDayMs;
// Wall time, for stamps at the front door and ticks only.
TimeMs wall_ms();

}  // namespace millrace::node
