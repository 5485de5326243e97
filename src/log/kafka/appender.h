// Appends records from outside a fold: facts of `produce` and `import`, control records, ticks. An idempotent producer
// without transactions.
//
//   auto appender = KafkaAppender::open(settings, topics);
//   auto offsets = (*appender)->append(records);     // every replica in step has them
//
// AP-1  When append() gives offsets, each record is on the log once, in the order of its partition, acknowledged by every
//       replica in step.
// AP-2  Within one append() nothing is written twice, whatever is sent again underneath.
// AP-3  A batch that could not be finished within the bound fails, to be retried, and says how far each record got; what
//       is still under way is withdrawn first, so that nothing of it arrives behind the caller's back.
// AP-4  Timestamps are the caller's where the topic takes them (CreateTime).
//
// Threads: any thread may call; appends are taken one after another.      Tests: tests/kafka/appender_test.cpp
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/record.h"
#include "core/result.h"
#include "log/kafka/settings.h"

namespace millrace::log::kafka {

struct AppenderLimits {
  DurationMs wait_ms = 30'000;           // how long one append() tries
  std::size_t buffer_bytes = 64 << 20;   // under way at one time; append() waits for room
};

class KafkaAppender {
 public:
  // Fails: bad_settings, broker_unreachable, authentication_failed, tls_failed.
  static Result<std::unique_ptr<KafkaAppender>> open(const KafkaSettings& settings, const TopicTable& topics,
                                                     const AppenderLimits& limits = {});
  ~KafkaAppender();

  // What became of one record.
  struct Outcome {
    enum class Kind { written, unwritten, unknown };  // unknown: sent, but no answer came
    Kind kind = Kind::unwritten;
    Offset offset{-1};  // of a written one
  };
  // Appends the records, in order within each partition, and waits for all of them. Gives the offset of each. The views
  // need to live until it returns. Needs: each record names a topic partition of the table.
  // Fails: broker_unreachable, too_few_replicas, timed_out (to be retried); record_too_large, topic_unauthorised…
  Result<std::vector<Offset>> append(std::span<const NewRecord> records);
  // After an append() that failed: what became of each of its records, for a caller that repeats only the unwritten ones.
  const std::vector<Outcome>& outcomes() const;

 private:
  struct Parts;
  explicit KafkaAppender(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::log::kafka
