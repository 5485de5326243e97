#include "engine/checkpointer.h"

namespace millrace::engine {

using Clock = std::chrono::steady_clock;

std::size_t Checkpointer::dirty_bytes() const {
  std::size_t sum = 0;
  for (const auto& task : tasks_) sum += task->space().dirty_bytes();
  return sum;
}

bool Checkpointer::due() const {
  if (Clock::now() - last_ >= kPeriod) return true;
  std::size_t rows = 0, bytes = 0;
  for (const auto& task : tasks_) {
    rows += task->space().dirty_rows();
    bytes += task->space().dirty_bytes();
  }
  return rows >= kDirtyRows || bytes >= kDirtyBytes;
}

void Checkpointer::begin() {
  for (const auto& task : tasks_) {
    if (task->checkpointed_position() == task->position().next && task->position().cursor == 0 &&
        task->space().dirty_rows() == 0)
      continue;
    task->space().cut(task->checkpoint_meta());
    open_.push_back({task.get(), task->position().next});
  }
  last_ = Clock::now();
  synced_ = false;
  if (open_.empty()) last_whole_ = last_;
}

Result<void> Checkpointer::work(Clock::time_point until) {
  if (open_.empty()) return {};
  if (!synced_)
    if (auto synced = sync_log_(); !synced) return synced;
  synced_ = true;
  while (!open_.empty() && Clock::now() < until) {
    Task& task = *open_.back().task;
    while (task.space().slice(256))
      if (Clock::now() >= until) return {};
    if (auto committed = task.space().commit(false); !committed) return committed;
    task.note_checkpoint(open_.back().position);
    events_.tell({.level = Level::debug,
                  .name = "checkpoint",
                  .stage = task.stage().name,
                  .partition = task.inbox().partition.value,
                  .offset = open_.back().position});
    open_.pop_back();
    if (open_.empty()) last_whole_ = Clock::now();
  }
  return {};
}

Result<void> Checkpointer::run() {
  if (open_.empty()) {
    if (!due()) return {};
    begin();
  }
  return work(Clock::now() + kSlice);
}

Result<void> Checkpointer::finish() {
  if (auto rest = work(Clock::time_point::max()); !rest) return rest;
  begin();
  return work(Clock::time_point::max());
}

}  // namespace millrace::engine
