#include "topology/outreach/bounce_class.h"

#include <array>
#include <charconv>
#include <optional>

namespace millrace::outreach {

namespace {

struct EnhancedStatus {
  int kind, subject, detail;
};

std::optional<EnhancedStatus> parse_status(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  std::array<int, 3> parts{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0) {
      if (at == end || *at != '.') return std::nullopt;
      ++at;
    }
    if (at == end || *at < '0' || *at > '9') return std::nullopt;
    const auto read = std::from_chars(at, end, parts[i]);
    if (read.ec != std::errc{}) return std::nullopt;
    at = read.ptr;
  }
  return EnhancedStatus{parts[0], parts[1], parts[2]};
}

bool mailbox_refused(std::int64_t smtp) { return smtp == 550 || smtp == 551 || smtp == 553; }

BounceClass by_status(const EnhancedStatus& s, std::int64_t smtp) {
  if (s.kind == 4) {
    if (s.subject == 2 && s.detail == 2) return {"mailbox_full"};
    if (s.subject == 7) return {"rate_limited"};
    return {"delivery_failed"};
  }
  switch (s.subject) {
    case 0:
      if (s.detail == 0 && (smtp == 0 || mailbox_refused(smtp))) return {"bounce_hard"};
      break;
    case 1:
      if (s.detail == 7 || s.detail == 8) return {"policy_blocked"};
      return {"bounce_hard"};
    case 2:
      if (s.detail == 1) return {"bounce_hard"};
      if (s.detail == 2) return {"mailbox_full"};
      if (s.detail == 3) return {"content_rejected"};
      break;
    case 3:
      if (s.detail == 4) return {"content_rejected"};
      break;
    case 4:
      if (s.detail == 4) return {"bounce_hard"};
      break;
    case 5:
      if (s.detail == 0 && (smtp == 0 || mailbox_refused(smtp))) return {"bounce_hard"};
      break;
    case 6:
      return {"content_rejected"};
    case 7:
      return {"policy_blocked"};
    default:
      break;
  }
  return {"delivery_failed", false};
}

BounceClass by_smtp(std::int64_t smtp, bool permanent) {
  if (smtp == 421) return {"rate_limited"};
  if (smtp == 452 || smtp == 552) return {"mailbox_full"};
  if (mailbox_refused(smtp)) return {"bounce_hard"};
  if (smtp == 554) return {"policy_blocked"};
  if (smtp >= 500 && smtp <= 599) return {"delivery_failed", false};
  return {permanent ? "bounce_hard" : "delivery_failed"};
}

}  // namespace

BounceClass bounce_class(std::string_view dsn_status, std::int64_t smtp_code, bool permanent) {
  const auto status = parse_status(dsn_status);
  if (status && (status->kind == 4 || status->kind == 5)) return by_status(*status, smtp_code);
  return by_smtp(smtp_code, permanent);
}

}  // namespace millrace::outreach
