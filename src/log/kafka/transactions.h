// A transactional producer that knows when it does not know: a batch of records and consumer offsets, ended as one.
//
// Takes   records (views that stay valid until the batch has ended), and the offsets with the group's metadata.
// Gives   whether it is committed, or that nobody here knows; then whoever holds the group looks at what was committed
//         (member.cpp).
//
// TX-1  Every transaction of a member sends offsets under the group's metadata: there the fencing lives. (Without offsets it lives in
//       the producer's name: sole_appender.h.)
// TX-2  Transactions are begun by the first record or offset, so an idle member opens none.
// TX-3  A torn transaction (request_watch.h) or a call that timed out ends as `unknown`. fence() then gives a new handle
//       whose init_transactions() has ended whatever was still under way; before that, what the group has committed says
//       nothing, since a late request may still commit.
// TX-4  No call waits longer than about kInitMs for a cluster that is away, and none is tried again for longer than a
//       transaction may be open; who is `leaving` waits for seconds. So a process can be stopped meanwhile. The one call
//       for which the library looks at no clock is left behind with its handle, which is fenced (within.h). While too many were
//       left behind no other is begun.
//
// TX-5  At least once: records are idempotent and in order, but a batch that was not committed may be there, in part or
//       whole, and be written again; abort() takes back only what has not left.
//
// Threads: one at a time.      Tests: tests/kafka/torn.sh, tests/kafka/at_least_once.sh
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/record.h"
#include "core/result.h"
#include "log/kafka/client.h"
#include "log/kafka/faults.h"
#include "log/kafka/figures.h"
#include "log/kafka/request_watch.h"
#include "log/kafka/sender.h"
#include "log/kafka/settings.h"

struct rd_kafka_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;
struct rd_kafka_consumer_group_metadata_s;

namespace millrace::log::kafka {

enum class Ended {
  committed,
  refused,  // not committed: the group does not know this member any more
  unknown,  // committed or not: after fence() the group's committed offsets tell
};

class Transactions {
 public:
  struct Options {
    bool watch = true;          // TX-3; off only to show what it is there for
    bool transactional = true;  // off: at least once. commit() then says that the records are written, and nothing of offsets
    MemberFigures* figures = nullptr;
    const std::atomic<bool>* leaving = nullptr;  // once it is set nothing is tried again for long (TX-4)
    // Told where a record lies that was sent with a tag above 0, within serve() or commit(): its offset, below 0 when it
    // is not known or not written, and its timestamp. Transactional only.
    std::function<void(std::uint64_t tag, std::int64_t offset, TimeMs timestamp)> written{};
  };
  // Makes the producer and fences every earlier one of this identity. Fails: unreachable, coordinator_away (retry), fatal ones.
  static Result<std::unique_ptr<Transactions>> open(const KafkaSettings& settings, const std::string& id,
                                                    const TopicTable& topics, const Options& options);
  ~Transactions();
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;

  const std::string& id() const { return id_; }
  bool is_open() const { return open_; }

  // Adds a record to the transaction. A fault (retry) means that the transaction has to be aborted.
  Result<void> send(const NewRecord& record, std::uint64_t tag = 0);
  // Lets reports come that are there. With a `wait` it hurries what is under way, and waits for it at most so long.
  void serve(std::chrono::milliseconds wait);
  // Commits with these offsets; null: none. A cluster that is away gives unknown; a fault is fatal. After `unknown`: fence().
  Result<Ended> commit(const rd_kafka_topic_partition_list_s* offsets,
                       const rd_kafka_consumer_group_metadata_s* metadata);
  // Ends it without effect. A fault is fatal.
  Result<void> abort();
  // Makes sure that nothing sent before can take effect any more. Fails: the cluster is away (retry), fatal ones.
  Result<void> fence();
  // Ends it without effect if that is quickly done; else the cluster does, when its time is over. The last call.
  void leave();

 private:
  Transactions(const KafkaSettings& settings, std::string id, const TopicTable& topics, const Options& options);
  Result<void> connect();
  void disconnect();
  Result<Ended> over();
  std::optional<Said> send_offsets(const rd_kafka_topic_partition_list_s* offsets, const rd_kafka_consumer_group_metadata_s* metadata);
  Result<Ended> flush();
  bool hurry();
  static void delivered(rd_kafka_s*, const rd_kafka_message_s* message, void* client);
  using Clock = std::chrono::steady_clock;
  bool leaving() const;
  int call_ms() const;
  bool again(Clock::time_point until) const;
  std::optional<Result<Ended>> after(const Said& said, Call call, Clock::time_point until);
  Result<void> begin();

  const KafkaSettings settings_;
  const std::string id_;
  const TopicTable& topics_;
  const Options options_;
  std::shared_ptr<RequestWatch> watch_;
  std::shared_ptr<Client> client_;
  std::unique_ptr<Sender> sender_;
  bool open_ = false;
  std::atomic<int> undelivered_{0};  // code of the first record that could not be written; at least once only
};

}  // namespace millrace::log::kafka
