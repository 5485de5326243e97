#include "state/cached_table.h"

#include <algorithm>

namespace millrace::state {
namespace {

constexpr std::size_t kSweepPerStep = 64;
constexpr std::size_t kPackingLooks = 7;    // packing costs more than looking

// What a slot costs beyond its row: its entry in the index at a load of about one half, in the ring, its heap block.
constexpr std::size_t kSlotOverhead = 64;

// CT-3, of a row that was made: it goes at the hand's first pass, unpacked, unless somebody has asked for it since. Most rows of
// a history are never asked for again, and would push out those that are.
constexpr std::uint8_t kUnasked = 0;

// CT-3: rows are packed early from one read back in kManyReads changed, to one in kFewReads.
constexpr std::size_t kManyReads = 4, kFewReads = 16, kCutsRemembered = 8;

std::uint64_t mark_of(std::string_view bytes) { return hash_key(bytes) | 1; }

}  // namespace

CachedTable::CachedTable(TableSpace& space, std::string_view name) : TableBase(space, name) {
  complete_ = true;
  if (!written_before()) return;
  auto it = borrow_iterator();
  it->seek(prefix());
  complete_ = !(it->valid() && it->key().starts_with(prefix()));
  give_back(std::move(it));
}

CachedTable::~CachedTable() = default;

// --- finding and changing -------------------------------------------------------------------------------------------

std::string_view CachedTable::store_key(std::string_view key) {
  key_buffer_.assign(prefix());
  key_buffer_.append(key);
  return key_buffer_;
}

void CachedTable::undecodable(std::string_view key) const {
  fail(fatal("corrupt", "a row of the table " + std::string(name()) + " cannot be read (key of " +
                            std::to_string(key.size()) + " bytes): it is damaged or of another version. Remove the " +
                            "state folder: it is folded again from the log"));
}

CachedTable::Slot* CachedTable::load(std::string_view key) {
  const bool found = kv().get(store_key(key), value_buffer_);
  auto slot = make_slot();
  if (!found) {
    if (kv().fault()) return nullptr;
    drop_row(*slot);
    slot->erased = slot->absent = true;
  } else if (!decode_slot(*slot, value_buffer_)) {
    undecodable(key);
    return nullptr;
  }
  Slot& loaded = insert(std::move(slot), key);
  loaded.stored = found;
  if (found) loaded.stored_mark = mark_of(value_buffer_);
  read_ += found;
  measure(loaded);
  return &loaded;
}

// A row where the slot remembered that there is none.
void CachedTable::begin_row(Slot& slot) {
  slot.absent = false;
  slot.stored = books().copy_ahead;  // TS-5
  reset_slot(slot);
  if (!ordered_) return;
  ordered_->insert(&slot);
  ++inserted_;
}

bool CachedTable::unpack(Slot& slot) {
  const auto packed = std::move(slot.packed);
  const bool whole = decode_slot(slot, {packed.get(), slot.packed_size});
  slot.packed_size = 0;
  if (!whole) undecodable(slot.key);
  measure(slot);
  return whole;
}

void CachedTable::pack(Slot& slot) {
  value_buffer_.clear();
  encode_slot(slot, value_buffer_);
  pack_as(slot, value_buffer_);
}

void CachedTable::pack_as(Slot& slot, std::string_view bytes) {
  slot.packed_size = static_cast<std::uint32_t>(bytes.size());
  slot.packed = std::make_unique_for_overwrite<char[]>(slot.packed_size);
  bytes.copy(slot.packed.get(), slot.packed_size);
  drop_row(slot);
  measure(slot);
}

CachedTable::Slot& CachedTable::insert(std::unique_ptr<Slot> slot, std::string_view key) {
  Slot& made = *slot;
  made.key.assign(key);
  made.ring = static_cast<std::uint32_t>(slots_.size());
  slots_.push_back(std::move(slot));
  index_.insert(hash_key(key), &made);
  if (ordered_ && !made.absent) {
    ordered_->insert(&made);
    ++inserted_;
  }
  return made;
}

void CachedTable::remove(Slot& slot) {
  if (ordered_ && !slot.absent) {
    ordered_->erase(&slot);
    ++inserted_;
  }
  index_.erase(hash_key(slot.key), &slot);
  books().bytes -= slot.bytes;
  const auto place = slot.ring;
  if (place + 1 != slots_.size()) {
    slots_[place] = std::move(slots_.back());
    slots_[place]->ring = place;
  }
  slots_.pop_back();
}

void CachedTable::measure(Slot& slot) {
  const std::size_t bytes = measure_slot(slot) + slot.key.capacity() + kSlotOverhead;
  const std::size_t change = bytes - slot.bytes;  // wraps back when it shrinks, so it must be as wide as the sums
  books().bytes += change;
  if (slot.generation == books().current) books().dirty_bytes += change;
  else if (books().cut != 0 && slot.generation == books().cut) books().cut_bytes += change;
  slot.bytes = static_cast<std::uint32_t>(bytes);
}

void CachedTable::make_dirty(Slot& slot) {
  auto& all = books();
  if (slot.generation == all.current) return;
  if (dirty(slot) && !slot.written) encode_into_batch(slot);  // CT-2
  slot.generation = all.current;
  slot.written = false;
  all.dirty_bytes += slot.bytes;
  ++all.dirty_rows;
  dirty_.push_back(&slot);
  wants_end_step();
}

CachedTable::Slot& CachedTable::edit_slot(std::string_view key) {
  Slot* slot = index_.find(hash_key(key), key);
  if (!slot && !complete_) slot = load(key);
  const bool made = !slot || slot->erased;
  if (!slot) {
    slot = &insert(make_slot(), key);
    slot->stored = books().copy_ahead;  // TS-5
  }
  if (slot->absent) begin_row(*slot);
  if (slot->packed) unpack(*slot);
  make_dirty(*slot);
  slot->erased = false;
  slot->rounds = made ? kUnasked : rounds_of(*slot);
  return *slot;
}

bool CachedTable::erase_slot(std::string_view key) {
  Slot* slot = find_slot(key);
  if (!slot) return false;
  make_dirty(*slot);
  reset_slot(*slot);
  slot->erased = true;
  return true;
}

CachedTable::Slot& CachedTable::put_slot(std::string_view key) {
  Slot* slot = index_.find(hash_key(key), key);
  const bool made = !slot || slot->erased;
  if (!slot) {
    slot = &insert(make_slot(), key);
    slot->stored = !complete_ || books().copy_ahead;  // unknown: a needless delete does no harm
  }
  if (slot->absent) begin_row(*slot);
  if (slot->packed) unpack(*slot);
  make_dirty(*slot);
  slot->erased = false;
  slot->rounds = made ? kUnasked : rounds_of(*slot);
  return *slot;
}

void CachedTable::clear_slot(std::string_view key) {
  Slot* slot = index_.find(hash_key(key), key);
  if (slot ? slot->erased : complete_) return;
  Slot& gone = put_slot(key);
  reset_slot(gone);
  gone.erased = true;
}

// --- in key order ---------------------------------------------------------------------------------------------------

void CachedTable::scan_slots(std::string_view prefix, std::string_view after,
                             const std::function<bool(std::string_view key, const Slot& slot)>& visit) {
  if (!ordered_) {
    ordered_.emplace();
    for (const auto& slot : slots_)
      if (!slot->absent) ordered_->insert(slot.get());
  }
  const bool from_prefix = after < prefix;
  std::string last(from_prefix ? prefix : after);
  auto memory = from_prefix ? ordered_->lower_bound(last) : ordered_->upper_bound(last);

  std::unique_ptr<KvIterator> store;
  const std::size_t skip = this->prefix().size();
  const std::string within = this->prefix() + std::string(prefix);
  if (!complete_) {
    store = borrow_iterator();
    store->seek(this->prefix() + last);
    if (!from_prefix && store->valid() && store->key().substr(skip) == last) store->next();
  }
  std::unique_ptr<Slot> passing;  // a row of the store, or a packed one, on its way through
  for (bool more = true; more;) {
    Slot* cached = memory != ordered_->end() && (*memory)->key.starts_with(prefix) ? *memory : nullptr;
    const bool stored = store && store->valid() && store->key().starts_with(within);
    if (!cached && !stored) break;
    const auto seen = inserted_;
    if (stored && (!cached || store->key().substr(skip) < cached->key)) {
      last.assign(store->key().substr(skip));
      passing = make_slot();
      if (!decode_slot(*passing, store->value())) {
        undecodable(last);
        break;
      }
      store->next();
      more = visit(last, *passing);
    } else {
      if (stored && store->key().substr(skip) == cached->key) store->next();
      ++memory;
      if (cached->erased) continue;
      last.assign(cached->key);
      if (cached->packed) {
        passing = make_slot();
        if (!decode_slot(*passing, {cached->packed.get(), cached->packed_size})) {
          undecodable(last);
          break;
        }
        more = visit(last, *passing);
      } else {
        more = visit(cached->key, *cached);
      }
    }
    if (inserted_ != seen) memory = ordered_->upper_bound(last);  // the visitor looked up or made rows
  }
  if (store) give_back(std::move(store));
}

std::optional<std::string> CachedTable::print(std::string_view key) {
  const Slot* slot = find_slot(key);
  if (!slot) return std::nullopt;
  return print_slot(*slot);
}

void CachedTable::list(std::string_view prefix, std::string_view after, std::size_t limit,
                       const std::function<void(std::string_view key, std::string_view json)>& visit) {
  if (limit == 0) return;
  scan_slots(prefix, after, [&](std::string_view key, const Slot& slot) {
    visit(key, print_slot(slot));
    return --limit > 0;
  });
}

// --- the checkpoint -------------------------------------------------------------------------------------------------

void CachedTable::encode_into_batch(Slot& slot) {
  slot.written = true;
  if (slot.erased) {
    if (slot.stored) batch().erase(store_key(slot.key));
    slot.stored = false;
    slot.stored_mark = 0;
    tombstones_written_.push_back(&slot);
    return;
  }
  value_buffer_.clear();
  if (slot.packed) value_buffer_.assign(slot.packed.get(), slot.packed_size);  // of a checkpoint that was abandoned
  else encode_slot(slot, value_buffer_);
  const std::uint64_t mark = mark_of(value_buffer_);
  if (slot.stored_mark == mark && !books().copy_ahead) return;  // CT-6
  batch().put(store_key(slot.key), value_buffer_);
  slot.stored = true;
  slot.stored_mark = mark;
}

void CachedTable::cut(TimeMs) {
  sweep_tombstones(tombstones_.size());
  cut_ = std::exchange(dirty_, {});
  std::sort(cut_.begin(), cut_.end(), [](const Slot* a, const Slot* b) { return a->key < b->key; });  // the store takes them so
  cut_drops_ = std::exchange(drops_, {});
  measured_ = cut_done_ = 0;
  changed_ += cut_.size();
  const std::size_t read_back = std::min(read_, evicted_);
  if (read_back * kFewReads < changed_) pack_early_ = false;
  else if (read_back * kManyReads > changed_) pack_early_ = true;
  for (std::size_t* each : {&read_, &evicted_, &changed_}) *each -= *each / kCutsRemembered;
}

std::size_t CachedTable::slice(std::size_t max_rows) {
  std::size_t done = 0;
  for (; cut_done_ < cut_.size() && done < max_rows; ++cut_done_, ++done) {
    Slot& slot = *cut_[cut_done_];
    if (slot.generation != books().cut || slot.written) continue;
    encode_into_batch(slot);
    if (pack_early_ && !slot.erased && !slot.packed && slot.bytes >= kSmall) pack_as(slot, value_buffer_);
  }
  if (done < max_rows)
    for (const auto& [first, last] : cut_drops_) batch().erase_range(first, last);
  return done;
}

void CachedTable::committed() {
  cut_.clear();
  cut_drops_.clear();
  tombstones_ = std::exchange(tombstones_written_, {});
  if (!tombstones_.empty()) wants_end_step();
}

void CachedTable::abandoned() {
  auto& all = books();
  for (Slot* slot : cut_) {
    slot->stored = true;  // unknown: a needless delete does no harm
    slot->stored_mark = 0;
    if (slot->generation != all.cut) continue;
    slot->generation = all.current;
    slot->written = false;
    all.dirty_bytes += slot->bytes;
    ++all.dirty_rows;
    dirty_.push_back(slot);
  }
  cut_.clear();
  tombstones_written_.clear();
  drops_.insert(drops_.begin(), cut_drops_.begin(), cut_drops_.end());
  cut_drops_.clear();
}

void CachedTable::drop_range(std::string_view first, std::string_view last) {
  drops_.emplace_back(prefix() + std::string(first), prefix() + std::string(last));
}

// --- between steps --------------------------------------------------------------------------------------------------

bool CachedTable::end_step() {
  for (; measured_ < dirty_.size(); ++measured_) measure(*dirty_[measured_]);
  return sweep_tombstones(kSweepPerStep);
}

// Takes tombstones that are committed out of memory; true when there are more. A slot that stands in tombstones_ is
// never evicted: erased ones are left to this, and one that was made anew is dirty until the next commit, before which
// cut() empties the list.
bool CachedTable::sweep_tombstones(std::size_t budget) {
  for (; budget > 0 && !tombstones_.empty(); --budget) {
    Slot* slot = tombstones_.back();
    tombstones_.pop_back();
    if (slot->erased && !dirty(*slot)) remove(*slot);
  }
  return !tombstones_.empty();
}

std::size_t CachedTable::evict(std::size_t budget) {
  std::size_t looked = 0;
  while (looked < budget) {
    if (hand_ >= slots_.size()) {
      hand_ = 0;
      return looked;
    }
    ++looked;
    Slot& slot = *slots_[hand_];
    if (dirty(slot) || (slot.erased && !slot.absent)) {
      ++hand_;
    } else if (slot.rounds > 0) {
      --slot.rounds;
      if (slot.rounds <= kRounds - kDecodedRounds && !slot.packed && !slot.absent && slot.bytes >= kSmall) {
        pack(slot);
        looked += kPackingLooks;
      }
      ++hand_;
    } else {
      if (!slot.absent) complete_ = false;
      ++evicted_;
      remove(slot);  // the last slot comes to stand under the hand
    }
  }
  return looked;
}

}  // namespace millrace::state
