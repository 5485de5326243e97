// The memory of one task: its tables and timers over one key-value store, with one checkpoint for all of them.
//
// Takes   a Kv, opened at the position of its last checkpoint.
// Gives   tables (state/table.h), timers (state/timers.h), and checkpoints
//         that can be written in slices.
// Threads one task at a time; only write() may run on another thread beside the task.
//
//   TableSpace space(std::move(kv), 64 << 20);
//   auto fold = make_fold(space);                       // declares its tables
//   auto from = space.restore();                        // Fails: corrupt
//   for (...) { fold.step(...); space.end_step(); }
//   if (space.fault()) stop;                            // before anything of these steps becomes durable
//   space.cut(meta); while (space.slice(500)) ...; space.commit(false);
//
// TS-1  A checkpoint is one atomic batch: changed rows, tombstones and the meta row {P, cursor, digest, environment,
//       policy}; nothing else writes to the store.
// TS-2  Rows are evicted only between steps, and never while dirty.
// TS-3  A read that failed shows in fault(), for good; what was folded since then must not be committed, and no
//       checkpoint can be.
// TS-5  Where a copy of the store is kept elsewhere and may stand at a later checkpoint than the store (a changelog), a row
//       made and taken away again since the store's checkpoint is deleted nevertheless: the copy may hold it.
//
// Key layout in the store, version 4, which is the first byte of the meta row's value:
//   m                       the meta row
//   n<id>                   name of the table with this id; ids are given in the order in which names first appear
//   t<id><row key>          a row of a table (state/table.h),
//                           or a timer: due_ms as 8 big-endian bytes with the sign bit flipped, kind, 00, key
//   l<id>                   what a part notes about itself at each checkpoint (timers: a key that none lies before)
// <id> is one byte. A row's value starts with Row::version.
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"
#include "core/result.h"
#include "state/cache_budget.h"
#include "state/kv.h"

namespace millrace::state {

class TableSpace;

// Generations number the stretches between two cuts. What was changed last in generation g is dirty while
// g > committed; while a checkpoint is being written, cut == current - 1, else 0.
struct Books {
  std::uint32_t current = 1, cut = 0, committed = 0;
  std::size_t bytes = 0;                         // of all rows in memory
  std::size_t dirty_bytes = 0, dirty_rows = 0;   // changed in the current generation
  std::size_t cut_bytes = 0, cut_rows = 0;       // of the checkpoint being written
  bool copy_ahead = false;                       // TS-5
};

// A part of a space that takes part in its checkpoints: a table, the timers.
class TableBase {
 public:
  TableBase(const TableBase&) = delete;
  TableBase& operator=(const TableBase&) = delete;
  virtual ~TableBase();

  std::string_view name() const { return name_; }
  // For `state get|ls`: the row as JSON, nullopt when absent; keys with prefix and after `after`, at most `limit`.
  virtual std::optional<std::string> print(std::string_view key) = 0;
  virtual void list(std::string_view prefix, std::string_view after, std::size_t limit,
                    const std::function<void(std::string_view key, std::string_view json)>& visit) = 0;

 protected:
  TableBase(TableSpace& space, std::string_view name);

  // --- the checkpoint, as TableSpace drives it
  // What is dirty now belongs to the checkpoint.
  virtual void cut(TimeMs now_ms) = 0;
  // Encodes up to `max_rows` of it and gives how many; fewer than max_rows: all is encoded.
  virtual std::size_t slice(std::size_t max_rows) = 0;
  virtual void committed() = 0;
  virtual void abandoned() = 0;
  // After each step in which the part called wants_end_step(); true to be called after the next one too.
  virtual bool end_step() { return false; }
  // Looks at up to `budget` rows and evicts those that are clean and not used since the last look; gives how many it
  // looked at, fewer than `budget` when its round is over.
  virtual std::size_t evict(std::size_t) { return 0; }

  void wants_end_step();
  TableSpace& space() const { return *space_; }
  Kv& kv() const;
  KvBatch& batch() const;  // of the checkpoint being written
  Books& books() const { return *books_; }
  bool written_before() const { return written_before_; }  // the store may hold rows of this part
  // An iterator over the store as of the last checkpoint, kept for the next who asks. Give it back within the step.
  std::unique_ptr<KvIterator> borrow_iterator() const;
  void give_back(std::unique_ptr<KvIterator> iterator) const;
  void fail(Fault fault) const;
  const std::string& prefix() const { return prefix_; }  // of its rows in the store
  std::string note_key() const { return "l" + prefix_.substr(1); }

 private:
  friend class TableSpace;
  TableSpace* space_;
  Books* books_;
  std::string name_, prefix_;
  bool written_before_ = false, waiting_ = false;
};

// What a checkpoint stands for.
struct CheckpointMeta {
  std::int64_t position = 0;    // next offset of the inbox to fold
  std::uint64_t cursor = 0;     // next ordinal, when the record at `position` was folded in part; else 0
  TimeMs now_ms = 0;            // of the partition
  std::uint64_t digest = 0;     // cumulative over outputs
  std::uint64_t folded = 0, duplicates = 0, ignored = 0, dead_letters = 0, forwarded = 0;  // law 7, up to position
  std::string environment;      // hash
  std::uint32_t fold_version = 1;
  static constexpr auto fields() {
    return FieldList{field("cursor", &CheckpointMeta::cursor),
                      field("dead_letters", &CheckpointMeta::dead_letters),
                      field("digest", &CheckpointMeta::digest),
                      field("duplicates", &CheckpointMeta::duplicates),
                      field("environment", &CheckpointMeta::environment),
                      field("fold_version", &CheckpointMeta::fold_version),
                      field("folded", &CheckpointMeta::folded),
                      field("forwarded", &CheckpointMeta::forwarded),
                      field("ignored", &CheckpointMeta::ignored),
                      field("now_ms", &CheckpointMeta::now_ms),
                      field("position", &CheckpointMeta::position)};
  }
};

inline constexpr std::string_view kCheckpointKey = "m";  // of the meta row

// Whether rows that lie elsewhere began with a store's first checkpoint: that one names the tables, and no later one does.
class TablesNamed {
 public:
  void see(std::string_view key, bool is_there);
  bool all() const { return named_.any() && (used_ & ~named_).none(); }

 private:
  std::bitset<256> named_, used_;
};

// Of the value of a meta row: whether this version can read the rows that it stands for. Raised with the layout of any stage's rows
// (topology/fold_version.h).
inline constexpr char kLayoutVersion = 4;  // its first byte
inline bool is_of_this_layout(std::string_view checkpoint) { return !checkpoint.empty() && checkpoint[0] == kLayoutVersion; }

// The last checkpoint of a store, without opening its tables. Fails: corrupt, other_layout, and as the store.
Result<std::optional<CheckpointMeta>> read_checkpoint(Kv& kv);

class TableSpace {
 public:
  // The budget bounds the rows that are kept in memory; `cache_bytes`: one of its own.
  TableSpace(std::unique_ptr<Kv> kv, std::shared_ptr<CacheBudget> budget);
  TableSpace(std::unique_ptr<Kv> kv, std::size_t cache_bytes)
      : TableSpace(std::move(kv), std::make_shared<CacheBudget>(cache_bytes)) {}
  ~TableSpace();

  // The last checkpoint; nullopt for an empty store. Fails: corrupt (says what to do), other_layout.
  Result<std::optional<CheckpointMeta>> restore();

  // Between steps: evicts clean rows down to the bound, a few at a time.
  void end_step();
  // The first read that failed (TS-3).
  const std::optional<Fault>& fault() const;

  // A checkpoint in slices: cut() marks what is dirty now; slice() encodes some of it (true: more is left); commit()
  // applies all of it with `meta` as one batch. When commit() fails nothing was written: call it again, or abandon()
  // the cut, after which its rows are dirty as if it had never been.
  void cut(const CheckpointMeta& meta);
  bool slice(std::size_t max_rows);
  Result<void> commit(bool sync);
  void abandon();
  bool cutting() const;
  // The two halves of commit(), for who wants the store's work off the task's thread: write() may run on another
  // thread while the task goes on with steps (Needs: slice() gave false and there was no fault() then); finish() on
  // the task's, after write() was good.
  Result<void> write(bool sync);
  void finish();
  // What the checkpoint being written holds. Needs: slice() gave false.
  const KvBatch& cut_batch() const;
  // From now until the next checkpoint is whole a copy may be ahead (TS-5).
  void copy_may_be_ahead();

  std::size_t dirty_rows() const;
  std::size_t dirty_bytes() const;  // estimate, for the 64 MB rule
  std::size_t clean_bytes() const;  // estimate, what can be given up
  Kv& kv();
  std::vector<TableBase*> tables();  // in order of declaration
  TableBase* table(std::string_view name);

 private:
  std::size_t note_bytes();
  friend class TableBase;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::state
