#include "engine/workers.h"

namespace millrace::engine {

Workers::Workers(std::size_t threads) {
  for (std::size_t i = 1; i < threads; ++i) threads_.emplace_back([this] { loop(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::work(const std::function<void(std::size_t)>& part, std::size_t count) {
  for (std::size_t i = next_.fetch_add(1); i < count; i = next_.fetch_add(1)) part(i);
}

void Workers::run(std::size_t count, const std::function<void(std::size_t)>& part) {
  if (threads_.empty() || count < 2) {  // waking others costs more than one part is worth
    for (std::size_t i = 0; i < count; ++i) part(i);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    part_ = &part;
    count_ = count;
    next_ = 0;
    ++round_;
  }
  wake_.notify_all();
  work(part, count);
  std::unique_lock lock(mutex_);
  part_ = nullptr;
  done_.wait(lock, [this] { return busy_ == 0; });
}

void Workers::loop() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || (part_ && round_ != seen); });
    if (stopping_) return;
    seen = round_;
    ++busy_;
    const auto* part = part_;
    const std::size_t count = count_;
    lock.unlock();
    work(*part, count);
    lock.lock();
    if (--busy_ == 0) done_.notify_one();
  }
}

}  // namespace millrace::engine
