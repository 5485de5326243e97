#include "topology/score/engagement.h"

#include <algorithm>
#include <utility>

#include "core/arith.h"

namespace millrace::score {

namespace {

bool counts(EngagementKind kind) { return kind != EngagementKind::sent; }

// EN-2: the machine opens at once, or before the worker has told that it sent.
bool opened_too_soon(TimeMs opened_ms, TimeMs sent_ms, const EngagementRules& rules) {
  return opened_ms - sent_ms < rules.machine_open_ms;
}

}  // namespace

std::int64_t age_factor(TimeMs at_ms, TimeMs now_ms) {
  const DurationMs age = std::max<DurationMs>(0, now_ms - at_ms);
  std::int64_t factor = 10000;
  for (const DurationMs limit : kAgeLimits) {
    if (age <= limit) return factor;
    factor -= 2500;
  }
  return 0;
}

bool EngagementLog::would_add(const EngagementEvent& event, const EngagementRules& rules) const {
  return std::none_of(events.begin(), events.end(), [&](const EngagementEvent& e) {
    if (e.message_id != event.message_id) return false;
    if (e.kind == event.kind && e.url == event.url) return e.at_ms <= event.at_ms;
    return event.kind == EngagementKind::opened && e.kind == EngagementKind::sent && opened_too_soon(event.at_ms, e.at_ms, rules);
  });
}

bool EngagementLog::add(EngagementEvent event, const EngagementRules& rules) {
  using Kind = EngagementKind;
  if (event.kind == Kind::unsubscribed || event.kind == Kind::complained) return !std::exchange(opted_out, true);
  if (event.kind == Kind::sent)  // an open may have been told before its sending
    std::erase_if(events, [&](const EngagementEvent& e) {
      return e.kind == Kind::opened && e.message_id == event.message_id &&
             opened_too_soon(e.at_ms, event.at_ms, rules);
    });
  if (event.kind != Kind::replied) {
    if (!would_add(event, rules)) return false;
    std::erase_if(events, [&](const EngagementEvent& e) {  // it was told later
      return e.kind == event.kind && e.message_id == event.message_id && e.url == event.url;
    });
  }
  const auto place = std::upper_bound(events.begin(), events.end(), event.at_ms,
                                      [](TimeMs at, const EngagementEvent& e) { return at < e.at_ms; });
  events.insert(place, std::move(event));
  return true;
}

void EngagementLog::trim(TimeMs now_ms) {
  std::erase_if(events, [&](const EngagementEvent& e) { return age_factor(e.at_ms, now_ms) == 0; });
  if (events.size() > kEngagementKept) events.erase(events.begin(), events.end() - kEngagementKept);
}

Engagement engagement(const EngagementLog& log, TimeMs now_ms, const EngagementRules& rules) {
  Engagement result;
  bool refused = log.opted_out;
  bool last_is_negative = false;
  for (const EngagementEvent& e : log.events) {
    const std::int64_t factor = age_factor(e.at_ms, now_ms);
    if (factor == 0) continue;
    const auto worth = [&](std::int64_t points) { return rdiv(Int128{points} * factor, 10000); };
    switch (e.kind) {
      case EngagementKind::opened: result.open += worth(rules.open_bp); break;
      case EngagementKind::clicked: result.click += worth(rules.click_bp); break;
      case EngagementKind::replied:
        last_is_negative = e.class_ == ReplyClass::negative;
        if (e.class_ == ReplyClass::positive) result.reply += worth(rules.positive_bp);
        if (e.class_ == ReplyClass::neutral) result.reply += worth(rules.neutral_bp);
        break;
      default: break;
    }
  }
  result.open = std::min(result.open, rules.open_cap_bp);
  result.click = std::min(result.click, rules.click_cap_bp);
  result.reply = std::min(result.reply, rules.reply_cap_bp);
  refused = refused || last_is_negative;
  result.total = refused ? 0 : std::min<std::int64_t>(10000, result.open + result.click + result.reply);
  return result;
}

std::optional<TimeMs> next_aging(const EngagementLog& log, TimeMs now_ms) {
  std::optional<TimeMs> next;
  if (log.opted_out) return next;
  for (const EngagementEvent& e : log.events) {
    if (!counts(e.kind)) continue;
    for (const DurationMs limit : kAgeLimits) {
      const TimeMs passes = e.at_ms + limit + 1;
      if (passes <= now_ms) continue;
      if (!next || passes < *next) next = passes;
      break;
    }
  }
  return next;
}

}  // namespace millrace::score
