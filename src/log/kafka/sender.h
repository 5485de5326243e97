// Hands records to a producer: topic, partition, key, value, timestamp and headers as Kafka has them. Internal to this
// folder; who owns the producer decides what a delivery means.
//
// SE-1  Key and value are not copied where the library allows it: the views live until the record's delivery is reported.
// SE-2  An empty view whose data() is null is a null key or value.
// SE-3  A timestamp of 0 or less, which Kafka does not have, is sent as 1.
// Threads: one at a time.
#pragma once

#include <memory>
#include <vector>

#include "core/record.h"
#include "log/kafka/client.h"
#include "log/kafka/headers.h"

struct rd_kafka_topic_s;

namespace millrace::log::kafka {

class Sender {
 public:
  // `topics` must outlive the sender.
  Sender(std::shared_ptr<Client> client, const KafkaSettings& settings, const TopicTable& topics);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Gives an error code of the library; 0: the record is under way and `opaque` comes with its report.
  int send(const NewRecord& record, void* opaque);

 private:
  rd_kafka_topic_s* handle(TopicId topic);

  std::shared_ptr<Client> client_;
  const KafkaSettings& settings_;
  const TopicTable& topics_;
  const HeaderCodec codec_;
  HeaderCodec::Encoded encoded_;
  std::vector<rd_kafka_topic_s*> handles_;  // by topic; made when first needed
};

}  // namespace millrace::log::kafka
