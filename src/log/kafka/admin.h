// The topics of a namespace on a cluster: made, checked, looked at and trimmed.
//
//   auto admin = KafkaAdmin::open(settings);
//   (*admin)->create(plan_topics(layout));
//   (*admin)->require(plan_topics(layout));    // at every start
//
// Topics are named without prefix here; the admin adds it.
//
// KA-1  create() never changes a topic that is there; require() refuses one that is not as it must be, and says which
//       setting, what it is, what it must be and the command that mends it.
// KA-2  A call ends within its bound, with a fault that can be retried when the cluster is away.
//
// Threads: any function from any thread.      Tests: tests/kafka/admin_test.cpp
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "log/kafka/settings.h"
#include "log/kafka/topic_plan.h"

namespace millrace::log::kafka {

class KafkaAdmin {
 public:
  static constexpr DurationMs kWaitMs = 15'000;

  // Waits until the cluster answers. Fails: bad_settings, broker_unreachable, authentication_failed, tls_failed.
  static Result<std::unique_ptr<KafkaAdmin>> open(const KafkaSettings& settings, DurationMs wait_ms = kWaitMs);
  ~KafkaAdmin();

  int brokers() const;

  // Makes those that are not there and waits until every partition has a leader. Gives the names of those made.
  // Fails: bad_settings (the cluster refuses a setting), cluster_unauthorised, refused, broker_unreachable, timed_out.
  Result<std::vector<std::string>> create(const std::vector<TopicPlan>& plan);
  // What is not as planned, in the order of the plan.
  Result<std::vector<Mismatch>> check(const std::vector<TopicPlan>& plan);
  // check() that fails: bad_topics, naming every mismatch, one a line.
  Result<void> require(const std::vector<TopicPlan>& plan);
  // Deletes topics and their records for ever; one that is not there is no fault.
  Result<void> remove(const std::vector<std::string>& topics);

  struct Topic {
    std::string name;  // as the cluster calls it
    int partitions = 0;
    int replicas = 0;   // of its first partition
    int leaderless = 0;  // partitions without a leader
  };
  // Every topic under the namespace's prefix (without a namespace: of the cluster), by name.
  Result<std::vector<Topic>> describe();

  struct Part {
    std::string topic;
    int partition = 0;
  };
  struct Watermarks {
    Part part;
    Offset low, high, stable;  // stable: up to where every transaction has ended; low <= stable <= high
  };
  // In the order of `parts`. Fails: unknown_topic, broker_unreachable, timed_out.
  Result<std::vector<Watermarks>> watermarks(const std::vector<Part>& parts);

  // Where `parts` end now, when every transaction that is under way there has ended: what was committed until now can be read
  // up to there. Fails: timed_out (retry), and as watermarks().
  Result<std::vector<Offset>> settled_ends(const std::vector<Part>& parts);

  struct Floor {
    Part part;
    Offset before;  // records below it go
  };
  // Drops records (DeleteRecords). Fails: out_of_range (above the end), topic_unauthorised, refused (a compacted topic).
  Result<void> delete_records(const std::vector<Floor>& floors);

 private:
  struct Parts;
  explicit KafkaAdmin(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::log::kafka
