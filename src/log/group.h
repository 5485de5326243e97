// Membership of a consumer group, as a port: how a share of the inboxes' partitions comes to this thread, how their
// records come, and how outputs and positions become durable together. Behind it: Apache Kafka (src/log/kafka/member.h);
// a model for tests (tests/simulation/group_model.h).
//
//   group.join(listener);
//   for (;;) {
//     auto deliveries = group.poll(10ms);        // may call the listener first
//     ... fold; group.send(output) ...           // views stay valid until the batch has ended
//     auto end = group.commit(positions, environment);
//   }
//
// GP-1  A batch is one commit: everything sent since the last one and the positions, together or not at all.
// GP-2  A member that lost its partitions commits nothing: what it sent is aborted, and commit() says so.
// GP-3  Records of a partition come in offset order, each once, from its committed position on.
// GP-4  A commit whose end is unknown is settled before commit() answers: the positions that the group has are compared
//       with those of the batch, which is then sent again, dropped, or given back as `behind`.
// GP-6  A batch that is committed aside is settled before anything of the next one goes out, so there are never two under way.
//
// Threads: one.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/log.h"

namespace millrace::log {

struct Assignment {
  TopicPartition inbox;
  std::optional<TaskPosition> committed;  // nullopt: nobody ever committed here
  std::string environment;                // under which it was committed
};

class GroupListener {
 public:
  virtual ~GroupListener() = default;
  // These are ours from now on. They deliver nothing until resume().
  virtual void assigned(const std::vector<Assignment>& partitions) = 0;
  // These are taken from us. Unless `lost`, this is the last moment to commit for them.
  virtual void revoked(const std::vector<TopicPartition>& partitions, bool lost) = 0;
};

struct Delivery {
  TopicPartition inbox;
  std::vector<Record> records;  // in offset order; views until the next poll
};

enum class CommitEnd {
  committed,  // durable
  lost,       // the partitions are no longer ours: forget what was folded for them
  behind,     // what the group has committed is neither the start nor the end of the batch: back to the checkpoint
};

class Group {
 public:
  virtual ~Group() = default;

  // Asks for a share of the inboxes; partitions come with a later poll(). Fails: as the cluster does.
  virtual Result<void> join(const std::vector<TopicId>& inboxes, GroupListener& listener) = 0;
  // Lets these deliver, from `next` on.
  virtual Result<void> resume(TopicPartition inbox, Offset next) = 0;
  // What has come, after at most `wait`; may be empty. Fails: unreachable and the like (retry), fatal ones.
  virtual Result<std::span<const Delivery>> poll(std::chrono::milliseconds wait) = 0;

  // Records of the open batch that follow on what was delivered of their inboxes; while some may come, after at most `wait`.
  // Their views stay valid until the batch has ended; what was not given until then comes by poll(). Fails: as poll().
  virtual Result<std::span<const Delivery>> chained(std::chrono::milliseconds wait) {
    static_cast<void>(wait);
    return std::span<const Delivery>();
  }
  // Some may still come that way.
  virtual bool chaining() const { return false; }

  // Adds a record to the open batch; its views must stay valid until commit() or abort() has ended.
  virtual Result<void> send(const NewRecord& record) = 0;
  // Ends the batch. `positions`: of every task that folded something in it.
  virtual Result<CommitEnd> commit(std::span<const TaskPosition> positions, const std::string& environment) = 0;
  // Commits the batch like commit(), but returns while that is under way: what is sent from now on is the next batch's, and
  // waits for the end of this one. What the batch views must stay valid until commit_ended() tells how it ended; before
  // that no other batch may be ended. False: nothing is begun, this batch is to be ended by commit().
  virtual Result<bool> commit_aside(std::span<const TaskPosition> positions, const std::string& environment) {
    static_cast<void>(positions), static_cast<void>(environment);
    return false;
  }
  // How that batch ended; nullopt: it is still under way, and `wait` was not asked for. Fails: as commit().
  // Needs: one was begun, whose end was not told. What was sent for the next batch is gone unless it is `committed`.
  virtual Result<std::optional<CommitEnd>> commit_ended(bool wait) {
    static_cast<void>(wait);
    return std::optional<CommitEnd>();
  }
  // Ends the batch without effect, and the one that is committed aside in whatever way it does.
  virtual Result<void> abort() = 0;
  // The committed position of one partition, as a member that goes back to its checkpoint needs it.
  virtual Result<Assignment> committed(TopicPartition inbox) = 0;

  // Leaves the group: commits nothing.
  virtual void leave() = 0;
};

}  // namespace millrace::log
