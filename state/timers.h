// The timers of a task: an ordered set of (due_ms, kind, key), of which the earliest stand in memory.
//
//   timers.set({due_ms, "step", "acme/l-1", at, root});
//   while (timers.pop_due(now_ms, timer)) fold.fire(timer, step);
//
// In memory stand every timer before `horizon_`, read from the store in chunks, and every one set since the last
// checkpoint, wherever it is due. A million timers due next month cost nothing today.
//
// TI-1  pop_due() gives due timers in the order (due_ms, kind, key), each once.
// TI-2  Without a due timer, asking costs a comparison.
// TI-3  (due_ms, kind, key) is a timer's identity: set twice it stands once, with the positions of the later call.
// TI-4  A checkpoint stands for the moment it was cut.
// Needs: no zero byte in a kind.
// Tests: tests/unit/timers_test.cpp
#pragma once

#include <deque>
#include <limits>
#include <map>
#include <unordered_map>

#include "core/fold.h"
#include "state/slot_index.h"
#include "state/table_space.h"

namespace millrace::state {

class Timers final : public TimerPort, public TableBase {
 public:
  explicit Timers(TableSpace& space);

  void set(const Timer& timer) override;
  void cancel(TimeMs due_ms, std::string_view kind, std::string_view key) override;
  // Takes the first timer with due_ms <= now_ms out of the table; false when there is none.
  bool pop_due(TimeMs now_ms, Timer& timer) { return earliest_ <= now_ms && pop(now_ms, timer); }
  // Due time of the earliest timer, or INT64_MAX.
  TimeMs earliest() {
    if (earliest_ == kUnknown) look_ahead();
    return earliest_;
  }

  // How many are due at `now_ms` and stand, counted up to `most`.
  std::size_t due(TimeMs now_ms, std::size_t most);

  // Keys read "2026-01-31T09:30:00.000Z/kind/key".
  std::optional<std::string> print(std::string_view key) override;
  void list(std::string_view prefix, std::string_view after, std::size_t limit,
            const std::function<void(std::string_view key, std::string_view json)>& visit) override;

  // How many stand in memory (tests).
  std::size_t in_memory() const { return front_.size(); }

  struct Row {
    std::int64_t root_offset = -1, set_offset = -1;
    std::uint16_t root_partition = 0, set_partition = 0;
    std::uint8_t root_topic = 0, set_topic = 0;
    static constexpr auto fields() {
      return FieldList{field("root_offset", &Row::root_offset),       field("root_partition", &Row::root_partition),
                        field("root_topic", &Row::root_topic),         field("set_offset", &Row::set_offset),
                        field("set_partition", &Row::set_partition),   field("set_topic", &Row::set_topic)};
    }
  };

 private:
  // due_ms and the rest of the key in the store: kind, 00, key.
  struct Id {
    TimeMs due_ms = 0;
    std::string name;
    auto operator<=>(const Id&) const = default;
  };
  struct IdHash {
    std::size_t operator()(const Id& id) const {
      return hash_key(id.name) ^ static_cast<std::uint64_t>(id.due_ms) * 0x9e3779b97f4a7c15;
    }
  };
  struct Change {
    std::optional<Row> row;  // nullopt: taken away
    bool stored = true;      // the store may hold this timer, or will when the cut is committed
  };
  using Changes = std::unordered_map<Id, Change, IdHash>;
  static constexpr TimeMs kUnknown = std::numeric_limits<TimeMs>::min();

  void cut(TimeMs now_ms) override;
  std::size_t slice(std::size_t max_rows) override;
  void committed() override;
  void abandoned() override;
  bool end_step() override;

  bool pop(TimeMs now_ms, Timer& timer);
  void look_ahead();
  void load_chunk();
  void change(const Id& id, std::optional<Row> row, bool stored);
  bool before_horizon(const Id& id) const { return !horizon_ || id < *horizon_; }
  bool clean(const Id& id) const { return !changes_.contains(id) && !cut_.contains(id); }
  std::string store_key(const Id& id) const;
  std::optional<Id> id_of(std::string_view store_key) const;

  std::map<Id, Row> front_;
  std::optional<Id> horizon_;  // nullopt: all timers of the store stand in front_
  Changes changes_, cut_;      // since the last cut; in the checkpoint being written
  Changes::const_iterator cut_at_;
  std::vector<Changes> settled_;  // committed, to be taken apart a few a step
  TimeMs earliest_ = kUnknown;
};

}  // namespace millrace::state
