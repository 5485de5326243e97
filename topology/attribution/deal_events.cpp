#include "topology/attribution/deal_events.h"

#include <algorithm>
#include <utility>

namespace millrace::attribution {

namespace {

std::string event_row_key(std::string_view deal, std::int64_t number) { return std::string(deal).append(1, '#').append(numbered(number)); }

}  // namespace

std::string numbered(std::int64_t n) {
  std::string text = std::to_string(n);
  return text.insert(0, 16 - std::min<std::size_t>(16, text.size()), '0');
}

DealEvents::DealEvents(state::TableSpace& tables) : rows_(tables, "deal_event") {}

const CreditedEvent& DealEvents::at(std::string_view deal, std::int64_t number) {
  static const CreditedEvent unreadable;  // the step's writes are void then (TS-3)
  const CreditedEvent* row = rows_.find(event_row_key(deal, number));
  return row ? *row : unreadable;
}

CreditedEvent& DealEvents::edit(std::string_view deal, std::int64_t number) { return rows_.edit(event_row_key(deal, number)); }

CreditedEvent& DealEvents::add(std::string_view deal, EventNumbers& numbers, CreditedEvent event) {
  CreditedEvent& row = rows_.edit(event_row_key(deal, numbers.next));
  row = std::move(event);
  if (row.matched_ms >= 0 && numbers.waiting == numbers.next) ++numbers.waiting;
  ++numbers.next;
  return row;
}

void DealEvents::drop_first(std::string_view deal, EventNumbers& numbers) { rows_.erase(event_row_key(deal, numbers.first++)); }

std::vector<CreditedEvent> DealEvents::take(std::string_view deal, EventNumbers& numbers) {
  std::vector<CreditedEvent> events;
  for (; numbers.first < numbers.next; ++numbers.first) {
    const std::string key = event_row_key(deal, numbers.first);
    if (const CreditedEvent* row = rows_.find(key)) events.push_back(*row);
    rows_.erase(key);
  }
  numbers.waiting = numbers.first;
  return events;
}

}  // namespace millrace::attribution
