#include "state/timers.h"

#include "core/json.h"
#include "core/time.h"
#include "state/codec.h"

namespace millrace::state {
namespace {

constexpr std::size_t kChunk = 1024;          // timers read at once
constexpr std::size_t kFrontMax = 32 * 1024;  // above, the latest go back to the store
constexpr std::size_t kTidyPerStep = 64;
constexpr std::size_t kChangeBytes = 240;     // of one changed timer in memory, roughly

void append_due(std::string& out, TimeMs due_ms) {
  const auto bits = static_cast<std::uint64_t>(due_ms) ^ (std::uint64_t{1} << 63);
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
}

std::string name_of(std::string_view kind, std::string_view key) {
  std::string name;
  name.reserve(kind.size() + 1 + key.size());
  name.append(kind).push_back('\0');
  return name.append(key);
}

Timers::Row row_of(const Timer& timer) {
  return {.root_offset = timer.root.offset.value,
          .set_offset = timer.set_by.offset.value,
          .root_partition = timer.root.partition.value,
          .set_partition = timer.set_by.partition.value,
          .root_topic = timer.root.topic.value,
          .set_topic = timer.set_by.topic.value};
}

}  // namespace

Timers::Timers(TableSpace& space) : TableBase(space, "timers") {
  if (!written_before()) return;
  // No timer lies before the note, so the tombstones of all that have fired are not walked over.
  std::string note;
  horizon_ = Id{std::numeric_limits<TimeMs>::min(), {}};
  if (kv().get(note_key(), note))
    if (auto id = id_of(note)) horizon_ = std::move(id);
}

std::string Timers::store_key(const Id& id) const {
  std::string key = prefix();
  append_due(key, id.due_ms);
  return key.append(id.name);
}

std::optional<Timers::Id> Timers::id_of(std::string_view store_key) const {
  if (!store_key.starts_with(prefix()) || store_key.size() < prefix().size() + 8) return std::nullopt;
  store_key.remove_prefix(prefix().size());
  std::uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) bits = bits << 8 | static_cast<unsigned char>(store_key[i]);
  return Id{static_cast<TimeMs>(bits ^ (std::uint64_t{1} << 63)), std::string(store_key.substr(8))};
}

void Timers::change(const Id& id, std::optional<Row> row, bool stored) {
  auto& all = books();
  const auto [at, is_new] = changes_.try_emplace(id, Change{row, stored});
  if (!is_new) {
    at->second.row = row;
    if (row || at->second.stored) return;
    changes_.erase(at);  // set and taken away since the last cut: the store need not know
    --all.dirty_rows;
    all.dirty_bytes -= kChangeBytes;
    all.bytes -= kChangeBytes;
    return;
  }
  ++all.dirty_rows;
  all.dirty_bytes += kChangeBytes;
  all.bytes += kChangeBytes;
}

void Timers::set(const Timer& timer) {
  Id id{timer.due_ms, name_of(timer.kind, timer.key)};
  const Row row = row_of(timer);
  const bool stored = books().copy_ahead || !before_horizon(id) || front_.contains(id) || cut_.contains(id);
  change(id, row, stored);
  front_.insert_or_assign(std::move(id), row);
  if (timer.due_ms < earliest_) earliest_ = timer.due_ms;
}

void Timers::cancel(TimeMs due_ms, std::string_view kind, std::string_view key) {
  Id id{due_ms, name_of(kind, key)};
  const bool in_front = front_.erase(id) > 0;
  if (!in_front && before_horizon(id)) return;  // there is no such timer
  change(id, std::nullopt, true);
  if (due_ms == earliest_) earliest_ = kUnknown;
}

bool Timers::pop(TimeMs now_ms, Timer& timer) {
  look_ahead();
  if (earliest_ > now_ms) return false;
  const auto first = front_.begin();
  const auto& [id, row] = *first;
  const auto zero = id.name.find('\0');
  timer.due_ms = id.due_ms;
  timer.kind.assign(id.name, 0, zero);
  timer.key.assign(id.name, zero + 1);
  timer.set_by = {TopicId{row.set_topic}, Partition{row.set_partition}, Offset{row.set_offset}};
  timer.root = {TopicId{row.root_topic}, Partition{row.root_partition}, Offset{row.root_offset}};
  change(id, std::nullopt, true);
  front_.erase(first);
  earliest_ = kUnknown;
  return true;
}

// Makes front_.begin() the earliest of all timers and sets earliest_.
void Timers::look_ahead() {
  while (horizon_ && (front_.empty() || !(front_.begin()->first < *horizon_))) load_chunk();
  earliest_ = front_.empty() ? std::numeric_limits<TimeMs>::max() : front_.begin()->first.due_ms;
}

void Timers::load_chunk() {
  auto it = borrow_iterator();
  it->seek(store_key(*horizon_));
  horizon_.reset();
  for (std::size_t loaded = 0; it->valid() && it->key().starts_with(prefix()); it->next()) {
    auto id = id_of(it->key());
    Row row;
    if (!id || !decode_row(it->value(), row)) {
      fail(fatal("corrupt", "a timer cannot be read: the state is damaged. Remove its folder: it is folded again"));
      break;
    }
    if (loaded++ == kChunk) {
      horizon_ = std::move(id);
      break;
    }
    // What was changed since the store was written stands in front_ already, or was taken away.
    if (clean(*id)) front_.emplace(std::move(*id), row);
  }
  give_back(std::move(it));
}

std::size_t Timers::due(TimeMs now_ms, std::size_t most) {
  if (earliest() > now_ms) return 0;
  std::size_t count = 0;
  for (auto at = front_.begin(); at != front_.end() && at->first.due_ms <= now_ms && count < most; ++at) ++count;
  if (!horizon_ || horizon_->due_ms > now_ms || count >= most) return count;
  auto it = borrow_iterator();
  for (it->seek(store_key(*horizon_)); it->valid() && count < most; it->next()) {
    const auto id = id_of(it->key());
    if (!id || id->due_ms > now_ms) break;
    if (clean(*id)) ++count;
  }
  give_back(std::move(it));
  return count;
}

// --- the checkpoint: the changes of a generation are one map, handed over whole --------------------------------------

void Timers::cut(TimeMs) {
  cut_ = std::exchange(changes_, {});
  cut_at_ = cut_.begin();
  if (cut_.empty()) return;
  // No timer of the cut lies before the first of these.
  Id low{std::numeric_limits<TimeMs>::max(), {}};
  if (!front_.empty()) low = front_.begin()->first;
  if (horizon_ && *horizon_ < low) low = *horizon_;
  batch().put(note_key(), store_key(low));
}

std::size_t Timers::slice(std::size_t max_rows) {
  std::size_t done = 0;
  std::string value;
  for (; cut_at_ != cut_.end() && done < max_rows; ++cut_at_, ++done) {
    const auto& [id, change] = *cut_at_;
    if (change.row) {
      value.clear();
      encode_row(value, *change.row);
      batch().put(store_key(id), value);
    } else {
      batch().erase(store_key(id));
    }
  }
  return done;
}

void Timers::committed() {
  settled_.push_back(std::exchange(cut_, {}));
  wants_end_step();
}

void Timers::abandoned() {
  for (const auto& [id, undone] : cut_)
    if (!changes_.contains(id)) change(id, undone.row, true);
  books().bytes -= cut_.size() * kChangeBytes;
  cut_.clear();
}

// Takes committed changes apart, and keeps the front short: what is due late goes back to the store.
bool Timers::end_step() {
  std::size_t budget = kTidyPerStep;
  while (budget > 0 && !settled_.empty()) {
    Changes& changes = settled_.back();
    for (; budget > 0 && !changes.empty(); --budget) {
      const auto at = changes.begin();
      books().bytes -= kChangeBytes;
      if (at->second.row && !before_horizon(at->first) && clean(at->first)) front_.erase(at->first);
      changes.erase(at);
    }
    if (changes.empty()) settled_.pop_back();
  }
  for (; budget > 0 && front_.size() > kFrontMax; --budget) {
    auto last = horizon_ ? front_.lower_bound(*horizon_) : front_.end();
    if (last == front_.begin()) break;  // the rest is dirty
    --last;
    horizon_ = last->first;
    if (clean(last->first)) front_.erase(last);
  }
  return budget == 0;
}

// --- for people -----------------------------------------------------------------------------------------------------

std::optional<std::string> Timers::print(std::string_view key) {
  std::optional<std::string> found;
  list(key, {}, 1, [&](std::string_view listed, std::string_view json) {
    if (listed == key) found = json;
  });
  return found;
}

void Timers::list(std::string_view prefix, std::string_view after, std::size_t limit,
                  const std::function<void(std::string_view key, std::string_view json)>& visit) {
  std::map<Id, Row> all = front_;
  if (horizon_) {
    auto it = borrow_iterator();
    for (it->seek(store_key(*horizon_)); it->valid() && it->key().starts_with(this->prefix()); it->next()) {
      auto id = id_of(it->key());
      Row row;
      if (id && clean(*id) && decode_row(it->value(), row)) all.emplace(std::move(*id), row);
    }
    give_back(std::move(it));
  }
  for (const auto& [id, row] : all) {
    if (limit == 0) return;
    std::string key = rfc3339(id.due_ms) + "/" + id.name;
    key[key.find('\0')] = '/';
    if (!key.starts_with(prefix) || key <= after) continue;
    visit(key, to_json(row));
    --limit;
  }
}

}  // namespace millrace::state
