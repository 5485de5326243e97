// Messages that the library lent, made records without a copy: the lease of a batch that was read from Kafka. Internal to
// this folder.
//
//   auto lent = std::make_shared<LentMessages>(client);
//   batch.records.push_back(lent->take(message, tp, codec));
//   batch.lease = std::move(lent);
//
// LM-1  Views of the records live as long as the lease, also when the client is closed meanwhile.
// LM-2  A record in CloudEvents' binary mode becomes its structured text (cloud_events.h); its views lie in the lease too.
// LM-3  A null key or value is an empty view whose data() is null.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/record.h"
#include "log/kafka/client.h"
#include "log/kafka/cloud_events.h"
#include "log/kafka/headers.h"

struct rd_kafka_message_s;

namespace millrace::log::kafka {

class LentMessages {
 public:
  explicit LentMessages(std::shared_ptr<Client> client) : client_(std::move(client)) {}
  ~LentMessages();
  LentMessages(const LentMessages&) = delete;
  LentMessages& operator=(const LentMessages&) = delete;

  // The message is this object's from now on. Needs: a message without an error.
  Record take(rd_kafka_message_s* message, TopicPartition tp, const HeaderCodec& codec);

 private:
  std::shared_ptr<Client> client_;
  std::vector<rd_kafka_message_s*> messages_;
  std::deque<std::string> texts_;
  BinaryEvent event_;
};

}  // namespace millrace::log::kafka
