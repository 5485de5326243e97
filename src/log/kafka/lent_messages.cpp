#include "log/kafka/lent_messages.h"

#include <librdkafka/rdkafka.h>

namespace millrace::log::kafka {

static std::string_view view(const void* bytes, std::size_t size) {
  return bytes ? std::string_view(static_cast<const char*>(bytes), size) : std::string_view();
}

LentMessages::~LentMessages() {
  for (rd_kafka_message_t* m : messages_) rd_kafka_message_destroy(m);
}

Record LentMessages::take(rd_kafka_message_t* message, TopicPartition tp, const HeaderCodec& codec) {
  messages_.push_back(message);
  Record record;
  record.at = {tp.topic, tp.partition, Offset{message->offset}};
  rd_kafka_timestamp_type_t type;
  record.timestamp = rd_kafka_message_timestamp(message, &type);
  record.key = view(message->key, message->key_len);
  record.value = view(message->payload, message->len);

  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  event_.clear();
  const char* name = nullptr;
  const void* bytes = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &bytes, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i)
    if (!codec.decode(name, view(bytes, size), record.headers)) event_.take(name, view(bytes, size));
  if (event_.is_binary()) {
    std::string& text = texts_.emplace_back();
    event_.append_text(message->payload ? std::optional(record.value) : std::nullopt, text);
    record.value = text;
  }
  return record;
}

}  // namespace millrace::log::kafka
