#include "cli/event_log.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "core/json.h"
#include "core/time.h"
#include "node/node.h"

namespace millrace::cli {

static constexpr std::string_view kLevels[] = {"error", "warn", "info", "debug"};

std::optional<Level> level_of(std::string_view word) {
  const auto found = std::find(std::begin(kLevels), std::end(kLevels), word);
  if (found == std::end(kLevels)) return std::nullopt;
  return static_cast<Level>(found - std::begin(kLevels));
}

EventLog::EventLog(Level level)
    : EventLog(level, node::wall_ms, [](std::string_view line) { std::fwrite(line.data(), 1, line.size(), stderr); }) {}

EventLog::EventLog(Level level, std::function<TimeMs()> clock, std::function<void(std::string_view)> sink)
    : level_(level), clock_(std::move(clock)), sink_(std::move(sink)) {}

void EventLog::tell(const Event& event) {
  if (!wants(event.level)) return;
  const std::lock_guard hold(mutex_);
  const TimeMs now = clock_();
  const std::int64_t second = now / 1000;
  tell_counted_before(second, now);
  auto found = lines_.find(event.name);
  if (found == lines_.end()) found = lines_.emplace(event.name, Lines{}).first;
  Lines& lines = found->second;
  if (lines.second != second) lines = {second, 0, 0};
  if (lines.written < kLinesPerSecond) {
    ++lines.written;
    write(event, now);
  } else {
    ++lines.counted;
  }
}

void EventLog::tell_counted(bool all) {
  const std::lock_guard hold(mutex_);
  const TimeMs now = clock_();
  tell_counted_before(all ? INT64_MAX : now / 1000, now);
}

void EventLog::tell_counted_before(std::int64_t second, TimeMs now) {
  for (auto& [name, lines] : lines_) {
    if (lines.counted == 0 || lines.second >= second) continue;
    const std::string detail = std::to_string(lines.counted) + " more lines of " + name + " in that second were not written";
    lines.counted = 0;
    write({.level = Level::warn, .name = "limit", .code = name, .detail = detail}, now);
  }
}

void EventLog::write(const Event& event, TimeMs now) {
  std::string line = "{\"ts\":\"" + rfc3339(now) + "\",\"level\":\"";
  line.append(kLevels[static_cast<std::size_t>(event.level)]).append("\"");
  const auto text = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    line.append(",\"").append(name).append("\":");
    append_json_string(line, value);
  };
  const auto number = [&](std::string_view name, const std::optional<std::int64_t>& value) {
    if (value) line.append(",\"").append(name).append("\":").append(std::to_string(*value));
  };
  text("event", event.name);
  text("stage", event.stage);
  text("tenant", event.tenant);
  text("inbox", event.inbox);
  number("partition", event.partition);
  number("offset", event.offset);
  text("record_id", event.record_id);
  text("cause_id", event.cause_id);
  text("code", event.code);
  text("detail", event.detail);
  sink_(line.append("}\n"));
}

}  // namespace millrace::cli
