// One instance of a namespace on a Kafka cluster: the same topology as in a data folder, with the log on the brokers and
// state and keys in this folder.
//
// Layout of an instance's folder:
//   instance      its name, for ever: identity of its members in the group and of their producers
//   state/        one RocksDB per task that it holds
//   keys/         master key, operator key, a copy of the keystore
//   run.sock      the socket of a running process
//
// CN-1  One process at a time has an instance's folder (the lock of its keystore).
// CN-2  Control has a member of its own that commits each record at once; the other stages share members, one a thread.
// CN-3  Who owns control appends the ticks; an equal or older one is ignored, so a second owner does no harm.
// CN-6  A store that was ever written without its changelog (at least once; by a version that had none) is not gone on with
//       once there is one, which would lack its rows: it is made anew.
// CN-7  Of folders that make a namespace at the same time one has it; the others are told, and keep none of the keys that they made.
// CN-8  A folder of another namespace, on a cluster or on the embedded log, is refused as it is: nothing in it is changed.
// CN-4  A member that lost its partitions begins anew, in the same process; so does one whose brokers come back.
//
// Threads: run() makes its own; append() from any.      Tests: tests/kafka/*.sh
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/measures.h"
#include "engine/group_runner.h"
#include "log/kafka/admin.h"
#include "log/kafka/appender.h"
#include "log/kafka/figures.h"
#include "log/kafka/reader.h"
#include "log/kafka/settings.h"
#include "log/kafka/sole_appender.h"
#include "node/host.h"
#include "node/keys_log.h"
#include "node/reading.h"
#include "state/rocksdb.h"
#include "topology/environment.h"

namespace millrace::node {

struct ClusterCreate {
  std::uint16_t partitions = 8;
  std::string policy_toml;
  std::optional<std::string> key_seed;
};

struct ClusterOptions {
  std::size_t threads = 1;
  std::size_t cache_bytes = 256 << 20;
  std::optional<std::string> key_seed;
  std::optional<DurationMs> keep;  // of the log; nullopt: 400 days
  bool begins = false;             // by who makes the namespace, and has the first records to put there
};

class FoldKeyring;
class Standbys;

class Cluster final : public Host {
 public:
  // Makes the topics and the first records of a namespace (spec/conventions.md section 6.8) and the folder of its first
  // instance. Does nothing where this folder is an instance of it already. Fails: exists; bad_policy; bad_topics; broker_unreachable; as the cluster refuses.
  static Result<void> create(const std::string& folder, const log::kafka::KafkaSettings& settings,
                             const ClusterCreate& options);
  // Whether this folder has been an instance of a namespace: it has followed the cluster's keys.
  static bool has_run(const std::string& folder);
  // Checks topics and settings, takes the folder, learns the keys. Folds nothing yet. Fails: exists (CN-8); not_found; cut_short;
  // bad_topics; no_master_key; locked; broker_unreachable.
  static Result<std::unique_ptr<Cluster>> open(const std::string& folder, const log::kafka::KafkaSettings& settings,
                                               const ClusterOptions& options);
  ~Cluster() override;

  // What a run says: faults that it begins anew after, and what happens to its members (engine/group_runner.h).
  struct Told {
    std::function<void(const Fault&)> fault;
    std::function<void(std::string_view event, const std::string& member, const std::string& detail)> member;
  };
  // Folds until `stop`. Fails: fatal ones.
  Result<void> run(const std::atomic<bool>& stop, const Told& tell);

  const engine::Topology& topology() const override { return *topology_; }
  const log::Reader& log() const override { return *reader_; }
  Keystore& keys() override { return *keys_; }
  const OperatorSigner* operator_key() const override { return operator_key_.get(); }
  bool history() const override { return false; }
  std::optional<std::string> name_space() const override { return settings_.name_space; }
  TimeMs now_ms() const override;
  Result<std::vector<Offset>> append(const std::vector<NewRecord>& records, engine::Intake intake = engine::Intake::facts) override;
  Result<void> look() override;
  Result<bool> append_unless(const NewRecord& record, const std::function<Result<bool>()>& is_there) override;
  std::vector<engine::Task*> tasks() override { return {}; }
  std::vector<std::string> health() override;

  const std::string& folder() const { return folder_; }
  // What a re-fold beside the live state needs (engine/proof.h).
  Keyring& fold_lookups();
  // How far the group has committed; log() has all that this stands for. Fails: as the cluster does.
  Result<std::vector<log::TaskPosition>> positions() const;
  Result<std::unique_ptr<state::Kv>> scratch_kv(const std::string& name);
  void drop_scratch();
  const Environment& environment() const { return *environment_; }
  const log::kafka::KafkaSettings& settings() const { return settings_; }
  // What is known of this instance, for the operator: its members and their clients. Any thread may ask.
  Measures measures() const;
  // Records folded by this process since it started.
  std::uint64_t folded() const;

 private:
  class MemberThread;
  struct Figures {
    std::string member;
    engine::GroupFigures group{};
    log::kafka::MemberFigures clients{};
    engine::GroupFloors floors{};
  };

  Cluster() = default;
  Result<void> open_keys(const ClusterOptions& options);
  // Takes in every key that is committed now. False: others' open transactions hide some.
  Result<bool> learn_keys();
  Result<void> await_keys();
  Result<void> append_keys();
  Result<void> append_tick();
  // A fault that a topic which is gone makes, with which are gone and what to do, when the cluster lacks any; else as it was.
  Fault with_gone_topics(Fault fault) const;
  // State, and whether it is written to changelogs too.
  static constexpr const char* kCondemned = "/condemned";  // a file in a store's folder, which goes with it
  bool has_changelog() const;
  std::string store_of(const std::string& stage, std::uint16_t partition) const;
  Result<void> track(const std::string& folder) const;
  Result<std::unique_ptr<state::Kv>> open_store(const std::string& stage, std::uint16_t partition) const;
  std::shared_ptr<Standbys> standbys() const;
  std::shared_ptr<Standbys> make_standbys(const std::function<void(const Fault&)>& tell);

  std::string folder_;
  log::kafka::KafkaSettings settings_;
  ClusterOptions options_;
  std::string instance_;
  TopicTable table_;  // of the topology, then the machine's own topics
  TopicId keys_topic_;
  std::unique_ptr<state::RocksEnvironment> rocks_;
  std::unique_ptr<log::kafka::KafkaAdmin> admin_;
  std::unique_ptr<log::kafka::KafkaReader> reader_;
  std::unique_ptr<log::kafka::KafkaAppender> appender_;
  std::unique_ptr<log::kafka::SoleAppender> retries_;
  std::unique_ptr<KeysLog> keys_log_;
  std::unique_ptr<Keystore> keys_;
  std::unique_ptr<FoldKeyring> fold_keys_, fold_lookups_;
  std::unique_ptr<OperatorSigner> operator_key_;
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<engine::Topology> topology_;
  std::vector<std::unique_ptr<Figures>> figures_;  // of control, then of each thread
  engine::StageFigures stages_;
  std::atomic<std::uint64_t> trimmed_{0};
  std::shared_ptr<Standbys> standbys_;  // while it runs; of the door and the members
  mutable std::mutex standbys_mutex_;
  std::atomic<bool> ending_{false};  // run() is to return: nothing is awaited for long any more
  std::atomic<std::uint64_t> folded_{0};
  std::atomic<TimeMs> next_tick_{0};
};

// The instance that a target names. Fails: as KafkaSettings::from and Cluster::open.
Result<std::unique_ptr<Cluster>> open_cluster(const Target& target, ClusterOptions options);
// A cluster opened to be read: needs no keys and no instance.
Result<std::unique_ptr<Reading>> open_cluster_reading(const Target& target);

}  // namespace millrace::node
