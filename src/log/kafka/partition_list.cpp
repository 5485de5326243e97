#include "log/kafka/partition_list.h"

#include <librdkafka/rdkafka.h>

namespace millrace::log::kafka {

void PartitionListCloser::operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }

PartitionList list_of(const KafkaSettings& settings, const TopicTable& topics, std::span<const TopicPartition> inboxes) {
  PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(inboxes.size())));
  for (const TopicPartition inbox : inboxes)
    rd_kafka_topic_partition_list_add(list.get(), settings.prefixed(topics[inbox.topic].name).c_str(), inbox.partition.value);
  return list;
}

}  // namespace millrace::log::kafka
