#include "engine/rounds.h"

namespace millrace::engine {

Rounds::Rounds(log::Log& log, std::vector<std::unique_ptr<Task>>& tasks, Workers& workers, std::string environment)
    : log_(log), tasks_(tasks), workers_(workers) {
  frame_.environment = std::move(environment);
}

Result<bool> Rounds::fold() {
  parts_.clear();
  for (const auto& task : tasks_) {
    const Offset end = log_.end(task->inbox());
    if (task->has_work(end)) parts_.push_back({task.get(), end, std::nullopt});
  }
  if (parts_.empty()) return false;

  workers_.run(parts_.size(), [this](std::size_t i) {
    if (auto done = parts_[i].task->fold_share(parts_[i].frozen_end); !done) parts_[i].fault = std::move(done).fault();
  });

  frame_.positions.clear();
  frame_.records.clear();
  bytes_ = 0;
  for (const Part& part : parts_) {
    if (part.fault) return *part.fault;
    frame_.positions.push_back(part.task->position());
    const Outputs& outputs = part.task->outputs();
    bytes_ += outputs.bytes();
    for (std::size_t i = 0; i < outputs.count(); ++i) frame_.records.push_back(outputs[i]);
  }
  return true;
}

Result<bool> Rounds::run_one() {
  if (!waiting_) {
    const auto folded = fold();
    if (!folded || !*folded) return folded;
  }
  const auto appended = log_.append(frame_);
  waiting_ = !appended && appended.fault().kind == Fault::Kind::retry;
  if (!appended) return appended.fault();
  return true;
}

}  // namespace millrace::engine
