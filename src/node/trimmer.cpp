#include "node/trimmer.h"

#include <algorithm>
#include <chrono>

namespace millrace::node {

namespace kafka = log::kafka;

namespace {

constexpr DurationMs kTrimAtLeast = 1'000, kTrimAtMost = 60'000;  // between two looks
constexpr std::size_t kPartsATime = 500;                     // of one DeleteRecords

}  // namespace

Trimmer::Trimmer(Services services, DurationMs keep)
    : services_(std::move(services)), keep_(keep),
      trims_({.period = std::chrono::milliseconds(std::clamp(keep / 10, kTrimAtLeast, kTrimAtMost))}, [this] { return trim(); }, services_.tell) {}

Result<void> Trimmer::trim() {
  const Floors checkpoints = services_.floors();
  if (checkpoints.empty()) return {};
  if (!reader_) {
    auto reader = kafka::KafkaReader::open(services_.settings, services_.topology.topics);
    if (!reader) return reader.fault();
    reader_ = *std::move(reader);
    letters_ = std::make_unique<engine::OpenLetters>(*reader_, services_.topology);
  } else if (auto seen = reader_->refresh(); !seen) {
    return seen.fault();
  }
  const auto floors = droppable(checkpoints);
  if (!floors) return floors.fault();
  for (std::size_t i = 0; i < floors->size(); i += kPartsATime) {
    const auto first = floors->begin() + static_cast<std::ptrdiff_t>(i);
    const std::vector<kafka::KafkaAdmin::Floor> some(first, first + static_cast<std::ptrdiff_t>(std::min(kPartsATime, floors->size() - i)));
    if (auto dropped = services_.admin.delete_records(some); !dropped) return dropped;
    for (const auto& [part, before] : some) {
      const TopicPartition tp{*services_.topology.topics.find(part.topic), Partition{static_cast<std::uint16_t>(part.partition)}};
      services_.trimmed += static_cast<std::uint64_t>(before.value - reader_->start(tp).value);
    }
  }
  return {};
}

// The partitions of which something goes, each with what must stay.
Result<std::vector<kafka::KafkaAdmin::Floor>> Trimmer::droppable(const Floors& checkpoints) {
  const TopicTable& topics = services_.topology.topics;
  const auto is_inbox = [&](TopicId topic) {
    return std::any_of(services_.topology.stages.begin(), services_.topology.stages.end(), [&](const auto& s) { return s.inbox == topic; });
  };
  const bool others = checkpoints.contains({services_.topology.control, Partition{0}});
  const TimeMs older_than = services_.now_ms() - keep_;
  Floors floors;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    const TopicId topic{static_cast<std::uint8_t>(t)};
    for (std::uint16_t p = 0; p < topics.partitions(topic); ++p) {
      const TopicPartition tp{topic, Partition{p}};
      const auto checkpoint = checkpoints.find(tp);
      if (is_inbox(tp.topic) ? checkpoint == checkpoints.end() : !others) continue;
      if (reader_->start(tp) >= reader_->end(tp)) continue;
      const auto young = reader_->offset_at(tp, older_than);
      reader_->release(tp);
      if (!young && young.fault().code == "out_of_range") continue;  // another instance trims it, by an older floor
      if (!young) return young.fault();
      const Offset floor = checkpoint == checkpoints.end() ? *young : std::min(*young, checkpoint->second);
      if (floor > reader_->start(tp)) floors[tp] = floor;
    }
  }
  if (floors.empty()) return std::vector<kafka::KafkaAdmin::Floor>();
  const auto all = letters_->read();
  if (!all && all.fault().code != "out_of_range") return all.fault();
  if (!all || !*all) return std::vector<kafka::KafkaAdmin::Floor>();  // the next time goes on
  const auto keep = [&](Position at) {
    if (const auto floor = floors.find({at.topic, at.partition}); floor != floors.end()) floor->second = std::min(floor->second, at.offset);
  };
  letters_->each([&](Position original, Position letter, TimeMs) {
    keep(original);
    keep(letter);
  });
  std::vector<kafka::KafkaAdmin::Floor> out;
  for (const auto& [tp, floor] : floors)
    if (floor > reader_->start(tp)) out.push_back({{topics[tp.topic].name, tp.partition.value}, floor});
  return out;
}

}  // namespace millrace::node
