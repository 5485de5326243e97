// A data folder opened to be proven beside the process that has it: its log as far as it was published at that moment, and
// its keys as they were. Nothing of the folder is changed but a scratch folder of this process's own (scratch.h).
//
// BS-1  A key is durable before a record names it (KR-1), so keys read after the log are all that the log needs.
// Tests: tests/unit/beside_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/topology.h"
#include "keys/keystore.h"
#include "log/embedded/reader.h"
#include "node/scratch.h"
#include "node/target.h"
#include "state/rocksdb.h"
#include "topology/environment.h"

namespace millrace::node {

class Beside {
 public:
  // Fails: not_found, corrupt, io.
  static Result<std::unique_ptr<Beside>> open(const Target& target);

  const log::FollowingLog& log() const { return *log_; }
  const engine::Topology& topology() const { return *topology_; }
  Keyring& lookups() { return keys_->lookups(); }
  const Environment& environment() const { return *environment_; }
  bool history() const { return log_->about().clock == log::Clock::history; }
  // An empty store for a re-fold; all of them end with this object.
  Result<std::unique_ptr<state::Kv>> scratch_kv(const std::string& name);

 private:
  Beside() = default;
  std::optional<Scratch> scratch_;
  std::unique_ptr<log::FollowingLog> log_;
  std::unique_ptr<state::RocksEnvironment> rocks_;
  std::unique_ptr<Keystore> keys_;
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<engine::Topology> topology_;
};

}  // namespace millrace::node
