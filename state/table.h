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
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/json.h"
#include "state/codec.h"
#include "state/table_space.h"

namespace millrace::state {

template <class Row>
class Table final : public TableBase {
 public:
  Table(TableSpace& space, std::string_view name) : TableBase(space, name) {}

  // nullptr when there is no such row.
  const Row* find(std::string_view key) {
    Slot* slot = TableBase::find_slot(key);
    return slot ? &static_cast<RowSlot*>(slot)->row : nullptr;
  }
  bool contains(std::string_view key) { return find(key) != nullptr; }
  // The row to change, made with default values if absent.
  Row& edit(std::string_view key) { return static_cast<RowSlot&>(TableBase::edit_slot(key)).row; }
  // nullptr when there is no such row.
  Row* edit_if(std::string_view key) { return TableBase::find_slot(key) ? &edit(key) : nullptr; }
  // False when there was no such row.
  bool erase(std::string_view key) { return TableBase::erase_slot(key); }
  // Rows in key order whose key starts with `prefix` and is greater than `after` (empty: from the first), until
  // `visit` gives false. The table must not be changed while it is scanned.
  void scan(std::string_view prefix, std::string_view after,
            const std::function<bool(std::string_view key, const Row& row)>& visit) {
    TableBase::scan_slots(prefix, after, [&](std::string_view key, const Slot& slot) {
      return visit(key, static_cast<const RowSlot&>(slot).row);
    });
  }

 private:
  struct RowSlot final : Slot {
    Row row{};
  };
  std::unique_ptr<Slot> make_slot() const override { return std::make_unique<RowSlot>(); }
  void encode_slot(const Slot& slot, std::string& out) const override {
    encode(out, static_cast<const RowSlot&>(slot).row);
  }
  bool decode_slot(Slot& slot, std::string_view bytes) const override {
    return decode(bytes, static_cast<RowSlot&>(slot).row) && bytes.empty();
  }
  // The row as JSON, for `millrace state get`.
  std::string print_slot(const Slot& slot) const override { return to_json(static_cast<const RowSlot&>(slot).row); }
};

}  // namespace millrace::state
