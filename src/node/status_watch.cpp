#include "node/status_watch.h"

#include "node/measures.h"
#include "node/reading.h"

namespace millrace::node {

StatusWatch::StatusWatch(Target target) : target_(std::move(target)), thread_([this] { look(); }) {}

StatusWatch::~StatusWatch() {
  {
    const std::lock_guard hold(mutex_);
    end_ = true;
  }
  ending_.notify_all();
  thread_.join();
}

void StatusWatch::look() {
  std::unique_ptr<Reading> reading;
  std::unique_lock hold(mutex_);
  while (!end_) {
    hold.unlock();
    if (!reading) {
      if (auto opened = Reading::open(target_)) reading = *std::move(opened);
    } else if (auto news = reading->wait(0); !news) {
      reading.reset();
    }
    auto rows = reading ? status_rows(*reading, false) : Result<std::vector<StatusRow>>(std::vector<StatusRow>());
    hold.lock();
    if (reading && rows) {
      rows_ = *std::move(rows);
      seen_ = std::chrono::steady_clock::now();
    }
    ending_.wait_for(hold, kPeriod, [this] { return end_; });
  }
}

void StatusWatch::add_to(Measures& out) const {
  const std::lock_guard hold(mutex_);
  if (seen_ == std::chrono::steady_clock::time_point{}) return;
  add_status(rows_, false, out);
  const std::chrono::duration<double> age = std::chrono::steady_clock::now() - seen_;
  out.push_back(gauge("millrace_status_age_seconds", "Since lag and counts were last read from the cluster", age.count()));
}

}  // namespace millrace::node
