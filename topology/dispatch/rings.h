// Timestamps of reservations by what they count for, kept as long as a rolling window may ask for them.
//
// RG-1  add() is called with times that never fall; counted() and remove() see every time not older than kKeepMs.
// RG-2  A row stays small whatever the limits are: the newest kPart times stand in the ring's row, older ones in rows
//       of kPart each, of which the ring's row keeps count and bounds.
//                                                      Tests: tests/unit/dispatch_rings_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/table.h"
#include "topology/dispatch/limit.h"

namespace millrace::dispatch {

class Rings {
 public:
  explicit Rings(state::TableSpace& space);

  static constexpr DurationMs kKeepMs = kDayMs;
  static constexpr std::size_t kPart = 512;

  // Times > after. `count` is exact below max, and at least max otherwise.
  Counted counted(std::string_view ring, TimeMs after, std::int64_t max);
  void add(std::string_view ring, TimeMs ts);
  // Takes one reservation made at ts back, if it is still kept.
  void remove(std::string_view ring, TimeMs ts);
  // Erases up to `max` rings whose key starts with prefix; false when none is left.
  bool erase_some(std::string_view prefix, std::size_t max);

 private:
  struct Part {
    std::int64_t count = 0, first_ts = 0, last_ts = 0;
    static constexpr auto fields() {
      return FieldList{field("count", &Part::count), field("first_ts", &Part::first_ts),
                        field("last_ts", &Part::last_ts)};
    }
  };
  struct RingRow {
    std::int64_t first_part = 0;  // number of parts.front()
    std::vector<Part> parts;      // oldest first
    std::vector<std::int64_t> tail;
    static constexpr auto fields() {
      return FieldList{field("first_part", &RingRow::first_part), field("parts", &RingRow::parts),
                        field("tail", &RingRow::tail)};
    }
  };
  struct PartRow {
    std::vector<std::int64_t> ts;
    static constexpr auto fields() { return FieldList{field("ts", &PartRow::ts)}; }
  };
  static std::string part_key(std::string_view ring, std::int64_t number);
  void forget_old(std::string_view ring, RingRow& row, TimeMs now);

  state::Table<RingRow> rings_;
  state::Table<PartRow> parts_;
};

}  // namespace millrace::dispatch
