// A task that waits for a person (spec/dispatch.md section 4, rule dispatch.task). Used by the task worker.
//
// TA-1  The first of done, failed, skip and the end of its grace closes a task; it is answered `not_open` afterwards.
// TA-2  At the deadline it is told once; at deadline + grace it fails task_overdue.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"

namespace millrace::dispatch {

class Task {
 public:
  Task(TimeMs deadline_ms, DurationMs grace_ms) : deadline_ms_(deadline_ms), grace_ms_(grace_ms) {}

  // Facts to append: "sent", "failed:<reason>" or "alert". False: not_open.
  bool done(std::vector<std::string>& facts) { return close(facts, "sent"); }
  bool failed(std::string_view reason, std::vector<std::string>& facts) {
    return close(facts, "failed:" + std::string(reason));
  }
  bool skip(std::vector<std::string>& facts) { return close(facts, "failed:task_skipped"); }
  void tick(TimeMs now, std::vector<std::string>& facts) {
    if (!open_) return;
    if (!told_ && now >= deadline_ms_) {
      told_ = true;
      facts.emplace_back("alert");
    }
    if (now >= deadline_ms_ + grace_ms_) close(facts, "failed:task_overdue");
  }
  bool is_open() const { return open_; }

 private:
  bool close(std::vector<std::string>& facts, std::string fact) {
    if (!open_) return false;
    open_ = false;
    facts.push_back(std::move(fact));
    return true;
  }

  TimeMs deadline_ms_;
  DurationMs grace_ms_;
  bool open_ = true, told_ = false;
};

}  // namespace millrace::dispatch
