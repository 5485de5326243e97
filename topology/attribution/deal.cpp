#include "topology/attribution/deal.h"

#include <algorithm>

namespace millrace::attribution {

Worth worth_of(const SyntheticTable& table, std::string_view stage, std::optional<std::int64_t> amount_cents) {
  if (amount_cents && table.is_won(stage)) {
    const std::int64_t amount = std::max<std::int64_t>(0, *amount_cents);
    return {amount, amount, 10000};
  }
  const StageValue at = table.at(stage);
  return {at.value_cents, 0, at.confidence_bp};
}

Increment increment_of(const SyntheticTable& table, const DealHeld& held, const StageEvent& event) {
  Increment made;
  if (held.last_event_ms && event.event_ms < *held.last_event_ms) {
    made.ignored = "stage_out_of_order";
  } else if (!event.currency.empty() && event.currency != table.currency && !table.is_lost(event.stage)) {
    made.ignored = "currency_mismatch";
  } else {
    made.worth = worth_of(table, event.stage, event.amount_cents);
    made.value_cents = made.worth.value_cents - held.value_cents;
    made.cash_cents = made.worth.cash_cents - held.cash_cents;
  }
  return made;
}

}  // namespace millrace::attribution
