#include "engine/open_letters.h"

#include <algorithm>

namespace millrace::engine {

namespace {

bool is_dead_letters(const Topology& topology, TopicId topic) {
  return std::any_of(topology.stages.begin(), topology.stages.end(), [&](const StageSpec& s) { return s.dead_letters == topic; });
}

}  // namespace

// Takes in a partition up to its end, or as far as the budget goes. True: all of it.
Result<bool> OpenLetters::read_on(TopicPartition tp, Offset from, std::size_t& budget) {
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

Result<bool> OpenLetters::read() {
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

void OpenLetters::each(const std::function<void(Position, Position, TimeMs)>& visit) const {
  for (const auto& [inbox, originals] : open_)
    for (const auto& [original, letters] : originals)
      for (const auto& [letter, written] : letters) visit({inbox.topic, inbox.partition, original}, letter, written);
}

}  // namespace millrace::engine
