// How a task comes to stand at the position that its group has committed: from its own store, and what that lacks folded
// again; from its changelog where the store is gone, damaged or far behind; else from the start of its inbox.
//
// BU-1  A store is used when folding again what it lacks is less work than to read the changelog, and replaced only by a
//       whole one; so is one that stands before what the inbox still has.
// BU-2  A damaged store is replaced without anybody's help. A second time in a row it is told, since then the disk, the
//       changelog or this program is at fault.
// BU-3  A group that has no position for a task of which its changelog has rows has lost it (a broker drops the positions of a
//       group whose last member left a week ago): told, since folding from the start would put everything out again.
// BU-4  A store that stands beyond the start of its inbox beside an empty changelog (somebody deleted the topic and made it anew) is
//       folded again from the start, so that the changelog gets every row; from the rows that change from now on a lost disk
//       would be restored to less. Where the inbox has lost its start it is told. One that was made anew under a running instance
//       is not empty; who has lost the disk sees that it does not begin with a first checkpoint, and does not believe it (CH-2).
// Threads: any, one task each.      Tests: tests/simulation/group_restore_test.cpp, tests/kafka/restore.sh, positions.sh
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/task.h"
#include "log/group.h"

namespace millrace::engine {

// Where rows of state go beside the stores (engine/changelog.h).
struct ChangelogServices {
  std::function<TopicId(TopicId inbox)> topic;
  // The end of a partition, once every transaction below it has ended. Fails: timed_out (retry), as the cluster does.
  std::function<Result<Offset>(TopicPartition)> settled_end;
  std::function<Result<std::unique_ptr<state::KvLoader>>(const std::string& stage, Partition)> load_kv;
  // A store that turned out to be damaged while it was in use: open_kv gives `corrupt` for it from now on, until it is
  // replaced. Fails: corrupt, when that has happened before.
  std::function<Result<void>(const std::string& stage, Partition)> condemn;
};

struct BringUpServices {
  Task::Services task;
  std::shared_ptr<state::CacheBudget> cache;
  std::function<Result<std::unique_ptr<state::Kv>>(const std::string& stage, Partition)> open_kv;
  const ChangelogServices* changelog = nullptr;  // none: state that is lost is folded again from the start
};

struct BroughtUp {
  std::unique_ptr<Task> task;         // passed() is what it has folded again
  std::uint64_t changelog_records = 0;  // read; 0: its own store was used
};

class BringUp {
 public:
  static constexpr std::int64_t kRefoldMax = 100'000;  // records; above, the changelog is read

  BringUp(const BringUpServices& services, const StageSpec& stage, const log::Assignment& assignment)
      : services_(services), stage_(stage), assignment_(assignment) {}
  // Fails: as Task::recover, the stores, the log; given_up (retry); positions_gone (BU-3); changelog_gone (BU-4); other_layout, also
  // where only the changelog, of another version, has what the inbox has not any more.
  Result<BroughtUp> run();

 private:
  Result<void> require_position() const;
  Result<bool> changelog_is_empty() const;
  Result<std::unique_ptr<state::Kv>> store();
  Result<bool> far_behind(state::Kv& kv);
  Result<bool> load(bool or_empty);

  const BringUpServices& services_;
  const StageSpec& stage_;
  const log::Assignment& assignment_;
  bool damaged_ = false, trimmed_ = false;
  bool empty_ = false;         // the own store
  bool other_layout_ = false;  // the changelog
  std::vector<std::string> stale_;  // keys of the changelog's rows where nothing of it is used (CH-4)
  std::uint64_t read_ = 0;
};

}  // namespace millrace::engine
