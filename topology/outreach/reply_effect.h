// What a classified reply does to its lead (spec/outreach.md section 7): rule outreach.reply_effect.
//
// Tests: tests/unit/outreach_reply_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <algorithm>
#include <string_view>

#include "core/ids.h"
#include "topology/outreach/reply.h"

namespace millrace::outreach {

struct ReplyEffect {
  enum class Effect : std::uint8_t { none, stop_channel, stop_all, stop_sequence, hold_7d, hold_3d };
  Effect effect = Effect::none;
  std::string_view trigger;  // of lead.status: complained, unsubscribed, replied_negative, replied; empty: none
  bool review = false;       // a person decides before anything is suppressed
  TimeMs hold_until_ms = 0;  // of the holds
};
constexpr auto enum_names(ReplyEffect::Effect) {
  return std::array<std::string_view, 6>{"none", "stop_channel", "stop_all", "stop_sequence", "hold_7d", "hold_3d"};
}

inline constexpr std::int64_t kSureBp = 6667;  // less, by text alone, is reviewed before an address is given up

constexpr ReplyEffect reply_effect(ReplyKind kind, std::int64_t confidence_bp, bool by_header, TimeMs now_ms,
                                   TimeMs hold_until_ms) {
  using Effect = ReplyEffect::Effect;
  const bool unsure = !by_header && confidence_bp < kSureBp;
  switch (kind) {
    case ReplyKind::ignored: return {Effect::none, {}, false, hold_until_ms};
    case ReplyKind::bounce:
      if (unsure) return {Effect::stop_sequence, {}, true, hold_until_ms};
      return {Effect::stop_channel, {}, false, hold_until_ms};
    case ReplyKind::complaint:
      if (unsure) return {Effect::stop_sequence, {}, true, hold_until_ms};
      return {Effect::stop_all, "complained", false, hold_until_ms};
    case ReplyKind::unsub: return {Effect::stop_all, "unsubscribed", false, hold_until_ms};
    case ReplyKind::ooo: return {Effect::hold_7d, {}, false, std::max(hold_until_ms, now_ms + 7 * kDayMs)};
    case ReplyKind::automatic: return {Effect::hold_3d, {}, false, std::max(hold_until_ms, now_ms + 3 * kDayMs)};
    case ReplyKind::negative: return {Effect::stop_sequence, "replied_negative", false, hold_until_ms};
    case ReplyKind::positive:
    case ReplyKind::neutral: return {Effect::stop_sequence, "replied", false, hold_until_ms};
  }
  return {};
}

}  // namespace millrace::outreach
