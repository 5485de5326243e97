// The untyped half of Table<Row>: slots found by hash, dirty ones pinned until the checkpoint, clean ones packed and then
// evicted by a clock hand; what is not in memory is read from the store and decoded once.
//
// CT-1  While `complete_` holds every row of the table is in memory, so a miss or a scan never asks the store: true for
//       a new table until its first eviction.
// CT-2  A slot that is changed while the checkpoint still has to encode it is encoded first (TB-3).
// CT-3  The hand packs a large clean row before it evicts it: its bytes as the store has them, a third to a fifth of the
//       decoded row, stand for it until somebody asks. A clean row is packed when the hand has passed
//       it kDecodedRounds times since its last use, and evicted after kRounds: packed rows cost little, reading them a lot. A small
//       one goes after kSmallRounds: reading it costs as much as a large one, and its place is worth a fifth or less.
//       While as many rows are evicted and read back as a good part of those that change (pack_early_), more rows are in use than
//       memory holds: then a row is packed with the bytes that the checkpoint has just made of it, before it is clean.
// CT-4  put() and clear() ask the store nothing, whatever it holds.
// CT-5  That the store holds no row of a key is remembered as long as a clean row would be: it is asked once.
// CT-6  A row that was changed and is what it was before is not written again: its bytes are compared by their hash. Where
//       a copy may be ahead of the store (TS-5) every changed row is written.
// Tests: tests/unit/state_cache_test.cpp, tests/property/state_rows_property_test.cpp
#pragma once

#include <set>

#include "state/slot_index.h"
#include "state/table_space.h"

namespace millrace::state {

class CachedTable : public TableBase {
 public:
  static constexpr std::uint8_t kRounds = 6, kDecodedRounds = 1, kSmallRounds = 30;
  static constexpr std::uint32_t kSmall = 300;  // bytes of a slot with its row; below, the slot costs more than the row

  struct Slot {
    virtual ~Slot() = default;
    std::string key;
    std::uint64_t stored_mark = 0;  // of the bytes that the store holds, once what is being written is there; 0: unknown
    std::uint32_t generation = 0;  // in which it was changed last; 0: not since it was read
    std::uint32_t bytes = 0;       // its estimate in the books
    std::uint32_t ring = 0;        // its place in slots_
    std::uint32_t packed_size = 0;
    std::unique_ptr<char[]> packed;  // CT-3; then there is no decoded row
    bool erased = false;           // a tombstone, pinned like any dirty row
    bool absent = false;           // CT-5; then it is erased, clean, and holds no row
    std::uint8_t rounds = 0;       // of the hand that are left to it
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
    Slot* slot = look(key);
    if (slot && slot->packed && !unpack(*slot)) return nullptr;
    return slot;
  }
  // The same, but it may be packed.
  Slot* look(std::string_view key) {
    Slot* slot = index_.find(hash_key(key), key);
    if (!slot) {
      if (complete_) return nullptr;
      slot = load(key);
      if (!slot) return nullptr;
    }
    slot->rounds = rounds_of(*slot);
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
  virtual void reset_slot(Slot& slot) const = 0;  // to an empty row
  virtual void drop_row(Slot& slot) const = 0;    // of a slot that is packed or absent
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
  static std::uint8_t rounds_of(const Slot& slot) {  // CT-3
    return slot.bytes > 0 && slot.bytes < kSmall && !slot.packed && !slot.absent ? kSmallRounds : kRounds;  // 0: not measured yet
  }
  bool dirty(const Slot& slot) const { return slot.generation > books().committed; }
  std::string_view store_key(std::string_view key);
  Slot* load(std::string_view key);  // nullptr when it cannot be read; absent when there is none
  void begin_row(Slot& slot);
  bool unpack(Slot& slot);
  void pack(Slot& slot);
  void pack_as(Slot& slot, std::string_view bytes);
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
  std::size_t read_ = 0, evicted_ = 0, changed_ = 0;  // rows of the last cuts: read from the store, gone from memory, dirty
  bool pack_early_ = false;   // CT-3
  std::vector<Slot*> tombstones_written_, tombstones_;  // of the cut; committed, to be removed a few a step
  std::vector<std::pair<std::string, std::string>> drops_, cut_drops_;

  std::string key_buffer_, value_buffer_;
};

}  // namespace millrace::state
