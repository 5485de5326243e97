// The process's log: one JSON object a line on stderr (spec/conventions.md section 10).
//
//   EventLog log(Level::info);
//   log.tell({.name = "ready"});    // {"ts":"2026-01-31T09:30:00.000Z","level":"info","event":"ready"}
//
// EL-6  Above kLinesPerSecond lines of one event in a second the rest is counted, not written; one `limit` line a second
//       tells the count.
//
// Threads: any.      Tests: tests/unit/event_log_test.cpp
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "core/events.h"
#include "core/ids.h"

namespace millrace::cli {

class EventLog final : public Events {
 public:
  static constexpr int kLinesPerSecond = 100;

  // Events above `level` (debug is the highest) are not told. The clock and the sink are there for tests.
  explicit EventLog(Level level);
  EventLog(Level level, std::function<TimeMs()> clock, std::function<void(std::string_view line)> sink);
  ~EventLog() override { tell_counted(true); }

  bool wants(Level level) const override { return level <= level_; }
  void tell(const Event& event) override;
  // Tells what was counted in the seconds that are over; the process calls it now and then, so that no count waits for
  // the next event. `all`: of this second too.
  void tell_counted(bool all = false);

 private:
  struct Lines {
    std::int64_t second = 0;
    int written = 0;
    std::int64_t counted = 0;
  };

  void write(const Event& event, TimeMs now);
  void tell_counted_before(std::int64_t second, TimeMs now);

  const Level level_;
  const std::function<TimeMs()> clock_;
  const std::function<void(std::string_view)> sink_;
  std::mutex mutex_;
  std::map<std::string, Lines, std::less<>> lines_;  // by event
};

// "error", "warn", "info", "debug"; nullopt for another word.
std::optional<Level> level_of(std::string_view word);

}  // namespace millrace::cli
