// A LinkedIn message needs a connection first (spec/outreach.md section 3): rule outreach.linkedin.
//
// Tests: tests/unit/outreach_channel_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/ids.h"

namespace millrace::outreach {

struct LinkedinStep {
  enum class Action { connect, wait, message, not_connected };
  Action action;
  std::optional<TimeMs> until_ms;  // of wait
};
constexpr auto enum_names(LinkedinStep::Action) {
  return std::array<std::string_view, 4>{"connect", "wait", "message", "not_connected"};
}

// `status` none, requested, connected, declined, or empty (unknown). `task_sent_ms` when our connection task was
// sent, `due_ms` when the step was due.
constexpr LinkedinStep linkedin_step(std::string_view status, std::optional<TimeMs> task_sent_ms,
                                     std::optional<TimeMs> due_ms, TimeMs now_ms, DurationMs wait_ms) {
  using Action = LinkedinStep::Action;
  if (status == "connected") return {Action::message, std::nullopt};
  if (status == "declined") return {Action::not_connected, std::nullopt};
  std::optional<TimeMs> since = task_sent_ms;
  if (!since && status == "requested") since = due_ms.value_or(now_ms);
  if (!since) return {Action::connect, std::nullopt};
  const TimeMs until = *since + wait_ms;
  if (now_ms >= until) return {Action::not_connected, std::nullopt};
  return {Action::wait, until};
}

}  // namespace millrace::outreach
