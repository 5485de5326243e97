#include "node/standbys.h"

#include <chrono>

namespace millrace::node {

namespace kafka = log::kafka;

namespace {

constexpr std::chrono::seconds kFollowPeriod{1};

}  // namespace

Standbys::Standbys(Services services, std::vector<Task> tasks) : services_(std::move(services)) {
  for (Task& task : tasks) {
    all_.emplace_back();
    all_.back().task = std::move(task);
  }
  const std::lock_guard hold(mutex_);  // look() waits for what it asks
  looks_.emplace(Recurring::When{.period = kFollowPeriod}, [this] { return services_.quiet() ? look() : Result<void>(); }, services_.tell);
}

Standbys::~Standbys() {
  const std::lock_guard hold(mutex_);
  looks_->end();
  if (busy_) give_up(*busy_);
}

void Standbys::give_up(One& one) {
  give_up_ = true;
  one.follower->end_waiting();
}

void Standbys::take(const Key& key, const std::string& member) {
  std::unique_lock hold(mutex_);
  for (One& one : all_) {
    if (one.task.key != key) continue;
    one.taken_by = member;
    if (busy_ == &one) give_up(one);
    changed_.wait(hold, [&] { return busy_ != &one; });
    if (one.follower) one.follower->close();
    one.follows = false;
  }
}

void Standbys::give_back(const std::string& member) {
  const std::lock_guard hold(mutex_);
  for (One& one : all_)
    if (one.taken_by == member) one.taken_by.clear();
}

Standbys::Standing Standbys::standing() const {
  const std::lock_guard hold(mutex_);
  Standing standing;
  for (const One& one : all_) {
    if (!one.taken_by.empty()) continue;
    ++standing.tasks;
    standing.followed += one.follows;
    standing.behind += one.behind;
  }
  return standing;
}

Result<void> Standbys::look() {
  if (!reader_) {
    auto reader = kafka::KafkaReader::open(services_.settings, services_.topics);
    if (!reader) return reader.fault();
    reader_ = *std::move(reader);
    const std::lock_guard hold(mutex_);
    for (One& one : all_)
      one.follower = std::make_unique<engine::Follower>(
          *reader_, one.task.changelog,
          engine::Follower::Services{[this, &one] { return services_.open_kv(one.task.key); }, [this, &one] { return services_.load_kv(one.task.key); }});
  } else if (auto seen = reader_->refresh(); !seen) {
    return seen.fault();
  }
  std::optional<Fault> fault;
  auto seen_at = std::chrono::steady_clock::now();
  for (One& one : all_) {
    // Behind one that took long an end is old, and what lies below it may be compacted (FW-1).
    if (const auto now = std::chrono::steady_clock::now(); now - seen_at >= kFollowPeriod) {
      if (auto seen = reader_->refresh(); !seen) return seen.fault();
      seen_at = now;
    }
    std::unique_lock hold(mutex_);
    if (looks_->ending()) return {};
    if (!one.taken_by.empty() || !services_.quiet()) continue;
    busy_ = &one;
    give_up_ = false;
    hold.unlock();
    const Offset end = reader_->end(one.task.changelog);
    const auto read = one.follower->turn(end, give_up_);
    reader_->release(one.task.changelog);
    hold.lock();
    one.behind = one.follower->behind(end);
    one.follows = one.follower->follows() || one.behind == 0;
    // What a member still has open, or has just asked for, is its own.
    if (!read && read.fault().code != "given_up" && read.fault().code != "locked") fault = read.fault();
    busy_ = nullptr;
    changed_.notify_all();
  }
  return fault ? Result<void>(*fault) : Result<void>();
}

}  // namespace millrace::node
