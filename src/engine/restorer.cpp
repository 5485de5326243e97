#include "engine/restorer.h"

#include <algorithm>
#include <utility>

namespace millrace::engine {

void Restorer::begin(std::vector<log::Assignment> assignments) {
  INVARIANT("RT-1", !busy(), "tasks are brought up while others still are");
  cancel();
  wanted_ = std::move(assignments);
  left_ = wanted_.size();
  next_ = 0;
  give_up_ = false;
  for (std::size_t i = 0; i < std::min(threads_max_, wanted_.size()); ++i) threads_.emplace_back([this] { work(); });
}

void Restorer::work() {
  while (bring_up_one()) {
  }
}

bool Restorer::bring_up_one() {
  const std::size_t i = next_.fetch_add(1);
  if (i >= wanted_.size() || give_up_) return false;
  auto task = bring_up_(wanted_[i], give_up_);
  const std::lock_guard lock(mutex_);
  if (task) {
    done_.push_back(*std::move(task));
    return true;
  }
  if (!fault_ && !give_up_) {
    fault_ = std::move(task).fault();
    failed_ = i;
  }
  give_up_ = true;
  return false;
}

Result<std::vector<std::unique_ptr<Task>>> Restorer::collect() {
  if (threads_max_ == 0) bring_up_one();
  std::vector<std::unique_ptr<Task>> done;
  {
    const std::lock_guard lock(mutex_);
    if (fault_) return *fault_;
    done.swap(done_);
  }
  left_ -= done.size();
  if (left_ == 0) cancel();
  return done;
}

void Restorer::cancel() {
  give_up_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  done_.clear();
  fault_.reset();
  left_ = 0;
}

}  // namespace millrace::engine
