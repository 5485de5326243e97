#include "engine/droppable.h"

#include <algorithm>

namespace millrace::engine {

namespace {

bool is_inbox(const Topology& topology, TopicId topic) {
  return std::any_of(topology.stages.begin(), topology.stages.end(), [&](const StageSpec& s) { return s.inbox == topic; });
}

// The first record that is not older; the start where another instance trims meanwhile, by an older floor (TM-3).
Result<Offset> first_at(const log::Reader& log, TopicPartition tp, TimeMs time) {
  auto found = log.offset_at(tp, time);
  log.release(tp);
  if (!found && found.fault().code == "out_of_range") return log.start(tp);
  return found;
}

// TM-2, TM-5
Result<Offset> young_from(const log::Reader& log, TopicPartition tp, TimeMs older_than) {
  const Offset start = log.start(tp);
  const auto young = first_at(log, tp, older_than);
  if (!young || *young <= start || start > Offset{0}) return young;
  const auto first = first_at(log, tp, 0);
  if (!first) return first;
  return *young <= *first ? start : *young;
}

}  // namespace

Result<GroupFloors::Floors> droppable(const log::Reader& log, const Topology& topology, const GroupFloors::Floors& checkpoints, TimeMs older_than,
                                      OpenLetters& letters) {
  const TopicTable& topics = topology.topics;
  const bool others = checkpoints.contains({topology.control, Partition{0}});
  GroupFloors::Floors floors;
  for (std::size_t t = 0; t < topics.size(); ++t) {
    const TopicId topic{static_cast<std::uint8_t>(t)};
    for (std::uint16_t p = 0; p < topics.partitions(topic); ++p) {
      const TopicPartition tp{topic, Partition{p}};
      const auto checkpoint = checkpoints.find(tp);
      if (is_inbox(topology, topic) ? checkpoint == checkpoints.end() : !others) continue;  // TM-1
      if (log.start(tp) >= log.end(tp)) continue;
      const auto young = young_from(log, tp, older_than);
      if (!young) return young.fault();
      const Offset floor = checkpoint == checkpoints.end() ? *young : std::min(*young, checkpoint->second);
      if (floor > log.start(tp)) floors[tp] = floor;
    }
  }
  if (floors.empty()) return floors;
  const auto all = letters.read();
  if (!all && all.fault().code != "out_of_range") return all.fault();
  if (!all || !*all) return GroupFloors::Floors();  // the next time goes on
  const auto keep = [&](Position at) {
    if (const auto floor = floors.find({at.topic, at.partition}); floor != floors.end()) floor->second = std::min(floor->second, at.offset);
  };
  letters.each([&](Position original, Position letter, TimeMs) {
    keep(original);
    keep(letter);
  });
  std::erase_if(floors, [&](const auto& each) { return each.second <= log.start(each.first); });
  return floors;
}

}  // namespace millrace::engine
