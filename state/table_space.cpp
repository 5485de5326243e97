#include "state/table_space.h"

#include <algorithm>
#include <array>

#include "state/codec.h"

namespace millrace::state {
namespace {

constexpr std::size_t kEvictPerStep = 64;  // rows looked at, times the pressure

std::string name_key(std::uint8_t id) { return {'n', static_cast<char>(id)}; }

}  // namespace

struct TableSpace::State {
  std::unique_ptr<Kv> kv;
  std::shared_ptr<CacheBudget> budget;
  std::size_t noted_clean = 0, noted_dirty = 0;  // bytes that the budget knows of
  Books books;
  std::vector<std::string> names;  // by id, as the store knows them and as tables were declared since
  std::vector<TableBase*> parts, waiting;
  std::optional<Fault> fault;
  std::vector<std::unique_ptr<KvIterator>> iterators;

  std::unique_ptr<KvBatch> batch;  // of the checkpoint being written
  std::size_t slicing = 0;         // the part whose turn it is
  std::size_t evicting = 0;
};

TableBase::TableBase(TableSpace& space, std::string_view name)
    : space_(&space), books_(&space.state_->books), name_(name) {
  auto& names = space.state_->names;
  auto at = std::find(names.begin(), names.end(), name);
  written_before_ = at != names.end();
  if (!written_before_) at = names.insert(names.end(), std::string(name));
  INVARIANT("TS-4", at - names.begin() < 256 && !space.table(name), "two tables of one name, or too many: " + name_);
  prefix_ = {'t', static_cast<char>(at - names.begin())};
  space.state_->parts.push_back(this);
}

TableBase::~TableBase() {
  if (!space_) return;
  std::erase(space_->state_->parts, this);
  std::erase(space_->state_->waiting, this);
}

Kv& TableBase::kv() const { return *space_->state_->kv; }
KvBatch& TableBase::batch() const { return *space_->state_->batch; }

void TableBase::fail(Fault fault) const {
  if (!space_->state_->fault) space_->state_->fault = std::move(fault);
}

void TableBase::wants_end_step() {
  if (waiting_) return;
  waiting_ = true;
  space_->state_->waiting.push_back(this);
}

std::unique_ptr<KvIterator> TableBase::borrow_iterator() const {
  auto& idle = space_->state_->iterators;
  if (idle.empty()) return kv().iterate();
  auto iterator = std::move(idle.back());
  idle.pop_back();
  return iterator;
}

void TableBase::give_back(std::unique_ptr<KvIterator> iterator) const {
  space_->state_->iterators.push_back(std::move(iterator));
}

TableSpace::TableSpace(std::unique_ptr<Kv> kv, std::shared_ptr<CacheBudget> budget) : state_(std::make_unique<State>()) {
  state_->kv = std::move(kv);
  state_->budget = std::move(budget);
  const auto it = state_->kv->iterate();
  for (it->seek("n"); it->valid() && it->key().size() == 2 && it->key()[0] == 'n'; it->next()) {
    if (it->key() != name_key(static_cast<std::uint8_t>(state_->names.size()))) {
      state_->fault = fatal("corrupt", "the state's list of tables has a gap. Remove its folder: it is folded again");
      break;
    }
    state_->names.emplace_back(it->value());
  }
}

TableSpace::~TableSpace() {
  state_->budget->note(-static_cast<std::int64_t>(state_->noted_clean), -static_cast<std::int64_t>(state_->noted_dirty));
  for (auto* part : state_->parts) part->space_ = nullptr;
}

void TablesNamed::see(std::string_view key, bool is_there) {
  if (key.size() < 2) return;
  const auto table = static_cast<std::uint8_t>(key[1]);
  if (key[0] == 't') used_.set(table);
  if (key[0] == 'n' && key.size() == 2 && is_there) named_.set(table);
}

Result<std::optional<CheckpointMeta>> TableSpace::restore() {
  auto meta = read_checkpoint(*state_->kv);
  if (fault()) return *fault();
  if (meta && !*meta &&
      std::any_of(state_->parts.begin(), state_->parts.end(), [](auto* part) { return part->written_before_; }))
    return fatal("corrupt", "the state has tables but no checkpoint. Remove its folder: it is folded again");
  return meta;
}

Result<std::optional<CheckpointMeta>> read_checkpoint(Kv& kv) {
  std::string value;
  const bool found = kv.get(kCheckpointKey, value);
  if (kv.fault()) return *kv.fault();
  if (!found) return std::optional<CheckpointMeta>();
  if (!is_of_this_layout(value))
    return fatal("other_layout", "the state was written by another version of Millrace. Start that version, or remove "
                                 "the state folder: it is folded again from the log, where the rules still give what stands there");
  CheckpointMeta meta;
  std::string_view bytes = std::string_view(value).substr(1);
  if (!decode(bytes, meta) || !bytes.empty())
    return fatal("corrupt", "the state's checkpoint row is damaged. Remove its folder: it is folded again");
  return std::optional(std::move(meta));
}

void TableSpace::end_step() {
  auto& state = *state_;
  if (!state.waiting.empty()) {
    std::erase_if(state.waiting, [](TableBase* part) { return !(part->waiting_ = part->end_step()); });
  }
  std::size_t clean = note_bytes();
  if (state.parts.empty()) return;
  for (auto turns = state.budget->pressure(clean); turns > 0 && state.budget->pressure(clean) > 0; --turns) {
    std::size_t budget = kEvictPerStep;
    for (std::size_t tried = 0; budget > 0 && tried <= state.parts.size(); ++tried) {
      const std::size_t looked = state.parts[state.evicting % state.parts.size()]->evict(budget);
      if (looked < budget) ++state.evicting;  // its round is over: the next part's turn
      budget -= std::min(looked, budget);
    }
    clean = note_bytes();
  }
}

// Tells the budget what has changed; gives the clean bytes.
std::size_t TableSpace::note_bytes() {
  auto& state = *state_;
  const std::size_t clean = clean_bytes(), dirty = dirty_bytes();
  if (clean != state.noted_clean || dirty != state.noted_dirty) {
    state.budget->note(static_cast<std::int64_t>(clean - state.noted_clean), static_cast<std::int64_t>(dirty - state.noted_dirty));
    state.noted_clean = clean;
    state.noted_dirty = dirty;
  }
  return clean;
}

const std::optional<Fault>& TableSpace::fault() const { return state_->fault ? state_->fault : state_->kv->fault(); }

bool TableSpace::cutting() const { return state_->batch != nullptr; }

void TableSpace::cut(const CheckpointMeta& meta) {
  auto& state = *state_;
  INVARIANT("TS-1", !cutting(), "a checkpoint was cut while another one is being written");
  end_step();
  state.batch = state.kv->batch();
  state.slicing = 0;
  auto& books = state.books;
  books.cut = books.current++;
  books.cut_bytes = std::exchange(books.dirty_bytes, 0);
  books.cut_rows = std::exchange(books.dirty_rows, 0);
  std::string value(1, kLayoutVersion);
  encode(value, meta);
  state.batch->put(kCheckpointKey, value);
  for (auto* part : state.parts) {
    if (!part->written_before_)
      state.batch->put(name_key(static_cast<std::uint8_t>(part->prefix_[1])), part->name_);
    part->cut(meta.now_ms);
  }
}

bool TableSpace::slice(std::size_t max_rows) {
  auto& state = *state_;
  while (state.slicing < state.parts.size()) {
    const std::size_t done = state.parts[state.slicing]->slice(max_rows);
    if (done >= max_rows) return true;
    max_rows -= done;
    ++state.slicing;
  }
  return false;
}

Result<void> TableSpace::write(bool sync) {
  INVARIANT("TS-1", cutting() && state_->slicing == state_->parts.size(), "a checkpoint was written before it was cut");
  return state_->kv->apply(*state_->batch, sync);
}

void TableSpace::finish() {
  auto& state = *state_;
  state.batch.reset();
  state.iterators.clear();
  auto& books = state.books;
  books.committed = std::exchange(books.cut, 0);
  books.copy_ahead = false;
  books.cut_bytes = books.cut_rows = 0;
  for (auto* part : state.parts) {
    part->written_before_ = true;
    part->committed();
  }
}

Result<void> TableSpace::commit(bool sync) {
  while (slice(1'000'000)) {
  }
  if (fault()) return *fault();
  if (auto written = write(sync); !written) return written.fault();
  finish();
  return {};
}

void TableSpace::abandon() {
  auto& state = *state_;
  if (!cutting()) return;
  state.batch.reset();
  state.books.cut_bytes = state.books.cut_rows = 0;
  for (auto* part : state.parts) part->abandoned();
  state.books.cut = 0;
}

const KvBatch& TableSpace::cut_batch() const {
  INVARIANT("TS-1", cutting() && state_->slicing == state_->parts.size(), "a checkpoint was looked at before it was cut");
  return *state_->batch;
}

void TableSpace::copy_may_be_ahead() { state_->books.copy_ahead = true; }

std::size_t TableSpace::dirty_rows() const { return state_->books.dirty_rows + state_->books.cut_rows; }
std::size_t TableSpace::dirty_bytes() const { return state_->books.dirty_bytes + state_->books.cut_bytes; }
std::size_t TableSpace::clean_bytes() const {
  const std::size_t dirty = dirty_bytes();
  return state_->books.bytes > dirty ? state_->books.bytes - dirty : 0;
}
Kv& TableSpace::kv() { return *state_->kv; }
std::vector<TableBase*> TableSpace::tables() { return state_->parts; }

TableBase* TableSpace::table(std::string_view name) {
  for (auto* part : state_->parts)
    if (part->name() == name) return part;
  return nullptr;
}

}  // namespace millrace::state
