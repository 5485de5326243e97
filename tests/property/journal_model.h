// Random frames, and what a log that took a number of them must hold.
//
// Each frame moves the task of control/0 to its own number, so a recovered log tells how many frames it has.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "log/log.h"

namespace millrace::log {

class JournalModel {
 public:
  explicit JournalModel(std::uint64_t seed, std::size_t largest_frame = 700)
      : random_(seed), largest_frame_(largest_frame) {}

  static TopicTable topics() { return TopicTable({{"control", 1}, {"events", 3}, {"leads", 3}}); }
  static constexpr TopicPartition counter{TopicId{0}, Partition{0}};

  // Makes frame number frames() + 1 and remembers it. The views live as long as the model.
  const Frame& make_frame() {
    Kept& kept = kept_.emplace_back();
    const std::size_t count = below(8) == 0 ? 0 : below(8) == 0 ? below(largest_frame_) : below(12);
    kept.bytes.reserve(count * 2);
    for (std::size_t i = 0; i < count; ++i) {
      NewRecord r;
      const std::uint8_t topic = static_cast<std::uint8_t>(1 + below(2));
      r.to = {TopicId{topic}, Partition{static_cast<std::uint16_t>(below(3))}};
      r.timestamp = static_cast<TimeMs>(kept_.size() * 10 + below(30));
      r.key = kept.bytes.emplace_back(below(9), static_cast<char>(below(256)));
      r.value = kept.bytes.emplace_back(below(20) == 0 ? below(3000) : below(60), static_cast<char>(below(256)));
      if (below(2)) r.headers.cause = {TopicId{1}, Partition{1}, Offset{static_cast<std::int64_t>(below(100000))}};
      if (below(4) == 0) r.headers.hop = static_cast<std::uint8_t>(below(17));
      kept.frame.records.push_back(r);
    }
    TaskPosition position;
    position.inbox = counter;
    position.next = static_cast<std::int64_t>(kept_.size());
    position.digest = random_();
    kept.frame.positions.push_back(position);
    kept.frame.environment = "env-" + std::to_string(below(3));
    return kept.frame;
  }
  std::size_t frames() const { return kept_.size(); }
  void forget_after(std::size_t count) { kept_.resize(count); }
  const Frame& frame(std::size_t i) const { return kept_[i].frame; }

  // How many frames a log says that it has.
  static std::size_t frames_in(const Log& log) {
    const auto position = log.committed(counter);
    return position ? static_cast<std::size_t>(position->next) : 0;
  }

  // What went wrong when `log` does not hold exactly the first `count` frames; empty when it does. A fault code of the
  // log ("corrupt") stands first in the text. Records before start() are not asked for.
  std::string difference(const Log& log, std::size_t count) const {
    std::map<TopicPartition, std::vector<const NewRecord*>> expected;
    for (std::size_t i = 0; i < count; ++i)
      for (const NewRecord& r : kept_[i].frame.records) expected[r.to].push_back(&r);
    const auto position = log.committed(counter);
    if (count == 0 ? position.has_value() : position != kept_[count - 1].frame.positions[0]) return "another position";
    if (log.environment() != (count == 0 ? "" : kept_[count - 1].frame.environment)) return "another environment";
    for (std::uint8_t t = 1; t <= 2; ++t)
      for (std::uint16_t p = 0; p < 3; ++p) {
        const TopicPartition tp{TopicId{t}, Partition{p}};
        const auto& records = expected[tp];
        if (log.end(tp).value != static_cast<std::int64_t>(records.size())) return "another end";
        Batch batch;
        for (Offset at = log.start(tp); at < log.end(tp); at = batch.next) {
          if (const auto fetched = log.fetch(tp, at, 100, 100'000, batch); !fetched)
            return fetched.fault().code + ": " + fetched.fault().message;
          if (batch.records.empty()) return "an empty fetch before the end";
          for (std::size_t i = 0; i < batch.records.size(); ++i) {
            const Record& r = batch.records[i];
            const NewRecord& e = *records[static_cast<std::size_t>(at.value) + i];
            if (r.at != Position{tp.topic, tp.partition, at + static_cast<std::int64_t>(i)} || r.key != e.key ||
                r.value != e.value || r.timestamp != e.timestamp || r.headers.cause != e.headers.cause ||
                r.headers.hop != e.headers.hop)
              return "another record";
          }
        }
      }
    return "";
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  struct Kept {
    Frame frame;
    std::vector<std::string> bytes;
  };
  std::mt19937_64 random_;
  const std::size_t largest_frame_;
  std::deque<Kept> kept_;
};

}  // namespace millrace::log
