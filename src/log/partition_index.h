// Numbers the topic partitions of a namespace from 0, so that what is kept per topic partition lies in a vector.
#pragma once

#include <optional>
#include <vector>

#include "core/record.h"

namespace millrace::log {

class PartitionIndex {
 public:
  explicit PartitionIndex(const TopicTable& topics) {
    for (std::size_t t = 0; t < topics.size(); ++t) {
      first_.push_back(all_.size());
      const TopicId topic{static_cast<std::uint8_t>(t)};
      for (std::uint16_t p = 0; p < topics.partitions(topic); ++p) all_.push_back({topic, Partition{p}});
    }
    first_.push_back(all_.size());
  }

  std::size_t size() const { return all_.size(); }
  bool contains(TopicPartition tp) const {
    return tp.topic.value + std::size_t{1} < first_.size() &&
           tp.partition.value < first_[tp.topic.value + std::size_t{1}] - first_[tp.topic.value];
  }
  // Needs: contains(tp).
  std::size_t operator[](TopicPartition tp) const { return first_[tp.topic.value] + tp.partition.value; }
  TopicPartition at(std::size_t index) const { return all_[index]; }

 private:
  std::vector<std::size_t> first_;  // by topic, and one past the last
  std::vector<TopicPartition> all_;
};

}  // namespace millrace::log
