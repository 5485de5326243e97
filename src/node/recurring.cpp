#include "node/recurring.h"

namespace millrace::node {

Recurring::Recurring(When when, std::function<Result<void>()> work, std::function<void(const Fault&)> tell)
    : when_(when), work_(std::move(work)), tell_(std::move(tell)), thread_([this] { run(); }) {}

Recurring::~Recurring() {
  end();
  thread_.join();
}

void Recurring::end() {
  {
    const std::lock_guard hold(mutex_);
    end_ = true;
  }
  ending_.notify_all();
}

void Recurring::run() {
  if (when_.at_once && !end_) round();
  std::unique_lock hold(mutex_);
  while (!ending_.wait_for(hold, when_.period, [this] { return end_.load(); })) {
    hold.unlock();
    round();
    hold.lock();
  }
}

void Recurring::round() {
  const auto done = work_();
  if (!done && tell_ && done.fault().code != told_) tell_(done.fault());
  told_ = done ? "" : done.fault().code;
}

}  // namespace millrace::node
