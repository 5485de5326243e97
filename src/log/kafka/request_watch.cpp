#include "log/kafka/request_watch.h"

#include <librdkafka/rdkafka.h>

namespace millrace::log::kafka {

namespace {

// Numbers of the Kafka protocol. -1: not of interest.
int kind_of(int api_key) {
  switch (api_key) {
    case 26: return 0;  // EndTxn
    case 25: return 1;  // AddOffsetsToTxn
    case 28: return 2;  // TxnOffsetCommit
    default: return -1;
  }
}

rd_kafka_resp_err_t on_sent(rd_kafka_t*, int, const char*, std::int32_t, std::int16_t api_key, std::int16_t, std::int32_t,
                            std::size_t, void* watch) {
  static_cast<RequestWatch*>(watch)->sent(api_key);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_answer(rd_kafka_t*, int, const char*, std::int32_t, std::int16_t api_key, std::int16_t,
                              std::int32_t, std::size_t, std::int64_t, rd_kafka_resp_err_t error, void* watch) {
  // Told also of a request that the library gave up on (its connection went, its time was over): that is no answer.
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) static_cast<RequestWatch*>(watch)->answered(api_key);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t*, void* watch, char*, std::size_t) {
  rd_kafka_interceptor_add_on_request_sent(client, "millrace", on_sent, watch);
  rd_kafka_interceptor_add_on_response_received(client, "millrace", on_answer, watch);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

void RequestWatch::attach(rd_kafka_conf_s* conf) { rd_kafka_conf_interceptor_add_on_new(conf, "millrace", on_new, this); }

void RequestWatch::sent(int api_key) {
  const int kind = kind_of(api_key);
  if (kind >= 0 && open_[static_cast<std::size_t>(kind)].fetch_add(1) > 0) torn_.store(true, std::memory_order_release);
}

void RequestWatch::answered(int api_key) {
  const int kind = kind_of(api_key);
  if (kind >= 0) open_[static_cast<std::size_t>(kind)].fetch_sub(1);
}

void RequestWatch::reset() {
  for (auto& open : open_) open = 0;
  torn_.store(false, std::memory_order_release);
}

}  // namespace millrace::log::kafka
