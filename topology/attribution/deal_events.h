// The events of a deal that may still be restated: a row each, by number, since a deal that changes its stage hundreds of times
// a day would be too large a row.
//
// DQ-1  Numbers are given in the order in which events count, and never twice; those that are kept are [first, next).
// DQ-2  Those below `waiting` were matched (or model matched is not asked for), those from there on wait, in order (AT-3).
// Table deal_event: key <deal>#<number>, 16 digits.
// Tests: tests/property/attribution_deals_property_test.cpp
#pragma once

#include <string>
#include <vector>

#include "state/table.h"
#include "topology/attribution/tables.h"

namespace millrace::attribution {

// 16 digits, so that keys stand in the order of their numbers.
std::string numbered(std::int64_t n);

class DealEvents {
 public:
  explicit DealEvents(state::TableSpace& tables);

  // Needs: first <= number < next. References are valid until the step ends.
  const CreditedEvent& at(std::string_view deal, std::int64_t number);
  CreditedEvent& edit(std::string_view deal, std::int64_t number);
  CreditedEvent& add(std::string_view deal, EventNumbers& numbers, CreditedEvent event);
  // Needs: first < waiting.
  void drop_first(std::string_view deal, EventNumbers& numbers);
  // Takes all of them out of the table, in order.
  std::vector<CreditedEvent> take(std::string_view deal, EventNumbers& numbers);
  // The first number for which `is` holds; next when there is none.
  template <class Is>
  std::int64_t find(std::string_view deal, const EventNumbers& numbers, const Is& is) {
    std::int64_t n = numbers.first;
    while (n < numbers.next && !is(at(deal, n))) ++n;
    return n;
  }

 private:
  state::Table<CreditedEvent> rows_;
};

}  // namespace millrace::attribution
