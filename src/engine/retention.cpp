#include "engine/retention.h"

#include <algorithm>

namespace millrace::engine {

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

Result<void> Retention::run(TimeMs now, const Floors& also) {
  if (!keep_ || !anything_older(now - *keep_)) return {};
  const auto all = letters_.read();
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
  std::size_t holding = 0;
  letters_.each([&](Position original, Position letter, TimeMs written) {
    lower({original.topic, original.partition}, original.offset);
    lower({letter.topic, letter.partition}, letter.offset);
    if (written < now - *keep_) ++holding;
  });
  holding_ = holding;
  return log_.drop_before(
      [&](TopicPartition tp) {
        const auto floor = floors.find(tp);
        return floor == floors.end() ? log_.end(tp) : floor->second;
      },
      now - *keep_);
}

}  // namespace millrace::engine
