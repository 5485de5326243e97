// What became of a message (spec/dispatch.md section 4, rule dispatch.status).
//
// ST-1  Only the transitions of the table happen; any other event is ignored. Sent is never taken for delivered.
// ST-2  SKIPPED, FAILED, BOUNCED and COMPLAINED are terminal.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/fields.h"

namespace millrace::dispatch {

enum class Status : std::uint8_t {
  pending, commanded, unknown, sent, delivered, replied, skipped, failed, bounced, complained
};
constexpr std::array<std::string_view, 10> enum_names(Status) {
  return {"PENDING", "COMMANDED", "UNKNOWN", "SENT",    "DELIVERED",
          "REPLIED", "SKIPPED",   "FAILED",  "BOUNCED", "COMPLAINED"};
}

enum class StatusEvent : std::uint8_t {
  commanded, skipped, sent, delivered, opened, bounced, replied, complained, failed_retry, requeued, failed_final, unknown
};
constexpr std::array<std::string_view, 12> enum_names(StatusEvent) {
  return {"commanded", "skipped",    "sent",         "delivered", "opened",       "bounced",
          "replied",   "complained", "failed_retry", "requeued",  "failed_final", "unknown"};
}

// The next status; nullopt: the event is ignored.
constexpr std::optional<Status> next_status(Status from, StatusEvent event) {
  using enum Status;
  if (from == skipped || from == failed || from == bounced || from == complained) return std::nullopt;
  if (from == pending) {
    if (event == StatusEvent::commanded) return commanded;
    if (event == StatusEvent::skipped) return skipped;
    return std::nullopt;
  }
  const bool under_way = from == commanded || from == unknown;
  switch (event) {
    case StatusEvent::sent: return under_way ? std::optional(sent) : std::nullopt;
    case StatusEvent::delivered:
    case StatusEvent::opened: return under_way || from == sent ? std::optional(delivered) : std::nullopt;
    case StatusEvent::failed_final: return under_way || from == sent ? std::optional(failed) : std::nullopt;
    case StatusEvent::bounced: return from != replied ? std::optional(bounced) : std::nullopt;
    case StatusEvent::replied: return from != replied ? std::optional(replied) : std::nullopt;
    case StatusEvent::complained: return complained;
    case StatusEvent::failed_retry:
    case StatusEvent::requeued: return from == commanded ? std::optional(pending) : std::nullopt;
    case StatusEvent::unknown: return from == commanded ? std::optional(unknown) : std::nullopt;
    default: return std::nullopt;
  }
}

}  // namespace millrace::dispatch
