// A toy topology for simulations: `count` reads inbox `in`, keeps a count per key, emits every third of a key to `sums` and
// sets a timer; `sum` reads `sums`, adds up, and sends a note back to `in` now and then (a cycle, as feedback is). A record
// "stray" of another partition's key is forwarded to that one, and "far" makes a sum under another key.
#pragma once

#include <memory>
#include <string>

#include "engine/topology.h"
#include "log/log.h"
#include "state/table.h"

namespace millrace::test {

inline constexpr TopicId kIn{0}, kSums{1}, kOut{2}, kDead{3}, kControl{4}, kHistory{5};

struct CountRow {
  std::int64_t n = 0;
  static constexpr auto fields() { return FieldList{field("n", &CountRow::n)}; }
};
struct Note {
  static constexpr std::string_view type = "note";
  std::int64_t n = 0;
  static constexpr auto fields() { return FieldList{field("n", &Note::n)}; }
};

struct Essay {
  static constexpr std::string_view type = "essay";
  std::string text;
  static constexpr auto fields() { return FieldList{field("text", &Essay::text)}; }
};

// Bodies of the toy are plain texts, so the id of a record is its place's.
class ToyFold : public Fold {
 public:
  std::string id_of(const Record& record) const override { return "r" + std::to_string(record.at.offset.value); }
  About about(std::string_view, const Headers&) const override { return {}; }
  std::string_view policy_sha256() const override { return "toy"; }

 protected:
  void begin(const Record& record, Step& step) { step.begin_input(id_of(record), "toy", record.timestamp); }
};

class CountFold final : public ToyFold {
 public:
  explicit CountFold(state::TableSpace& tables) : counts_(tables, "count") {}
  Verdict step(const Record& record, Step& step) override {
    begin(record, step);
    if (record.value == "poison") return Verdict::dead("bad_json");
    if (record.value.starts_with("tick")) {
      step.counts_as_tick = true;
      return Verdict::handled();
    }
    const std::string key(record.key);
    if (record.value == "essays") {  // the first fits, the second does not
      step.emit({.topic = kOut, .key = key}, Essay{std::string(kOutputMax / 2, 'e')});
      step.emit({.topic = kOut, .key = key}, Essay{std::string(kOutputMax, 'e')});
      step.emit({.topic = kOut, .key = key}, Note{7});
      return Verdict::handled();
    }
    if (record.value == "stray" && partition_of(key, step.partitions) != step.partition.value) return Verdict::misplaced(key);
    if (record.value == "far") step.emit({.topic = kSums, .key = key + "'"}, Note{0});
    const std::int64_t n = ++counts_.edit(key).n;
    if (n % 3 == 0) step.emit({.topic = kSums, .key = key}, Note{n});
    if (n % 5 == 0) step.set_timer(step.now_ms + 50, "later", key);
    return Verdict::handled();
  }
  void fire(const Timer& timer, Step& step) override {
    step.emit({.topic = kOut, .key = timer.key}, Note{counts_.find(timer.key)->n});
  }

 private:
  state::Table<CountRow> counts_;
};

class SumFold final : public ToyFold {
 public:
  explicit SumFold(state::TableSpace& tables) : sums_(tables, "sum") {}
  Verdict step(const Record& record, Step& step) override {
    begin(record, step);
    const std::int64_t n = ++sums_.edit(std::string(record.key)).n;
    step.emit({.topic = kOut, .key = record.key}, Note{n});
    if (n % 4 == 0) step.emit({.topic = kIn, .key = record.key}, Note{-n});
    return Verdict::handled();
  }
  void fire(const Timer&, Step&) override {}

 private:
  state::Table<CountRow> sums_;
};

inline engine::Topology toy(std::uint16_t partitions) {
  engine::Topology t;
  t.topics = TopicTable({{"in", partitions}, {"sums", partitions}, {"out", partitions}, {"dead", partitions}, {"control", 1}, {"history", 1}});
  t.control = kControl;
  t.front_door = kIn;
  t.history = kHistory;
  t.stages.push_back({"count", kIn, kDead, {kSums, kOut}, [](state::TableSpace& s, Partition) { return std::make_unique<CountFold>(s); }, false});
  t.stages.push_back({"sum", kSums, kDead, {kOut, kIn}, [](state::TableSpace& s, Partition) { return std::make_unique<SumFold>(s); }});
  return t;
}

}  // namespace millrace::test
