// The standbys of an instance: a store for each task that its members do not hold, following the task's changelog
// (engine/follower.h), so that a take-over restores nothing.
//
// SB-1  A store belongs to the member that holds its task, or to its standby, never to both: a member takes it before it
//       opens it, and gives it back when it lost the partition.
// SB-2  Standbys wait while tasks are being brought up, so that they take nothing from a restart or a take-over.
// SB-3  One that fails is told once and tried again; nothing waits for it.
// Threads: its own; take() and give_back() on members' threads.      Tests: tests/kafka/standby.sh
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/measures.h"
#include "engine/follower.h"
#include "log/kafka/reader.h"
#include "node/recurring.h"

namespace millrace::node {

class Standbys {
 public:
  using Key = std::pair<std::string, std::uint16_t>;  // stage, partition
  struct Task {
    Key key;
    TopicPartition changelog;
  };
  struct Services {
    const log::kafka::KafkaSettings& settings;
    const TopicTable& topics;  // with the changelogs
    std::function<bool()> quiet;  // the members hold what they were given (SB-2)
    std::function<Result<std::unique_ptr<state::Kv>>(const Key&)> open_kv;
    std::function<Result<std::unique_ptr<state::KvLoader>>(const Key&)> load_kv;
    std::function<void(const Fault&)> tell;
  };

  Standbys(Services services, std::vector<Task> tasks);
  ~Standbys();
  Standbys(const Standbys&) = delete;
  Standbys& operator=(const Standbys&) = delete;

  // The store is the member's from now on; returns when no standby has it open.
  void take(const Key& key, const std::string& member);
  // What this member had taken may be followed again.
  void give_back(const std::string& member);

  // How many tasks are followed, and how many records of their changelogs they lack.
  struct Standing {
    std::size_t tasks = 0, followed = 0;
    std::int64_t behind = 0;
  };
  Standing standing() const;

 private:
  struct One {
    Task task;
    std::unique_ptr<engine::Follower> follower;
    std::string taken_by;
    bool follows = false;
    std::int64_t behind = 0;
  };
  void give_up(One& one);  // under the mutex, while it is busy
  Result<void> look();

  const Services services_;
  std::unique_ptr<log::kafka::KafkaReader> reader_;
  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::vector<One> all_;
  One* busy_ = nullptr;
  std::atomic<bool> give_up_{false};
  std::optional<Recurring> looks_;
};

}  // namespace millrace::node
