// Facts and deals that wait for a reference to become known (spec/harvest.md sections 7.2 and 8).
//
// Takes   a reference ("msg/m1", "email/<token>"…) and what waits for it; later that the reference is known.
// Gives   what waited, in the order of its arrival.
//
// PK-1  At most `limit` facts wait for one reference, and at most 100 deals.
// PK-2  A fact leaves once: taken when its reference is known, or expired by its timer.
// Tables: parked (tenant/ref\nnumber), waiting (tenant/ref: counts), waiting_deal (tenant/ref\ndeal_id), waits (tenant: how much
// waits in all, so that a tenant without any costs one look-up of a hot row).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"
#include "state/table.h"

namespace millrace::harvest {

struct ParkedRow {
  TimeMs due_ms = 0, event_ms = 0;
  std::string record_id, type;
  SealedText sealed;  // the fact's data
  static constexpr auto fields() {
    return FieldList{field("due_ms", &ParkedRow::due_ms), field("event_ms", &ParkedRow::event_ms),
                      field("record_id", &ParkedRow::record_id), field("sealed", &ParkedRow::sealed), field("type", &ParkedRow::type)};
  }
};
struct WaitingRow {
  std::int64_t deals = 0, facts = 0, next = 0;
  static constexpr auto fields() {
    return FieldList{field("deals", &WaitingRow::deals), field("facts", &WaitingRow::facts), field("next", &WaitingRow::next)};
  }
};
struct WaitingDealRow {
  static constexpr auto fields() { return FieldList{}; }
};
struct WaitsRow {
  std::int64_t count = 0;
  static constexpr auto fields() { return FieldList{field("count", &WaitsRow::count)}; }
};

class Parking {
 public:
  explicit Parking(state::TableSpace& space);

  // The fact's key, which its timer names; nullopt when `limit` facts wait for the reference already.
  std::optional<std::string> park(std::string_view tenant, std::string_view ref, ParkedRow fact, std::int64_t limit);
  bool can_park(std::string_view tenant, std::string_view ref, std::int64_t limit);
  // Anything waits in this tenant.
  bool any(std::string_view tenant);
  // The facts that waited, with their keys, oldest first.
  std::vector<std::pair<std::string, ParkedRow>> take(std::string_view tenant, std::string_view ref);
  // The fact of a timer; nullopt when it has left already.
  std::optional<ParkedRow> expire(std::string_view key);

  // False when 100 deals wait for it already.
  bool wait(std::string_view tenant, std::string_view ref, std::string_view deal_id);
  void leave(std::string_view tenant, std::string_view ref, std::string_view deal_id);
  std::vector<std::string> take_deals(std::string_view tenant, std::string_view ref);

 private:
  void gone(std::string_view tenant, const std::string& ref_key, std::int64_t facts, std::int64_t deals);

  state::Table<ParkedRow> parked_;
  state::Table<WaitingRow> waiting_;
  state::Table<WaitingDealRow> deals_;
  state::Table<WaitsRow> waits_;
};

}  // namespace millrace::harvest
