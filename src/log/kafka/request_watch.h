// Tells a transaction that may be torn: librdkafka sends EndTxn, AddOffsetsToTxn and TxnOffsetCommit again by itself when
// an answer is late, and a late twin of the first can end, or add to, the next transaction while every call says OK.
//
// An interceptor of the client sees each request go out and each answer come in. Sent again while an earlier one of its
// kind has no answer: torn. What to do then is the producer's affair (transactions.h): a new handle, which fences both
// twins by its epoch, and a look at what was committed.
//
// RW-1  torn() stays true until reset().
// Threads: the interceptor runs on the client's threads; torn() may be asked on any.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

struct rd_kafka_conf_s;

namespace millrace::log::kafka {

class RequestWatch {
 public:
  // Makes every client of `conf` report here. The watch must outlive the client.
  void attach(rd_kafka_conf_s* conf);
  bool torn() const { return torn_.load(std::memory_order_acquire); }
  void reset();

  // For the interceptor, and for tests.
  void sent(int api_key);
  void answered(int api_key);

 private:
  static constexpr std::size_t kKinds = 3;  // EndTxn, AddOffsetsToTxn, TxnOffsetCommit
  std::array<std::atomic<int>, kKinds> open_{};
  std::atomic<bool> torn_{false};
};

}  // namespace millrace::log::kafka
