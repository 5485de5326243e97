#include "topology/attribution/touches.h"

#include <algorithm>

#include "core/hash.h"
#include "topology/harvest/web.h"

namespace millrace::attribution {

std::optional<std::string> first_click_id(const std::map<std::string, std::string>& click_ids) {
  for (const std::string_view name : harvest::kClickIdNames)
    if (const auto found = click_ids.find(std::string(name)); found != click_ids.end() && !found->second.empty())
      return found->first + "=" + found->second;
  return std::nullopt;
}

std::string touch_id(std::string_view subject_key, const std::map<std::string, std::string>& click_ids,
                     std::string_view message_id, std::string_view kind, std::string_view record_id) {
  if (const auto click = first_click_id(click_ids)) return hid("t_", 16, {subject_key, *click});
  if (!message_id.empty()) return hid("t_", 16, {subject_key, message_id, kind});
  return hid("t_", 16, {subject_key, record_id});
}

bool is_touch(std::string_view kind, std::string_view reply_class, bool count_opens) {
  if (kind == "open") return count_opens;
  if (kind == "reply") return reply_class == "POSITIVE" || reply_class == "NEUTRAL";
  return kind == "ad_click" || kind == "capture" || kind == "click";
}

std::span<const JourneyTouch> credited_touches(std::span<const JourneyTouch> touches, TimeMs conversion_ms,
                                               DurationMs lookback_ms) {
  const auto from = std::partition_point(touches.begin(), touches.end(), [&](const JourneyTouch& each) {
    return each.ts_ms < conversion_ms - lookback_ms;
  });
  const auto to = std::partition_point(from, touches.end(), [&](const JourneyTouch& each) { return each.ts_ms <= conversion_ms; });
  const std::span<const JourneyTouch> inside(from, to);
  return inside.last(std::min(inside.size(), kTouchesCredited));
}

}  // namespace millrace::attribution
