// The open batch of a member, from its first record to its end: kept until it is committed, said again where it was not,
// and settled where nobody told. Internal to this folder.
//
// MB-3  Abort is a re-send: the batch's records are sent again as they are when the group still stands at its start,
//       dropped when it stands at its end; anything else is `behind` (GP-4).
// MB-5  A batch of whose records some were folded from memory (chain.h) is not sent again: what came of them names offsets
//       that they would not have any more. Such a batch at its start is `behind`.
// MB-6  A commit aside has a thread, which has the producer to itself: what is sent meanwhile waits here. What the batch
//       stands on (offsets, the group's metadata) is copied before, as the group may change beside it. Behind one, a batch
//       goes out whole when it ends: on that thread again, in few large requests. Neither is chained; nor is one ended aside of
//       which some was, since it could not be sent again (MB-5).
// Threads: one, and one of its own for a commit aside.      Tests: tests/kafka/torn.sh, tests/kafka/chaos.sh
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/group.h"
#include "log/kafka/chain.h"
#include "log/kafka/member.h"
#include "log/kafka/membership.h"
#include "log/kafka/partition_list.h"
#include "log/kafka/standing.h"
#include "log/kafka/transactions.h"

namespace millrace::log::kafka {

class Batch {
 public:
  // `chain` hears of what was written, where options.chain asks for it.
  Batch(const KafkaSettings& settings, const TopicTable& topics, const MemberOptions& options, const Membership& membership,
        Standing& standing, Chain& chain)
      : settings_(settings), topics_(topics), options_(options), membership_(membership), standing_(standing), chain_(chain) {}

  // Makes the producer, which fences every earlier one of this identity. Fails: as the cluster does.
  Result<void> open(std::shared_ptr<Client> consumer);
  bool is_open() const { return aside_ || (producer_ && (!records_.empty() || producer_->is_open())); }

  // As Group.
  Result<void> send(const NewRecord& record);
  std::span<const Delivery> chained(std::chrono::milliseconds wait);
  bool chaining() const { return under_way_ > 0 && !broken_; }
  Result<CommitEnd> commit(std::span<const TaskPosition> positions, const std::string& environment);
  Result<bool> commit_aside(std::span<const TaskPosition> positions, const std::string& environment);
  Result<std::optional<CommitEnd>> commit_ended(bool wait);
  Result<void> abort();
  // Ends it without effect, as far as that is quickly done. The last call.
  void leave();

 private:
  bool at_least_once() const { return settings_.guarantee == Guarantee::at_least_once; }
  bool may_commit() const { return !options_.check_membership || membership_.stands(); }
  // A batch that is being committed on a thread of its own.
  struct Aside {
    std::vector<NewRecord> records;  // views
    std::vector<TaskPosition> wanted;
    PartitionList offsets;
    GroupMetadata metadata;
    std::future<Result<std::optional<Ended>>> end;  // nullopt: a record did not go out
  };
  PartitionList offsets_of(const std::vector<TaskPosition>& wanted, const std::string& environment) const;
  Result<CommitEnd> transact(const rd_kafka_topic_partition_list_s& offsets, const std::vector<TaskPosition>& wanted);
  Result<std::optional<CommitEnd>> settle(Ended end, const std::vector<TaskPosition>& wanted);
  Result<CommitEnd> write_and_commit(const rd_kafka_topic_partition_list_s& offsets, const std::vector<TaskPosition>& wanted);
  Result<void> say(std::size_t which);
  Result<void> say_held();
  Result<void> say_again();
  void hear_no_more();
  void written(std::uint64_t tag, std::int64_t offset, TimeMs timestamp);
  // `known`: the batch's markers stand right behind its records.
  CommitEnd ended(CommitEnd how, bool known = true);

  const KafkaSettings& settings_;
  const TopicTable& topics_;
  const MemberOptions& options_;
  const Membership& membership_;
  Standing& standing_;
  Chain& chain_;
  std::shared_ptr<Client> consumer_;
  std::unique_ptr<Transactions> producer_;
  std::vector<NewRecord> records_;  // views
  bool broken_ = false;             // a send failed: all is sent again at the commit
  std::unique_ptr<Aside> aside_;    // while it is there, records_ are the next batch's
  bool held_ = false;               // none of records_ has gone out

  std::uint32_t number_ = 1;     // of this sending of a batch: reports of an earlier one are not believed
  std::size_t under_way_ = 0;    // records of which the chain wants to hear
  bool chained_ = false;         // some were delivered from memory
  std::vector<Chain::Ready> ready_;
  std::vector<Delivery> deliveries_;
};

}  // namespace millrace::log::kafka
