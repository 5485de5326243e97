#include "node/status_watch.h"

#include "node/measures.h"

namespace millrace::node {

StatusWatch::StatusWatch(Target target) : target_(std::move(target)), looks_({.period = kPeriod, .at_once = true}, [this] { return look(); }) {}

Result<void> StatusWatch::look() {
  if (!reading_) {
    auto opened = Reading::open(target_);
    if (!opened) return opened.fault();
    reading_ = *std::move(opened);
  } else if (auto news = reading_->wait(0); !news) {
    reading_.reset();
    return news.fault();
  }
  auto rows = status_rows(*reading_, false);
  if (!rows) return rows.fault();
  const std::lock_guard hold(mutex_);
  rows_ = *std::move(rows);
  seen_ = std::chrono::steady_clock::now();
  return {};
}

void StatusWatch::add_to(Measures& out) const {
  const std::lock_guard hold(mutex_);
  if (seen_ == std::chrono::steady_clock::time_point{}) return;
  add_status(rows_, false, out);
  const std::chrono::duration<double> age = std::chrono::steady_clock::now() - seen_;
  out.push_back(gauge("millrace_status_age_seconds", "Since lag and counts were last read from the cluster", age.count()));
}

}  // namespace millrace::node
