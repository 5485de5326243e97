// The memory of one task: its tables and timers over one key-value store, with one checkpoint for all of them.
//
// Takes   a Kv, opened at the position of its last checkpoint.
// Gives   tables (state/table.h), timers (state/timers.h), and checkpoints that can be written in slices.
// Threads one task at a time; nothing here is shared.
//
// TS-1  A checkpoint is one atomic batch: changed rows, tombstones and the meta row {P, cursor, digest, environment,
//       policy}; nothing else writes to the store.
// TS-2  Rows are evicted only between steps, and never while dirty.
//
// Key layout in the store (version 1): "m" the meta row; "t" + table id byte + 0x00… row key for tables, the id being
// the order in which a stage declares them, its name kept in "n" + id byte; timers are a table.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"
#include "core/result.h"
#include "state/kv.h"

namespace millrace::state {

class TableSpace;

// The untyped half of Table<Row>.
class TableBase {
 public:
  struct Slot {
    virtual ~Slot() = default;
    std::string key;
    bool dirty = false;      // differs from the store
    bool erased = false;     // a tombstone, pinned like any dirty row
    bool touched = false;    // used since the clock hand passed
    std::uint32_t cut = 0;   // checkpoint generation that still has to write this slot's value
  };

  TableBase(const TableBase&) = delete;
  TableBase& operator=(const TableBase&) = delete;
  virtual ~TableBase();

  std::string_view name() const { return name_; }
  // For `state get|ls`: the row as JSON, nullopt when absent; keys with prefix, at most `limit`.
  std::optional<std::string> print(std::string_view key);
  void list(std::string_view prefix, std::string_view after, std::size_t limit,
            const std::function<void(std::string_view key, std::string_view json)>& visit);

 protected:
  TableBase(TableSpace& space, std::string_view name);
  Slot* find_slot(std::string_view key);
  Slot& edit_slot(std::string_view key);
  bool erase_slot(std::string_view key);
  void scan_slots(std::string_view prefix, std::string_view after,
                  const std::function<bool(std::string_view key, const Slot& slot)>& visit);

  virtual std::unique_ptr<Slot> make_slot() const = 0;
  virtual void encode_slot(const Slot& slot, std::string& out) const = 0;
  virtual bool decode_slot(Slot& slot, std::string_view bytes) const = 0;
  virtual std::string print_slot(const Slot& slot) const = 0;

 private:
  friend class TableSpace;
  // state/table_space.cpp owns what is behind this.
  struct Cache;
  std::unique_ptr<Cache> cache_;
  TableSpace& space_;
  std::string name_;
  std::uint8_t id_;
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
    return std::tuple{field("cursor", &CheckpointMeta::cursor),
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

class TableSpace {
 public:
  // `cache_bytes` bounds the clean rows kept decoded.
  TableSpace(std::unique_ptr<Kv> kv, std::size_t cache_bytes);
  ~TableSpace();

  // The last checkpoint; nullopt for an empty store. Fails: corrupt (says which store and what to do).
  Result<std::optional<CheckpointMeta>> restore();

  // Between steps: evicts clean rows down to the bound.
  void end_step();

  // A checkpoint in slices: cut() marks what is dirty now; slice() encodes some of it (true: more is left); commit()
  // applies all of it with `meta` as one batch. abandon() forgets a cut that will not be committed.
  void cut(const CheckpointMeta& meta);
  bool slice(std::size_t max_rows);
  Result<void> commit(bool sync);
  bool cutting() const;

  std::size_t dirty_rows() const;
  std::size_t dirty_bytes() const;  // estimate, for the 64 MB rule
  Kv& kv();
  std::vector<TableBase*> tables();  // in order of declaration
  TableBase* table(std::string_view name);

 private:
  friend class TableBase;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace millrace::state
