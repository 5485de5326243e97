// One member of a group at work: folds the partitions that it is given, beside other threads and processes that fold theirs.
//
//   GroupRunner runner(topology, {.stages = {...}}, services, options);
//   runner.run(stop);            // until stopped, or a fault
//   runner.close();              // commits, checkpoints, leaves
//
// Takes   records from the group, in what order partitions bring them.
// Gives   outputs and positions, one commit a batch; state and its checkpoints.
// Threads one.
//
// GR-1  State never outruns the group: a checkpoint is cut only where nothing is folded that is not committed, or between the
//       batch that is being committed and the next one; then its rows go out, and to the store, when that is committed.
// GR-2  State comes first: a partition delivers only after its task stands at the committed position, re-folded and proven
//       from its checkpoint like after any crash (TK-3). Tasks are brought up beside the turns (engine/restorer.h), so the
//       group hears of this member meanwhile, and those that stand fold already.
// GR-3  A batch is committed when nothing more has come and `commit_gap` has passed since the last commit, and after
//       `commit_after` at the latest; or when it holds `batch_records` outputs or `batch_bytes`.
//       Where the group chains (GP-5), a batch takes from the topics for `commit_gap`, and ends when what it holds has passed
//       through all stages that are this member's: what comes meanwhile waits for the next one, which is sooner than a longer
//       batch would end. Or it ends after kChainMore, or at kChainTimes its size. With a backlog in the topics it goes hop by
//       hop, since what is chained comes by the topic a second time.
//       Behind a batch of a backlog the next one is folded while that is committed, where the group can (GP-6).
// GR-4  Who loses partitions without having committed forgets everything and begins anew: run() gives `membership_lost`
//       (retry), and a new runner over the same folders goes on.
// GR-6  Rows of a checkpoint go to the changelog in a transaction of the member, beside outputs or alone; so who may not
//       commit writes no state either, here or there (CH-1).
// GR-7  Above `dirty_max` of changed rows a member waits for its checkpoint before it goes on. Below, a full disk ends nothing: it
//       is told, folding goes on, and the checkpoint is written when there is room. (A member that began anew could not open
//       its stores either, and each time it did all others would rebalance.) What cannot be put off, keys of others' making and
//       partitions of others', ends it as any fault does, until there is room.
// Tests: tests/simulation/group_test.cpp; tests/kafka
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "engine/bring_up.h"
#include "engine/changelog.h"
#include "engine/checkpointer.h"
#include "engine/group_figures.h"
#include "engine/group_floors.h"
#include "engine/restorer.h"
#include "engine/task.h"
#include "engine/topology.h"
#include "log/group.h"

namespace millrace::engine {

struct GroupServices {
  log::Group& group;
  const log::Reader& reader;  // what re-folds read
  Keyring& keys;              // live: makes what is missing
  Keyring& lookups;
  // Adds new keys to the open batch, before its commit; says that they are committed.
  std::function<Result<void>(log::Group&)> ship_keys;
  std::function<Result<void>()> keys_shipped;
  // Makes known here what others made until now, before tasks are brought up. False: not all of it can be read yet.
  std::function<Result<bool>()> learn_keys;
  // Called from several threads.
  std::function<Result<std::unique_ptr<state::Kv>>(const std::string& stage, Partition)> open_kv;
  std::optional<ChangelogServices> changelog;
};

struct GroupOptions {
  std::vector<TopicId> inboxes;         // whose stages this member runs
  std::size_t cache_bytes = 64 << 20;   // decoded rows, over all its tasks
  std::string environment;
  std::chrono::milliseconds commit_after{100}, commit_gap{15};
  std::size_t batch_records = 20'000, batch_bytes = 8 << 20;
  std::size_t dirty_max = Checkpointer::kDirtyMax;  // bytes, over all its tasks
  std::size_t backlog = 400;            // records of one poll: there is more behind them
  Checkpointer::Pace checkpoints = Checkpointer::kCommits;
  std::size_t restoring = 8;            // tasks brought up at a time; 0: one a turn, on its thread
  std::function<Result<void>()> while_owner;  // called on each turn while it holds a partition: ticks
  GroupFigures* figures = nullptr;  // must outlive the runner
  StageFigures* stages = nullptr;   // the same; told at each commit
  GroupFloors* floors = nullptr;    // the same; told after each checkpoint
  // Told of what happens to this member: assign, revoke, restore (all its tasks stand), commit (the first after that).
  std::function<void(std::string_view event, const std::string& detail)> tell = [](std::string_view, const std::string&) {};
  std::function<void(const Fault&)> tell_fault = [](const Fault&) {};  // what is lived through (GR-7)
};

class GroupRunner final : private log::GroupListener {
 public:
  static constexpr std::size_t kChainTimes = 4;
  static constexpr std::chrono::milliseconds kChainMore{500};  // well below what makes others think it dead (kStuckMs, TO-1)

  GroupRunner(const Topology& topology, const GroupServices& services, const GroupOptions& options);
  ~GroupRunner() override;

  Result<void> join();
  // Runs until `stop`. Fails: membership_lost (retry: begin anew), and as log, group and state do.
  Result<void> run(const std::atomic<bool>& stop);
  // One turn: partitions, records, commit. True when records were folded.
  Result<bool> turn(std::chrono::milliseconds wait);
  // Runs until nothing has come for `quiet`, at least until partitions were given.
  Result<void> drain(std::chrono::milliseconds quiet);
  // Commits, checkpoints, leaves.
  Result<void> close();

  std::uint64_t folded() const { return folded_.load(std::memory_order_relaxed); }
  std::size_t partitions() const { return tasks_.size(); }

 private:
  using Clock = std::chrono::steady_clock;

  void assigned(const std::vector<log::Assignment>& partitions) override;
  void revoked(const std::vector<TopicPartition>& partitions, bool lost) override;

  Result<std::unique_ptr<Task>> bring_up(const log::Assignment& assignment, const std::atomic<bool>& give_up) const;
  Result<bool> fold_chained(std::chrono::milliseconds wait);
  Result<bool> fold_polled(std::chrono::milliseconds wait);
  Result<void> fold_all(std::span<const log::Delivery> deliveries, bool chained);
  Result<void> fold(const log::Delivery& delivery, bool chained);
  Result<void> end_batch();
  Result<void> commit();
  Result<void> commit_gathered(std::span<const log::TaskPosition> positions);
  Result<void> commit_batch(std::span<const log::TaskPosition> positions);
  Result<void> ship();
  Result<std::vector<log::TaskPosition>> gather();
  void close_batch();
  Result<void> take_end(log::CommitEnd end);
  Result<bool> collect_aside(bool wait);
  Result<void> go_on(bool wait);
  Result<void> checkpoint(bool cut);
  bool is_touched(const Task* task) const { return std::find(touched_.begin(), touched_.end(), task) != touched_.end(); }
  void tell_checkpoint();
  Fault condemned(const Task& task, Fault fault) const;
  Result<void> begin_restore();
  Result<void> collect_restored();
  bool commit_due(bool drained) const;
  bool batch_open() const { return !touched_.empty(); }
  bool batch_full(std::size_t times) const {
    return batch_records_ >= times * options_.batch_records || batch_bytes_ >= times * options_.batch_bytes;
  }
  bool batch_late(std::chrono::milliseconds more) const {
    return batch_open() && Clock::now() - batch_began_ >= options_.commit_after + more;
  }
  // The open batch goes on from memory.
  bool chains() const { return !backlog_ && services_.group.chaining(); }
  bool takes_more() const { return !batch_due() && !ending_; }
  bool batch_due() const { return batch_full(1) || batch_late(std::chrono::milliseconds(0)); }
  Task* task_of(TopicPartition inbox);
  const StageSpec& stage_of(TopicId inbox) const;
  std::size_t depth_of(TopicId inbox) const;
  Fault lost() const;

  const Topology& topology_;
  GroupServices services_;
  GroupOptions options_;
  std::vector<log::Assignment> waiting_;  // given, not begun to be brought up
  std::shared_ptr<state::CacheBudget> cache_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Checkpointer checkpointer_;
  Restorer restorer_;
  GroupFigures none_;           // of who asked for none
  GroupFigures& figures_;
  std::optional<Fault> fault_;  // met in a call-back
  bool given_ = false;          // partitions were given at least once
  bool out_of_room_ = false;    // and told so
  bool tell_commit_ = false;    // the next one is the first since the tasks stand
  Clock::time_point assigned_at_{}, whole_{};
  // Since the assignment: records of changelogs, and of inboxes, that were read to bring tasks up.
  mutable std::atomic<std::uint64_t> read_rows_{0}, read_tasks_{0};
  std::uint64_t refolded_ = 0;

  // The open batch.
  std::vector<Task*> touched_;
  std::deque<Outputs> outputs_;  // whose bytes the group sends
  std::vector<Outputs> spare_;
  std::deque<ChangelogRecords> rows_;  // of checkpoints, that go with the batch which is being committed
  std::size_t batch_records_ = 0, batch_bytes_ = 0;
  bool ending_ = false;  // the open batch chains, and takes nothing more from the topics
  bool backlog_ = false;  // the open batch took a full poll
  Clock::time_point batch_began_{}, last_commit_{};
  // The one before, which is being committed; `aside_`: beside the folding.
  struct Closed {
    std::vector<Task*> touched;
    std::deque<Outputs> outputs;
    Clock::time_point began;
  } closed_;
  bool aside_ = false;
  std::atomic<std::uint64_t> folded_{0};
};

}  // namespace millrace::engine
