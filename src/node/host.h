// What answers requests (request.h): a data folder with its embedded log (node.h), or an instance on a Kafka cluster
// (cluster.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/events.h"
#include "core/result.h"
#include "engine/committer.h"
#include "engine/room.h"
#include "engine/task.h"
#include "engine/topology.h"
#include "keys/keystore.h"
#include "keys/operator_signer.h"
#include "log/log.h"

namespace millrace::node {

class Host {
 public:
  virtual ~Host() = default;
  virtual const engine::Topology& topology() const = 0;
  virtual const log::Reader& log() const = 0;
  // All that is on the log now can be read by log(), where it does not follow by itself. Fails: as the cluster does.
  virtual Result<void> look() { return {}; }
  virtual Keystore& keys() = 0;
  // nullptr: this folder holds no operator key.
  virtual const OperatorSigner* operator_key() const = 0;
  virtual bool history() const = 0;
  // The namespace on a cluster; nullopt: the folder has a log of its own.
  virtual std::optional<std::string> name_space() const { return std::nullopt; }
  // The stamp of what is appended now: wall time, in a history namespace its own.
  virtual TimeMs now_ms() const = 0;
  // Takes these records in, in order within each partition, and gives the offset of each. New keys (KR-1) and then they are durable
  // when the outcome of ticket() is good. Fails: disk_full, broker_unreachable (retry), and as the log does.
  virtual Result<std::vector<Offset>> append(const std::vector<NewRecord>& records, engine::Intake intake = engine::Intake::facts) = 0;
  // The same for one record, unless `is_there` finds it on the log: asked when nobody else, in no other process either, can add it by
  // this call before it is added here. False: it was there. Fails: as append(), and as that.
  virtual Result<bool> append_unless(const NewRecord& record, const std::function<Result<bool>()>& is_there) {
    const auto there = is_there();
    if (!there) return there.fault();
    if (*there) return false;
    const auto appended = append({record});
    return appended ? Result<bool>(true) : Result<bool>(appended.fault());
  }
  // For all that was appended and folded until now; nothing may leave the process that stands on it before the outcome is good.
  // Where append() returns behind durability: 0, which is good.
  virtual engine::Ticket ticket() { return 0; }
  // nullopt: not known yet; then outcome_file() is readable from the moment when it is, until outcomes_seen().
  virtual std::optional<Result<void>> outcome(engine::Ticket) { return Result<void>(); }
  // Waits for it.
  virtual Result<void> await(engine::Ticket) { return {}; }
  virtual int outcome_file() const { return -1; }
  virtual void outcomes_seen() {}
  // Good when records of this kind may be taken in now. Fails: disk_low (retry).
  virtual Result<void> admits(engine::Intake) const { return {}; }
  // Control records wait to be folded: what is appended to an inbox now would come before their copies.
  virtual bool control_waits() const { return false; }
  virtual Events& events() { return no_events(); }
  // Lines for the operator: what only the running process knows.
  virtual std::vector<std::string> health() { return {}; }
  // Whose state can be asked between rounds; empty where other threads fold.
  virtual std::vector<engine::Task*> tasks() = 0;
};

}  // namespace millrace::node
