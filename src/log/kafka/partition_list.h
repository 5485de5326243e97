// The library's list of topic partitions, made of ours. Internal to this folder.
#pragma once

#include <memory>
#include <span>

#include "core/record.h"
#include "log/kafka/settings.h"

struct rd_kafka_topic_partition_list_s;

namespace millrace::log::kafka {

struct PartitionListCloser {
  void operator()(rd_kafka_topic_partition_list_s* list) const;
};
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_s, PartitionListCloser>;

// In the order of `inboxes`, without offsets.
PartitionList list_of(const KafkaSettings& settings, const TopicTable& topics, std::span<const TopicPartition> inboxes);

}  // namespace millrace::log::kafka
