// How much a lead answers: opens, clicks and replies, fading with age (spec/score.md section 6).
//
// EN-1  An open counts once per message, a click once per (message, url), a reply each time; the earliest one counts.
// EN-2  An open by a machine does not count: marked so, or sooner than machine_open_ms after its delivery.sent.
// EN-3  A latest reply that is NEGATIVE, and any unsubscribe or complaint, make it 0; the latter for ever.
// EN-4  What is older than 90 d goes; the newest 200 events are kept.
//                                                      Tests: tests/unit/score_engagement_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::score {

enum class EngagementKind { opened, clicked, replied, unsubscribed, complained, sent };
constexpr std::array<std::string_view, 6> enum_names(EngagementKind) {
  return {"opened", "clicked", "replied", "unsubscribed", "complained", "sent"};
}
enum class ReplyClass { neutral, positive, negative };
constexpr std::array<std::string_view, 3> enum_names(ReplyClass) { return {"NEUTRAL", "POSITIVE", "NEGATIVE"}; }

struct EngagementEvent {
  TimeMs at_ms = 0;
  ReplyClass class_ = ReplyClass::neutral;  // of a reply
  EngagementKind kind = EngagementKind::opened;
  std::string message_id;
  std::string url;  // of a click: whatever names it, here a short hash
  static constexpr auto fields() {
    return FieldList{field("at_ms", &EngagementEvent::at_ms), field("class", &EngagementEvent::class_),
                      field("kind", &EngagementEvent::kind), field("message_id", &EngagementEvent::message_id),
                      field("url", &EngagementEvent::url)};
  }
};

struct EngagementRules {
  std::int64_t open_bp = 500, click_bp = 1500, positive_bp = 6000, neutral_bp = 2500;
  std::int64_t open_cap_bp = 1500, click_cap_bp = 4500, reply_cap_bp = 6000;
  std::int64_t machine_open_ms = 2000;
};

inline constexpr std::size_t kEngagementKept = 200;
inline constexpr std::array<DurationMs, 4> kAgeLimits = {7 * kDayMs, 14 * kDayMs, 30 * kDayMs, 90 * kDayMs};

// 10000, 7500, 5000, 2500 or 0.
std::int64_t age_factor(TimeMs at_ms, TimeMs now_ms);

// The events of one lead, as they count.
struct EngagementLog {
  std::vector<EngagementEvent> events;  // opened, clicked, replied, sent: by (at_ms, arrival)
  bool opted_out = false;               // an unsubscribe or a complaint was seen

  // Takes an event in; false when it changes nothing that counts (EN-1, EN-2).
  bool add(EngagementEvent event, const EngagementRules& rules);
  // What add() would give. Needs: an open or a click.
  bool would_add(const EngagementEvent& event, const EngagementRules& rules) const;
  // EN-4
  void trim(TimeMs now_ms);

  static constexpr auto fields() {
    return FieldList{field("events", &EngagementLog::events), field("opted_out", &EngagementLog::opted_out)};
  }
};

struct Engagement {
  std::int64_t open = 0, click = 0, reply = 0;  // capped groups: dimensions 16-18
  std::int64_t total = 0;                       // dimension 19
  friend bool operator==(const Engagement&, const Engagement&) = default;
};

Engagement engagement(const EngagementLog& log, TimeMs now_ms, const EngagementRules& rules);
// When the first counted event passes its next age limit: the moment at which engagement() may change by itself.
// nullopt when it cannot.
std::optional<TimeMs> next_aging(const EngagementLog& log, TimeMs now_ms);

}  // namespace millrace::score
