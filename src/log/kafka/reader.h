// Reads the committed records of any topic partition of a namespace, by offset and by time, in no group: for tail, status,
// verify, explain, and for re-folds.
//
//   auto reader = KafkaReader::open(settings, topics);   // refresh(): where the topics end now
//   for (;;) {
//     ... fetch up to end(), going on at batch.next ...
//     auto moved = (*reader)->follow(200);
//   }
//
// KR-1  Only what a transaction has committed is read; end() is the last stable offset.
// KR-2  Offsets have gaps (markers of transactions, aborted records, compaction): batch.next goes past them, so that a
//       loop over fetch() ends at end().
// KR-3  Sequential fetches stream: the partition is fetched ahead, and no fetch seeks. Partitions may be read in turns.
// KR-4  What start() and end() give was true at the last refresh(), follow() or open, and moves only up.
//
// Threads: any thread may call any function; fetches of one topic partition wait for each other.
// Tests: tests/kafka/reader_test.cpp
#pragma once

#include <memory>

#include "log/kafka/settings.h"
#include "log/log.h"

namespace millrace::log::kafka {

struct ReaderLimits {
  DurationMs wait_ms = 10'000;        // how long a call waits for the cluster before it fails (to be retried)
  std::size_t streams = 64;           // partitions fetched ahead at one time; the one used longest ago makes room
  std::size_t ahead_bytes = 8 << 20;  // fetched ahead, a partition
};

class KafkaReader final : public Reader {
 public:
  // Fails: bad_settings, unknown_topic, broker_unreachable, authentication_failed, tls_failed.
  static Result<std::unique_ptr<KafkaReader>> open(const KafkaSettings& settings, TopicTable topics,
                                                   const ReaderLimits& limits = {});
  ~KafkaReader() override;

  // Asks where the topics start and end. True when an end moved. Fails: broker_unreachable, timed_out, unknown_topic.
  Result<bool> refresh();
  // For who reads on as records come: the ends of partitions that are fetched ahead move to what has come of them, for which it
  // waits up to `wait_ms` and asks nobody; all are asked for now and then. True when an end moved. Fails: as refresh().
  Result<bool> follow(int wait_ms);
  // Waits until a partition that has been fetched from has more, or `timeout_ms` have passed.
  void wait(int timeout_ms) const;

  const TopicTable& topics() const override;
  Offset start(TopicPartition tp) const override;
  Offset end(TopicPartition tp) const override;
  // As log.h says. At end() it gives what has arrived since, without waiting.
  // Fails: out_of_range, corrupt, broker_unreachable and timed_out (to be retried), topic_unauthorised.
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                     Batch& batch) const override;
  // The broker's index says where to begin; from there records are read up to the first that was committed and is late
  // enough: a few, unless old facts were written in transactions of today.
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override;
  void release(TopicPartition tp) const override;

 private:
  struct Parts;
  explicit KafkaReader(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::log::kafka
