// Which facts are touches, under which id, and which of them take part in a conversion (spec/attribution.md sections
// 3 and 7.1, rules attribution.touch_id and attribution.touches).
//
// TO-1  Equal ids are one touch, at the earliest time it was seen.
// TO-2  A conversion credits the last 20 touches inside the look-back, ordered by (ts, touch_id).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/fields.h"
#include "core/ids.h"
#include "topology/attribution/policy.h"

namespace millrace::attribution {

// "gclid=G" of the first id in the order of match keys; nullopt without one.
std::optional<std::string> first_click_id(const std::map<std::string, std::string>& click_ids);

// `subject_key` is tenant/subj:…; the id is of the click, else of the message and kind, else of the record.
std::string touch_id(std::string_view subject_key, const std::map<std::string, std::string>& click_ids,
                     std::string_view message_id, std::string_view kind, std::string_view record_id);

// Openings count only with attribution.count_opens, replies only as POSITIVE or NEUTRAL.
bool is_touch(std::string_view kind, std::string_view reply_class, bool count_opens);

// A touch as a journey keeps it and credits need it.
struct JourneyTouch {
  std::string id, channel;
  TimeMs ts_ms = 0;
  bool closed = false;  // belongs to a journey that is over
  std::optional<std::string> ad_id, campaign_id;
  static constexpr auto fields() {
    return FieldList{field("ad_id", &JourneyTouch::ad_id),     field("campaign_id", &JourneyTouch::campaign_id),
                      field("channel", &JourneyTouch::channel), field("closed", &JourneyTouch::closed),
                      field("id", &JourneyTouch::id),           field("ts_ms", &JourneyTouch::ts_ms)};
  }
  friend bool operator<(const JourneyTouch& a, const JourneyTouch& b) {
    return a.ts_ms != b.ts_ms ? a.ts_ms < b.ts_ms : a.id < b.id;
  }
};
inline constexpr std::size_t kTouchesCredited = 20;
// TO-2: a part of `touches`. Needs: they are in order.
std::span<const JourneyTouch> credited_touches(std::span<const JourneyTouch> touches, TimeMs conversion_ms,
                                               DurationMs lookback_ms);

}  // namespace millrace::attribution
