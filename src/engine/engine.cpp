#include "engine/engine.h"

#include <algorithm>

namespace millrace::engine {

// Rounds feed each other from memory; this many may wait for one write.
constexpr std::size_t kRoundsPerCommit = 64;
// Folding waits for the checkpoint above this.
constexpr std::size_t kDirtyMax = 128 << 20;

Engine::Engine(const Topology& topology, const Services& services, const Options& options)
    : topology_(topology),
      services_(services),
      options_(options),
      keyring_(std::make_unique<SwitchedKeyring>(services.lookups)),
      workers_(options.threads),
      rounds_(services.log, tasks_, workers_, options.environment),
      checkpointer_([this] { return services_.log.sync(); }, tasks_) {}

Engine::~Engine() = default;

Result<void> Engine::open() {
  std::size_t count = 0;
  for (const StageSpec& stage : topology_.stages) count += topology_.topics.partitions(stage.inbox);
  const Task::Services services{topology_.topics, services_.log, *keyring_, options_.environment, options_.history};
  for (const StageSpec& stage : topology_.stages)
    for (std::uint16_t p = 0; p < topology_.topics.partitions(stage.inbox); ++p) {
      auto kv = services_.open_kv(stage.name, Partition{p});
      if (!kv) return kv.fault();
      tasks_.push_back(
          std::make_unique<Task>(stage, Partition{p}, services, *std::move(kv), options_.cache_bytes / count));
    }
  std::vector<std::optional<Fault>> faults(tasks_.size());
  workers_.run(tasks_.size(), [&](std::size_t i) {
    if (auto up = tasks_[i]->recover(services_.log.committed(tasks_[i]->inbox())); !up) faults[i] = std::move(up).fault();
  });
  for (auto& fault : faults)
    if (fault) return *std::move(fault);
  keyring_->use(services_.keys);
  return {};
}

bool Engine::idle() const {
  return std::none_of(tasks_.begin(), tasks_.end(),
                      [&](const auto& task) { return task->has_work(services_.log.end(task->inbox())); });
}

TimeMs Engine::earliest_timer() {
  TimeMs earliest = INT64_MAX;
  for (const auto& task : tasks_) earliest = std::min(earliest, task->earliest_timer());
  return earliest;
}

Result<void> Engine::drain(const std::function<bool()>& keep_going) {
  for (;;) {
    const auto more = rounds_.run_one();
    if (!more) return more.fault();
    if (!*more) break;
    if (++rounds_since_commit_ >= kRoundsPerCommit)
      if (auto committed = commit(); !committed) return committed;
    if (auto saved = checkpointer_.run(); !saved) return saved;
    if (checkpointer_.dirty_bytes() > kDirtyMax)
      if (auto saved = checkpointer_.finish(); !saved) return saved;
    if (keep_going && !keep_going()) break;
  }
  return {};
}

Result<void> Engine::commit() {
  rounds_since_commit_ = 0;
  if (auto keys = services_.sync_keys(); !keys) return keys;
  return services_.log.flush();
}

Result<std::vector<Offset>> Engine::append(const std::vector<NewRecord>& records) {
  log::Frame frame;
  frame.records = records;
  auto offsets = services_.log.append(frame);
  if (!offsets) return offsets;
  if (auto committed = commit(); !committed) return committed.fault();
  return offsets;
}

Result<void> Engine::close() {
  if (auto committed = commit(); !committed) return committed;
  return checkpointer_.finish();
}

}  // namespace millrace::engine
