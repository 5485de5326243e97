// The untyped half of Table<Row>: slots found by hash, dirty ones pinned until the checkpoint, clean ones packed and then
// evicted by a clock hand; what is not in memory is read from the store and decoded once.
//
// CT-1  While `complete_` holds every row of the table is in memory, so a miss or a scan never asks the store: true for
//       a new table until its first eviction.
// CT-2  A slot that is changed while the checkpoint still has to encode it is encoded first (TB-3).
// CT-3  The hand packs a large clean row before it evicts it: its bytes as the store has them, a third to a fifth of the
//       decoded row, stand for it until somebody asks. Only clean rows are packed.
// CT-4  put() and clear() ask the store nothing, whatever it holds.
#pragma once

#include <array>
#include <set>

#include "state/slot_index.h"
#include "state/table_space.h"

namespace millrace::state {

class CachedTable : public TableBase {
 public:
  struct Slot {
    virtual ~Slot() = default;
    std::string key;
    std::uint32_t generation = 0;  // in which it was changed last; 0: not since it was read
    std::uint32_t bytes = 0;       // its estimate in the books
    std::uint32_t ring = 0;        // its place in slots_
    std::uint32_t packed_size = 0;
    std::unique_ptr<char[]> packed;  // CT-3; then there is no decoded row
    bool erased = false;           // a tombstone, pinned like any dirty row
    bool touched = false;          // used since the clock hand passed
    bool written = false;          // encoded for the checkpoint of its generation
    bool stored = false;           // the store may hold a row of this key
  };

  std::optional<std::string> print(std::string_view key) override;
  void list(std::string_view prefix, std::string_view after, std::size_t limit,
            const std::function<void(std::string_view key, std::string_view json)>& visit) override;

 protected:
  CachedTable(TableSpace& space, std::string_view name);
  ~CachedTable() override;

  // nullptr when there is no such row.
  Slot* find_slot(std::string_view key) {
    Slot* slot = index_.find(hash_key(key), key);
    if (!slot) {
      if (complete_) return nullptr;
      slot = load(key);
      if (!slot) return nullptr;
    }
    slot->touched = true;
    if (slot->packed && !unpack(*slot)) return nullptr;
    return slot->erased ? nullptr : slot;
  }
  Slot& edit_slot(std::string_view key);
  // The same for a slot that find_slot() gave in this step.
  Slot& edit_found(Slot& slot) {
    if (slot.generation != books().current) make_dirty(slot);
    return slot;
  }
  bool erase_slot(std::string_view key);
  // Without asking the store: the row of a slot so put is to be set whole.
  Slot& put_slot(std::string_view key);
  void clear_slot(std::string_view key);
  void scan_slots(std::string_view prefix, std::string_view after,
                  const std::function<bool(std::string_view key, const Slot& slot)>& visit);
  // Deletes the stored rows with keys in [first, last) with the next checkpoint, without visiting them.
  // Needs: nobody asks for these keys any more.
  void drop_range(std::string_view first, std::string_view last);

  virtual std::unique_ptr<Slot> make_slot() const = 0;
  virtual void reset_slot(Slot& slot) const = 0;
  virtual void drop_row(Slot& slot) const = 0;  // of a slot that is packed
  virtual std::size_t measure_slot(const Slot& slot) const = 0;
  virtual void encode_slot(const Slot& slot, std::string& out) const = 0;
  virtual bool decode_slot(Slot& slot, std::string_view bytes) const = 0;  // makes its row when it has none
  virtual std::string print_slot(const Slot& slot) const = 0;

  void cut(TimeMs now_ms) override;
  std::size_t slice(std::size_t max_rows) override;
  void committed() override;
  void abandoned() override;
  bool end_step() override;
  std::size_t evict(std::size_t budget) override;

 private:
  struct ByKey {
    using is_transparent = void;
    bool operator()(const Slot* a, const Slot* b) const { return a->key < b->key; }
    bool operator()(const Slot* a, std::string_view b) const { return a->key < b; }
    bool operator()(std::string_view a, const Slot* b) const { return a < b->key; }
  };
  bool dirty(const Slot& slot) const { return slot.generation > books().committed; }
  std::string_view store_key(std::string_view key);
  Slot* load(std::string_view key);
  bool unpack(Slot& slot);
  void pack(Slot& slot);
  Slot& insert(std::unique_ptr<Slot> slot, std::string_view key);
  void remove(Slot& slot);
  void make_dirty(Slot& slot);
  void encode_into_batch(Slot& slot);
  void measure(Slot& slot);
  void undecodable(std::string_view key) const;
  bool sweep_tombstones(std::size_t budget);

  SlotIndex<Slot> index_;
  std::vector<std::unique_ptr<Slot>> slots_;  // the clock's ring, in no order
  std::size_t hand_ = 0;
  bool complete_ = false;
  std::optional<std::set<Slot*, ByKey>> ordered_;  // all slots, from the first scan on
  std::uint64_t inserted_ = 0;                     // counts changes of ordered_

  std::vector<Slot*> dirty_, cut_;  // changed in the current generation; in the one being written
  std::size_t measured_ = 0;        // of dirty_
  std::size_t cut_done_ = 0;
  std::vector<Slot*> tombstones_written_, tombstones_;  // of the cut; committed, to be removed a few a step
  std::vector<std::pair<std::string, std::string>> drops_, cut_drops_;

  std::array<std::string, 8> missed_;  // keys that the store did not hold, so that find-then-edit asks it once
  std::string key_buffer_, value_buffer_;
};

}  // namespace millrace::state
