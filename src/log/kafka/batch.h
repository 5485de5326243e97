// The open batch of a member, from its first record to its end: kept until it is committed, said again where it was not,
// and settled where nobody told. Internal to this folder.
//
// MB-3  Abort is a re-send: the batch's records are sent again as they are when the group still stands at its start,
//       dropped when it stands at its end; anything else is `behind` (GP-4).
// Threads: one.      Tests: tests/kafka/torn.sh, tests/kafka/chaos.sh
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "log/group.h"
#include "log/kafka/member.h"
#include "log/kafka/membership.h"
#include "log/kafka/standing.h"
#include "log/kafka/transactions.h"

namespace millrace::log::kafka {

class Batch {
 public:
  Batch(const KafkaSettings& settings, const TopicTable& topics, const MemberOptions& options, const Membership& membership,
        Standing& standing)
      : settings_(settings), topics_(topics), options_(options), membership_(membership), standing_(standing) {}

  // Makes the producer, which fences every earlier one of this identity. Fails: as the cluster does.
  Result<void> open(std::shared_ptr<Client> consumer);
  bool is_open() const { return producer_ && (!records_.empty() || producer_->is_open()); }

  // As Group.
  Result<void> send(const NewRecord& record);
  Result<CommitEnd> commit(std::span<const TaskPosition> positions, const std::string& environment);
  Result<void> abort();
  // Ends it without effect, as far as that is quickly done. The last call.
  void leave();

 private:
  bool at_least_once() const { return settings_.guarantee == Guarantee::at_least_once; }
  bool may_commit() const { return !options_.check_membership || membership_.stands(); }
  Result<CommitEnd> transact(const rd_kafka_topic_partition_list_s& offsets, const std::vector<TaskPosition>& wanted);
  Result<CommitEnd> write_and_commit(const rd_kafka_topic_partition_list_s& offsets, const std::vector<TaskPosition>& wanted);
  Result<void> say_again();
  CommitEnd ended(CommitEnd how);

  const KafkaSettings& settings_;
  const TopicTable& topics_;
  const MemberOptions& options_;
  const Membership& membership_;
  Standing& standing_;
  std::shared_ptr<Client> consumer_;
  std::unique_ptr<Transactions> producer_;
  std::vector<NewRecord> records_;  // views
  bool broken_ = false;             // a send failed: all is sent again at the commit
};

}  // namespace millrace::log::kafka
