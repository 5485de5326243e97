// What a deal's stage is worth, and what each change of stage adds or takes back (spec/attribution.md section 6, rules
// attribution.synthetic and attribution.deal).
//
// DV-1  The value of a deal is the sum of its increments.
// DV-2  An event counts once; one that is out of order or in another currency changes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "topology/policy/synthetic.h"

namespace millrace::attribution {

struct Worth {
  std::int64_t value_cents = 0, cash_cents = 0, confidence_bp = 0;
};
// At a won stage a known amount is the value, and the cash.
Worth worth_of(const SyntheticTable& table, std::string_view stage, std::optional<std::int64_t> amount_cents);

// What a deal holds before an event.
struct DealHeld {
  std::int64_t value_cents = 0, cash_cents = 0;
  std::optional<TimeMs> last_event_ms;  // of the last event that counted
};
struct StageEvent {
  TimeMs event_ms;
  std::string_view stage;
  std::optional<std::int64_t> amount_cents;
  std::string_view currency = {};  // empty: the table's
};
struct Increment {
  std::string_view ignored;  // why nothing changes: stage_out_of_order, currency_mismatch; empty: it counts
  Worth worth;
  std::int64_t value_cents = 0, cash_cents = 0;  // the increments
};
// Whether the event was seen before is the caller's to know.
Increment increment_of(const SyntheticTable& table, const DealHeld& held, const StageEvent& event);

}  // namespace millrace::attribution
