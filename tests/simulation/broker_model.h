// The partitions of a broker in memory, as its readers and transactional writers see them: records take offsets when they are
// written, markers take offsets too, and who reads what is committed stops at the first transaction that is open.
//
//   const auto txn = broker.begin();
//   Offset at = broker.write(record, txn);          // 0: outside of any
//   broker.end(txn, true, positions, environment);  // a marker on each partition that it wrote; or false: nothing took effect
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "log/faults.h"
#include "log/log.h"

namespace millrace::test {

class BrokerModel : public log::Reader {
 public:
  using Txn = std::uint64_t;

  explicit BrokerModel(TopicTable topics) : topics_(std::move(topics)) {}

  Txn begin() {
    open_.insert(++last_);
    return last_;
  }
  Offset write(const NewRecord& r, Txn txn = 0) {
    auto& column = columns_[r.to];
    column.push_back({r.timestamp, std::string(r.key), r.value.data() ? std::optional(std::string(r.value)) : std::nullopt, r.headers, txn, false});
    if (txn) wrote_[txn].insert(r.to);
    return Offset{static_cast<std::int64_t>(column.size()) - 1};
  }
  void end(Txn txn, bool commit, std::span<const log::TaskPosition> positions = {}, const std::string& environment = {}) {
    if (!open_.erase(txn)) return;
    if (!commit) aborted_.insert(txn);
    for (const TopicPartition tp : wrote_[txn]) columns_[tp].push_back({0, {}, {}, {}, txn, true});
    wrote_.erase(txn);
    if (!commit) return;
    for (const log::TaskPosition& p : positions) committed_[p.inbox] = p;
    if (!positions.empty()) environment_ = environment;
  }
  bool is_open(Txn txn) const { return open_.contains(txn); }

  std::optional<log::TaskPosition> committed(TopicPartition inbox) const {
    const auto found = committed_.find(inbox);
    return found == committed_.end() ? std::nullopt : std::optional(found->second);
  }
  // As when no member came for longer than it keeps positions.
  void forget_positions() { committed_.clear(); }
  // As when somebody deletes its topic and makes it anew.
  void empty(TopicPartition tp) { columns_.erase(tp); }
  const std::string& environment() const { return environment_; }
  // Committed records at or behind an offset.
  std::uint64_t records_from(TopicPartition tp, std::int64_t from) const {
    std::uint64_t sum = 0;
    for (std::int64_t i = from; i < end(tp).value; ++i) sum += counts(column(tp)[static_cast<std::size_t>(i)]);
    return sum;
  }

  // --- as a reader of what is committed
  const TopicTable& topics() const override { return topics_; }
  Offset start(TopicPartition tp) const override {
    const auto found = starts_.find(tp);
    return found == starts_.end() ? Offset{0} : found->second;
  }
  // As a compacted topic: of what lies below `before`, records that a later one there replaces are gone.
  void compact(TopicPartition tp, Offset before) {
    auto& column = columns_[tp];
    std::set<std::string> later;
    for (std::int64_t i = before.value; i-- > 0;) {
      Entry& entry = column[static_cast<std::size_t>(i)];
      if (!entry.marker && !later.insert(entry.key).second) entry.marker = true;
    }
  }
  void trim(TopicPartition tp, Offset before) { starts_[tp] = std::max(start(tp), before); }
  Offset end(TopicPartition tp) const override {  // the last stable offset
    const auto& all = column(tp);
    const auto open = std::find_if(all.begin(), all.end(), [this](const Entry& e) { return open_.contains(e.txn); });
    return Offset{open - all.begin()};
  }
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t, log::Batch& batch) const override {
    batch.records.clear();
    if (from < start(tp)) return log::out_of_range(topics_, tp, from, start(tp), end(tp));
    auto texts = std::make_shared<std::vector<Entry>>();  // a column grows while its records are looked at
    batch.next = from;
    const auto stable = static_cast<std::size_t>(end(tp).value);
    std::vector<std::int64_t> at;
    for (auto i = static_cast<std::size_t>(from.value); i < stable && texts->size() < max_records; ++i) {
      batch.next = Offset{static_cast<std::int64_t>(i) + 1};
      if (!counts(column(tp)[i])) continue;
      texts->push_back(column(tp)[i]);
      at.push_back(static_cast<std::int64_t>(i));
    }
    for (std::size_t i = 0; i < at.size(); ++i) {
      const Entry& e = (*texts)[i];
      batch.records.push_back({{tp.topic, tp.partition, Offset{at[i]}}, e.timestamp, e.key, e.value ? std::string_view(*e.value) : std::string_view(), e.headers});
    }
    batch.lease = std::move(texts);
    return {};
  }
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override {
    Offset at = start(tp);
    const auto late = [&] {
      const Entry& e = column(tp)[static_cast<std::size_t>(at.value)];
      return counts(e) && e.timestamp >= time;
    };
    while (at < end(tp) && !late()) at = at + 1;
    return at;
  }

 private:
  struct Entry {
    TimeMs timestamp;
    std::string key;
    std::optional<std::string> value;
    Headers headers;
    Txn txn;
    bool marker;
  };
  bool counts(const Entry& e) const { return !e.marker && !open_.contains(e.txn) && !aborted_.contains(e.txn); }
  const std::vector<Entry>& column(TopicPartition tp) const {
    static const std::vector<Entry> none;
    const auto found = columns_.find(tp);
    return found == columns_.end() ? none : found->second;
  }

  const TopicTable topics_;
  std::map<TopicPartition, std::vector<Entry>> columns_;
  std::map<Txn, std::set<TopicPartition>> wrote_;
  std::set<Txn> open_, aborted_;
  Txn last_ = 0;
  std::map<TopicPartition, log::TaskPosition> committed_;
  std::map<TopicPartition, Offset> starts_;  // where it was trimmed
  std::string environment_;
};

}  // namespace millrace::test
