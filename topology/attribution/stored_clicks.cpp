#include "topology/attribution/stored_clicks.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/hash.h"
#include "topology/attribution/deal_events.h"

namespace millrace::attribution {

namespace {

// Tells most ids apart, so that a click's own row is read for few of the others.
std::int64_t sign_of(std::string_view click_id) { return crc32c(0, click_id) & 0x1FFF; }

}  // namespace

StoredClicks::StoredClicks(state::TableSpace& tables) : rows_(tables, "click") {}

std::string StoredClicks::row_key(std::string_view match_key, std::int64_t number) {
  return std::string(match_key).append(1, '#').append(numbered(number));
}

const StoredClick& StoredClicks::at(std::string_view match_key, const ClickMark& mark) {
  static const StoredClick unreadable;  // the step's writes are void then (TS-3)
  const StoredClick* row = rows_.find(row_key(match_key, mark.number));
  return row ? *row : unreadable;
}

std::int64_t StoredClicks::add(std::string_view match_key, ClicksRow& row, StoredClick click) {
  const ClickMark mark{click.clicked_ms, row.next++, sign_of(click.click_id)};
  const auto same = std::find_if(row.clicks.begin(), row.clicks.end(), [&](const ClickMark& each) {
    return each.sign == mark.sign && at(match_key, each).click_id == click.click_id;
  });
  if (same != row.clicks.end()) {
    rows_.erase(row_key(match_key, same->number));
    row.clicks.erase(same);
  }
  const auto place = std::upper_bound(row.clicks.begin(), row.clicks.end(), mark.clicked_ms,
                                      [](TimeMs ms, const ClickMark& each) { return ms < each.clicked_ms; });
  row.clicks.insert(place, mark);
  rows_.put(row_key(match_key, mark.number), std::move(click));
  return mark.number;
}

void StoredClicks::drop_oldest(std::string_view match_key, ClicksRow& row, std::size_t count) {
  const auto end = row.clicks.begin() + static_cast<std::ptrdiff_t>(count);
  for (auto mark = row.clicks.begin(); mark != end; ++mark) rows_.clear(row_key(match_key, mark->number));
  row.clicks.erase(row.clicks.begin(), end);
}

KeyMatch StoredClicks::match(std::string_view match_key, const ClicksRow& row, KeyKind kind, TimeMs t_ms,
                             const AttributionPolicy& policy) {
  const auto& marks = row.clicks;
  std::vector<ClickAt> clicks;
  clicks.reserve(marks.size());
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const TimeMs ms = marks[i].clicked_ms;
    const bool tied = (i > 0 && marks[i - 1].clicked_ms == ms) || (i + 1 < marks.size() && marks[i + 1].clicked_ms == ms);
    clicks.push_back({tied && accepts(kind, ms, t_ms, policy) ? std::string_view(at(match_key, marks[i]).click_id) : "", ms});  // MA-2
  }
  return match_at(kind, clicks, t_ms, policy);
}

}  // namespace millrace::attribution
