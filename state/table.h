// A typed table of one task: decoded rows in a bounded cache over the key-value port.
//
//   Table<LeadRow> leads(space, "lead");
//   if (const LeadRow* row = leads.find(key)) ...        // no copy, no decode when hot
//   LeadRow& row = leads.edit(key);                      // creates it if absent; dirty until the checkpoint
//
// Pointers and references to rows are valid until the step ends (TableSpace evicts only between steps).
//
// TB-1  A dirty row is pinned until a checkpoint has written it.
// TB-2  scan() sees exactly what find() sees: dirty rows and tombstones are merged with the store.
// TB-3  A checkpoint stands for the moment it was cut, also while it is written in slices: a row that changes after
//       the cut hands its old value over first.
// Tests: tests/unit/state_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "state/cached_table.h"
#include "state/codec.h"
#include "state/footprint.h"

namespace millrace::state {

template <class Row>
class Table final : public CachedTable {
 public:
  Table(TableSpace& space, std::string_view name) : CachedTable(space, name) {}

  // nullptr when there is no such row.
  const Row* find(std::string_view key) {
    Slot* slot = find_slot(key);
    return slot ? static_cast<RowSlot*>(slot)->row.get() : nullptr;
  }
  bool contains(std::string_view key) { return look(key) != nullptr; }
  // The row to change, made with default values if absent.
  Row& edit(std::string_view key) { return *static_cast<RowSlot&>(edit_slot(key)).row; }
  // nullptr when there is no such row.
  Row* edit_if(std::string_view key) {
    Slot* slot = find_slot(key);
    return slot ? static_cast<RowSlot&>(edit_found(*slot)).row.get() : nullptr;
  }
  // False when there was no such row. The row's memory is given back at once: pointers to it show an empty row.
  bool erase(std::string_view key) { return erase_slot(key); }
  // Sets and clears a row of which it does not matter whether it was there: the store is not asked.
  void put(std::string_view key, Row row) { *static_cast<RowSlot&>(put_slot(key)).row = std::move(row); }
  void clear(std::string_view key) { clear_slot(key); }
  // Rows in key order whose key starts with `prefix` and is greater than `after` (empty: from the first), until
  // `visit` gives false. The visitor may look up and change rows of this table, too: those after the current key are
  // seen as they are when their turn comes.
  void scan(std::string_view prefix, std::string_view after,
            const std::function<bool(std::string_view key, const Row& row)>& visit) {
    scan_slots(prefix, after, [&](std::string_view key, const Slot& slot) {
      return visit(key, *static_cast<const RowSlot&>(slot).row);
    });
  }

 private:
  struct RowSlot final : Slot {
    std::unique_ptr<Row> row;
  };
  std::unique_ptr<Slot> make_slot() const override {
    auto slot = std::make_unique<RowSlot>();
    slot->row = std::make_unique<Row>();
    return slot;
  }
  void reset_slot(Slot& slot) const override {
    auto& row = static_cast<RowSlot&>(slot).row;
    if (row) *row = Row{};
    else row = std::make_unique<Row>();
  }
  void drop_row(Slot& slot) const override { static_cast<RowSlot&>(slot).row.reset(); }
  std::size_t measure_slot(const Slot& slot) const override {
    const auto& row = static_cast<const RowSlot&>(slot).row;
    return sizeof(RowSlot) + kAllocation + (row ? sizeof(Row) + heap_bytes(*row) : slot.packed_size);
  }
  void encode_slot(const Slot& slot, std::string& out) const override {
    encode_row(out, *static_cast<const RowSlot&>(slot).row);
  }
  bool decode_slot(Slot& slot, std::string_view bytes) const override {
    auto& row = static_cast<RowSlot&>(slot).row;
    if (!row) row = std::make_unique<Row>();
    return decode_row(bytes, *row);
  }
  // The row as JSON, for `millrace state get`.
  std::string print_slot(const Slot& slot) const override { return to_json(*static_cast<const RowSlot&>(slot).row); }
};

}  // namespace millrace::state
