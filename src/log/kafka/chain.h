// Which of a member's own records it may fold before they are committed: those that follow on what was delivered of an
// inbox partition that is its own. Bookkeeping over offsets; knows neither records nor the library.
//
//   chain.own(tp); chain.resume(tp, next);
//   if (chain.lane(tp)->take(offset)) ...            // a record from the topic: is it the next one?
//   chain.wrote(tp, offset, which);                  // our record `which` lies there, says the delivery report
//   chain.take(ready);                               // those that follow now
//   chain.ended(committed);                          // the batch
//
// CA-1  Of a partition every offset is delivered once, in order, whether it comes from the topic or from memory: both move
//       one `next`. What is not delivered from memory is left for the topic, which brings it after the commit.
// CA-2  A record follows where its offset is the next; or the one after, when the last record before it is this member's
//       own of an earlier transaction, since then what lies between can only be that transaction's marker. Before any other
//       gap a record waits: for what comes from the topic in between, or for the end of the batch, with which it is given up.
// CA-3  What is not known for sure counts as a gap: a report without an offset, the end of a batch that nobody told.
//
// Threads: one.      Tests: tests/unit/kafka_chain_test.cpp, tests/simulation/group_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "core/record.h"
#include "log/partition_index.h"

namespace millrace::log::kafka {

class Chain {
 public:
  // A partition that is ours.
  class Lane {
   public:
    // True, once, for an offset that was not delivered.
    bool take(std::int64_t offset) {
      if (next_ < 0 || offset < next_) return false;
      next_ = offset + 1;
      return true;
    }

   private:
    friend class Chain;
    static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();
    struct Waiting {
      std::int64_t offset;
      std::size_t which;
    };
    bool follows(std::int64_t offset) const { return offset == next_ || (offset == next_ + 1 && ours_ == next_ - 1); }

    bool owned_ = false;
    std::int64_t next_ = -1;        // that may be delivered; -1: not resumed
    std::int64_t ours_ = kNone;     // our last record there that is committed
    std::int64_t written_ = kNone;  // our last one in the open batch
    bool wrote_ = false;            // in the open batch
    std::deque<Waiting> waiting_;   // of the open batch, reported, not delivered
  };
  struct Ready {
    TopicPartition inbox;
    std::int64_t offset;
    std::size_t which;
  };

  explicit Chain(const TopicTable& topics) : index_(topics), lanes_(index_.size()) {}

  void own(TopicPartition inbox) { lanes_[index_[inbox]] = {}, lanes_[index_[inbox]].owned_ = true; }
  void resume(TopicPartition inbox, Offset next) { lanes_[index_[inbox]].next_ = next.value; }
  bool is_ours(TopicPartition inbox) const { return lanes_[index_[inbox]].owned_; }
  std::vector<TopicPartition> ours() const;
  void disown_all();
  // nullptr: not ours. Valid as long as the chain.
  Lane* lane(TopicPartition inbox) { return is_ours(inbox) ? &lanes_[index_[inbox]] : nullptr; }

  // A record of the open batch was written; below 0: nobody knows where.
  void wrote(TopicPartition inbox, std::int64_t offset, std::size_t which);
  // Adds those that may be delivered now, partition by partition, in the order of their offsets.
  void take(std::vector<Ready>& out);
  // The open batch has ended; false: not committed, or in a way that leaves its markers unknown.
  void ended(bool committed);

 private:
  const PartitionIndex index_;
  std::vector<Lane> lanes_;         // by index
  std::vector<std::size_t> wrote_;  // lanes, in the open batch
};

}  // namespace millrace::log::kafka
