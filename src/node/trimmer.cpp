#include "node/trimmer.h"

#include <algorithm>
#include <chrono>

#include "engine/droppable.h"

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
  const auto floors = engine::droppable(*reader_, services_.topology, checkpoints, services_.now_ms() - keep_, *letters_);
  if (!floors) return floors.fault();
  for (auto at = floors->begin(); at != floors->end();) {
    auto first = at;
    std::vector<kafka::KafkaAdmin::Floor> some;
    for (; at != floors->end() && some.size() < kPartsATime; ++at)
      some.push_back({{services_.topology.topics[at->first.topic].name, at->first.partition.value}, at->second});
    if (auto dropped = services_.admin.delete_records(some); !dropped) return dropped;
    for (; first != at; ++first) services_.trimmed += static_cast<std::uint64_t>(first->second.value - reader_->start(first->first).value);
  }
  return {};
}

}  // namespace millrace::node
