#include "engine/engine.h"

#include <algorithm>
#include <utility>

namespace millrace::engine {

// Rounds feed each other from memory; this many, or so many bytes of outputs, may wait for one write.
constexpr std::size_t kRoundsPerCommit = 64;
constexpr std::size_t kBytesPerCommit = 16 << 20;

static std::string percent(std::uint32_t basis_points) {
  return std::to_string(basis_points / 100) + (basis_points % 100 ? "." + std::to_string(basis_points % 100 + 100).substr(1) : "") + " %";
}

Engine::Engine(const Topology& topology, const Services& services, const Options& options)
    : topology_(topology),
      services_(services),
      options_(options),
      workers_(options.threads),
      rounds_(services.log, tasks_, workers_, options.environment),
      committer_([&log = services.log] { return log.flush(); }),
      checkpointer_(
          Checkpointer::kRounds, [] { return Result<void>(); },  // what hardens awaits the commit
          [this] {
            if (auto committed = committer_.wait(committer_.ask()); !committed) return committed;
            return services_.log.harden();
          },
          tasks_, *services.events) {
  services_.log.write_after(services_.sync_keys);
  checkpointer_.encode_on(workers_);
}

Engine::~Engine() = default;

Result<void> Engine::open() {
  std::size_t count = 0;
  for (const StageSpec& stage : topology_.stages) count += topology_.topics.partitions(stage.inbox);
  const auto cache = std::make_shared<state::CacheBudget>(options_.cache_bytes, count);
  const Task::Services services{topology_.topics, services_.log, services_.keys, services_.lookups, options_.environment, options_.history, services_.events,
                                false, nullptr, services_.figures};
  for (const StageSpec& stage : topology_.stages)
    for (std::uint16_t p = 0; p < topology_.topics.partitions(stage.inbox); ++p) {
      auto kv = services_.open_kv(stage.name, Partition{p});
      if (!kv) return kv.fault();
      tasks_.push_back(std::make_unique<Task>(stage, Partition{p}, services, *std::move(kv), cache));
    }
  std::vector<std::optional<Fault>> faults(tasks_.size());
  workers_.run(tasks_.size(), [&](std::size_t i) {
    if (auto up = tasks_[i]->recover(services_.log.committed(tasks_[i]->inbox()), services_.log.environment()); !up) faults[i] = std::move(up).fault();
  });
  for (auto& fault : faults)
    if (fault) return *std::move(fault);
  tell_policy();
  return {};
}

// The live policy is what stage control folds under.
void Engine::tell_policy() {
  const auto control = std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& task) { return task->inbox().topic == topology_.control; });
  if (control == tasks_.end() || (*control)->policy_sha256() == policy_) return;
  policy_ = (*control)->policy_sha256();
  services_.events->tell({.name = "policy", .offset = (*control)->position().next, .code = policy_});
}

bool Engine::idle() const {
  return std::none_of(tasks_.begin(), tasks_.end(),
                      [&](const auto& task) { return task->has_work(services_.log.end(task->inbox())); });
}

bool Engine::control_waits() const {
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& task) {
    return task->inbox().topic == topology_.control && task->has_work(services_.log.end(task->inbox()));
  });
}

TimeMs Engine::earliest_timer() {
  TimeMs earliest = INT64_MAX;
  for (const auto& task : tasks_) earliest = std::min(earliest, task->earliest_timer());
  return earliest;
}

Result<Pace> Engine::drain(const std::function<bool()>& keep_going) {
  for (;;) {
    if (room_at(services_.log.free_share(), options_.room) == Room::none) return pause();
    paused_ = false;
    const auto more = rounds_.run_one();
    if (!more) return wait_for_room(more.fault());
    if (!*more) break;
    unasked_ = true;
    tell_policy();
    bytes_since_commit_ += rounds_.bytes();
    if (++rounds_since_commit_ >= kRoundsPerCommit || bytes_since_commit_ >= kBytesPerCommit) {
      // Two such heaps at most: one that is written, one that grows.
      const auto before = committer_.wait(ticket_);
      (void)commit_soon();
      if (!before) return wait_for_room(before.fault());
    }
    if (auto saved = save(false); !saved) return wait_for_room(saved.fault());
    if (checkpointer_.dirty_bytes() > Checkpointer::kDirtyMax)
      if (auto saved = save(true); !saved) return wait_for_room(saved.fault());
    going();
    if (keep_going && !keep_going()) return Pace::stopped;
  }
  return Pace::done;
}

// RM-2: what was folded is put away once, and then nothing more is written until there is room.
Result<Pace> Engine::pause() {
  if (paused_) return Pace::out_of_room;
  if (auto committed = commit(); !committed) return wait_for_room(committed.fault());
  if (!rounds_.waiting())
    if (auto saved = save(true); !saved) return wait_for_room(saved.fault());
  paused_ = true;
  return wait_for_room(retryable("disk_low", "stages pause: less than " + percent(options_.room.fold_bp) +
                                                 " of the log's disk is free; free some space, nothing needs a restart"));
}

Result<void> Engine::save(bool finish) {
  auto saved = finish ? checkpointer_.finish() : checkpointer_.run();
  state_waits_ = !saved && saved.fault().kind == Fault::Kind::retry;
  return saved;
}

Result<Pace> Engine::wait_for_room(Fault fault) {
  if (fault.kind == Fault::Kind::fatal) return fault;
  if (stall_ != fault.code)
    services_.events->tell({.level = Level::error, .name = "fault", .code = fault.code, .detail = fault.message});
  stall_ = fault.code;
  stalled_ = true;
  return Pace::out_of_room;
}

void Engine::going() {
  if (stall_.empty() || state_waits_) return;
  services_.events->tell({.name = "retry", .code = stall_, .detail = "there is room again; everything goes on"});
  stall_.clear();
  stalled_ = false;
}

Ticket Engine::commit_soon() {
  publish();
  const auto last = committer_.outcome(ticket_);
  if (unasked_ || (last && !*last)) {
    unasked_ = false;
    uncounted_ = true;
    if (last) rounds_since_commit_ = bytes_since_commit_ = 0;  // else they wait behind the one under way
    ticket_ = committer_.ask();
  }
  if (counted_ == 0) close_figures();
  return ticket_;
}

Result<void> Engine::commit_beside() {
  auto last = committer_.last();
  (void)commit_soon();
  return last;
}

Result<void> Engine::commit() {
  unasked_ = true;
  if (auto committed = committer_.wait(commit_soon()); !committed) return committed;
  publish();
  close_figures();  // which stood open behind those of another ticket
  publish();
  return {};
}

// Needs: what was closed before is published, and nothing was put that was not asked for.
void Engine::close_figures() {
  if (!std::exchange(uncounted_, false)) return;
  for (const auto& task : tasks_) task->close_figures();
  counted_ = ticket_;
}

void Engine::publish() {
  const auto outcome = committer_.outcome(counted_);
  if (counted_ == 0 || !outcome || !*outcome) return;
  for (const auto& task : tasks_) task->publish_figures();
  services_.events->tell({.level = Level::debug, .name = "commit"});
  counted_ = 0;
}

Result<void> Engine::admits(Intake intake) const {
  const Room room = room_at(services_.log.free_share(), options_.room);
  if (room == Room::enough || (room == Room::low && intake == Intake::control)) return {};
  const std::uint32_t limit = intake == Intake::facts ? options_.room.intake_bp : options_.room.fold_bp;
  return retryable("disk_low", "less than " + percent(limit) +
                                   " of the log's disk is free, so nothing is taken in; free some space, nothing needs a restart");
}

Result<std::vector<Offset>> Engine::put(const log::Frame& frame) {
  auto offsets = services_.log.append(frame);
  if (offsets) unasked_ = true;
  return offsets;
}

Result<std::vector<Offset>> Engine::take(const std::vector<NewRecord>& records, Intake intake) {
  if (auto room = admits(intake); !room) return room.fault();
  log::Frame frame;
  frame.records = records;
  return put(frame);
}

Result<std::vector<Offset>> Engine::append(const std::vector<NewRecord>& records, Intake intake) {
  auto offsets = take(records, intake);
  if (!offsets) return offsets;
  if (auto committed = commit(); !committed) return committed.fault();
  return offsets;
}

Result<void> Engine::checkpoint() {
  if (rounds_.waiting() || paused_) return {};
  auto saved = save(false);
  if (saved) return saved;
  const auto pace = wait_for_room(std::move(saved).fault());
  return pace ? Result<void>() : pace.fault();
}

Result<void> Engine::close() {
  if (rounds_.waiting())
    if (const auto appended = rounds_.run_one(); !appended) return appended.fault();
  if (auto committed = commit(); !committed) return committed;
  return checkpointer_.finish();
}

}  // namespace millrace::engine
