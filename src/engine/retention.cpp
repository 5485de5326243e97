#include "engine/retention.h"

#include <algorithm>

namespace millrace::engine {

namespace {

constexpr std::size_t kBudget = 50'000;  // records read in one run

bool is_dead_letters(const Topology& topology, TopicId topic) {
  return std::any_of(topology.stages.begin(), topology.stages.end(), [&](const StageSpec& s) { return s.dead_letters == topic; });
}

}  // namespace

bool Retention::anything_older(TimeMs than) {
  for (std::size_t t = 0; t < log_.topics().size(); ++t)
    for (std::uint16_t p = 0; p < log_.topics().partitions(TopicId{static_cast<std::uint8_t>(t)}); ++p) {
      const TopicPartition tp{TopicId{static_cast<std::uint8_t>(t)}, Partition{p}};
      const Offset start = log_.start(tp);
      if (start < log_.end(tp) && log_.fetch(tp, start, 1, 1, batch_) && !batch_.records.empty() &&
          batch_.records.front().timestamp < than)
        return true;
    }
  return false;
}

// Takes in a partition up to its end, or as far as the budget goes. True: all of it.
Result<bool> Retention::read_on(TopicPartition tp, Offset from, std::size_t& budget) {
  Offset& next = read_.try_emplace(tp, from).first->second;
  next = std::max(next, log_.start(tp));
  const bool letters = is_dead_letters(topology_, tp.topic);
  while (next < log_.end(tp)) {
    if (budget == 0) return false;
    if (auto got = log_.fetch(tp, next, std::min<std::size_t>(budget, 1000), 4 << 20, batch_); !got) return got.fault();
    for (const Record& record : batch_.records) {
      const Position cause = record.headers.cause;
      if (!cause.known()) continue;
      if (letters) {
        open_[{cause.topic, cause.partition}][cause.offset].emplace(record.at, record.timestamp);
      } else if (is_dead_letters(topology_, cause.topic)) {  // a letter that was tried again
        auto& originals = open_[tp];
        for (auto it = originals.begin(); it != originals.end();) {
          it->second.erase(cause);
          it = it->second.empty() ? originals.erase(it) : std::next(it);
        }
      }
    }
    budget -= std::min(budget, batch_.records.size());
    next = batch_.next;
  }
  return true;
}

Result<bool> Retention::read_letters() {
  std::size_t budget = kBudget;
  for (const StageSpec& stage : topology_.stages)
    for (std::uint16_t p = 0; p < log_.topics().partitions(stage.dead_letters); ++p) {
      const auto all = read_on({stage.dead_letters, Partition{p}}, Offset{0}, budget);
      if (!all || !*all) return all;
    }
  for (auto& [inbox, originals] : open_) {
    if (originals.empty()) continue;
    const auto all = read_on(inbox, originals.begin()->first, budget);
    if (!all || !*all) return all;
  }
  return true;
}

Result<void> Retention::run(TimeMs now, const Floors& also) {
  if (!keep_ || !anything_older(now - *keep_)) return {};
  const auto all = read_letters();
  if (!all) return all.fault();
  if (!*all) return {};
  Floors floors = also;
  const auto lower = [&](TopicPartition tp, Offset to) {
    const auto [at, made] = floors.try_emplace(tp, to);
    if (!made) at->second = std::min(at->second, to);
  };
  for (const auto& task : tasks_) {
    if (auto synced = task->space().kv().sync(); !synced) return synced;
    lower(task->inbox(), Offset{task->checkpointed_position()});
  }
  holding_ = 0;
  for (const auto& [inbox, originals] : open_)
    for (const auto& [original, letters] : originals) {
      lower(inbox, original);
      for (const auto& [letter, written] : letters) {
        lower({letter.topic, letter.partition}, letter.offset);
        if (written < now - *keep_) ++holding_;
      }
    }
  return log_.drop_before(
      [&](TopicPartition tp) {
        const auto floor = floors.find(tp);
        return floor == floors.end() ? log_.end(tp) : floor->second;
      },
      now - *keep_);
}

}  // namespace millrace::engine
