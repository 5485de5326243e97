#include "log/kafka/sender.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

namespace millrace::log::kafka {

Sender::Sender(std::shared_ptr<Client> client, const KafkaSettings& settings, const TopicTable& topics)
    : client_(std::move(client)), settings_(settings), topics_(topics), codec_(topics), handles_(topics.size(), nullptr) {}

Sender::~Sender() {
  for (rd_kafka_topic_t* handle : handles_)
    if (handle) rd_kafka_topic_destroy(handle);
}

rd_kafka_topic_t* Sender::handle(TopicId topic) {
  rd_kafka_topic_t*& held = handles_[topic.value];
  if (!held) held = rd_kafka_topic_new(client_->get(), settings_.prefixed(topics_[topic].name).c_str(), nullptr);
  return held;
}

int Sender::send(const NewRecord& record, void* opaque) {
  rd_kafka_topic_t* topic = handle(record.to.topic);
  if (!topic) return rd_kafka_last_error();
  codec_.encode(record.headers, encoded_);
  rd_kafka_headers_t* headers = nullptr;
  if (encoded_.count > 0) {
    headers = rd_kafka_headers_new(encoded_.count);
    for (const auto& [name, value] : encoded_)
      rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                          static_cast<ssize_t>(value.size()));
  }
  std::array<rd_kafka_vu_t, 7> say{};
  std::size_t count = 0;
  const auto next = [&](rd_kafka_vtype_t type) -> decltype(say.front().u)& {
    say[count].vtype = type;
    return say[count++].u;
  };
  next(RD_KAFKA_VTYPE_RKT).rkt = topic;
  next(RD_KAFKA_VTYPE_PARTITION).i32 = record.to.partition.value;
  auto& value = next(RD_KAFKA_VTYPE_VALUE).mem;
  value.ptr = const_cast<char*>(record.value.data());
  value.size = record.value.size();
  auto& key = next(RD_KAFKA_VTYPE_KEY).mem;
  key.ptr = const_cast<char*>(record.key.data());
  key.size = record.key.size();
  next(RD_KAFKA_VTYPE_TIMESTAMP).i64 = std::max<TimeMs>(record.timestamp, 1);
  next(RD_KAFKA_VTYPE_OPAQUE).ptr = opaque;
  if (headers) next(RD_KAFKA_VTYPE_HEADERS).headers = headers;

  rd_kafka_error_t* error = rd_kafka_produceva(client_->get(), say.data(), count);
  if (!error) return 0;
  if (headers) rd_kafka_headers_destroy(headers);
  return said_of(error).code;
}

}  // namespace millrace::log::kafka
