// The changelog of a task: its rows as records of a compacted topic, so that another machine, or this one with a new disk,
// has its state without folding the whole inbox again.
//
// Takes   the rows of a checkpoint, before they are written; the records of one partition of the changelog.
// Gives   records for the transaction of the member that folded them; a store filled with what was read.
//
// CH-1  A checkpoint's rows go out in one transaction, its meta row last, before the store has them: so a changelog never
//       stands behind a store, and a whole one ends in a meta row.
// CH-2  What is read is believed only when it is whole: rows behind the last meta row, or none at all, give no state, and
//       the inbox is folded from its start. (CH-4)
// CH-3  A range that is dropped goes out as a tombstone for every row that the store holds in it.
// CH-4  What a changelog that is not believed holds is deleted in the transaction of the first checkpoint, before that one's rows: so
//       rows of two versions never lie side by side.
// Knows no Kafka and no RocksDB.      Tests: tests/simulation/group_restore_test.cpp, tests/kafka/changelog_test.cpp
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <vector>

#include "core/record.h"
#include "log/log.h"
#include "state/kv.h"
#include "state/table_space.h"

namespace millrace::engine {

// The records that stand for a checkpoint which is cut and encoded. Views into the space's batch, `stale` and this object.
class ChangelogRecords {
 public:
  // `to`: the task's partition of its changelog; `stale`: keys that go first (CH-4). Adds nothing to what was there: one object,
  // one checkpoint.
  ChangelogRecords(state::TableSpace& space, TopicPartition to, TimeMs now_ms, const std::vector<std::string>& stale);
  ChangelogRecords(const ChangelogRecords&) = delete;
  ChangelogRecords& operator=(const ChangelogRecords&) = delete;

  const std::vector<NewRecord>& all() const { return records_; }
  std::size_t bytes() const { return bytes_; }

 private:
  class Collector;
  std::vector<NewRecord> records_;
  std::deque<std::string> dropped_;  // keys of rows in dropped ranges
  std::size_t bytes_ = 0;
};

struct LoadedChangelog {
  std::uint64_t records = 0;  // read
  std::uint64_t rows = 0;     // written, tombstones included
  bool whole = false;         // CH-2
  std::string meta;           // the last meta row of this version
  bool other_layout = false;  // it ends in a checkpoint of another version
};

// CH-2: the row that ends a whole checkpoint of a version whose rows this one reads.
inline bool ends_checkpoint(const Record& record) {
  return record.key == state::kCheckpointKey && state::is_of_this_layout(record.value);
}

// The keys of the rows that a partition of a changelog holds below `end`, but for the meta row.
// Fails: given_up (retry), and as the reader.
Result<std::vector<std::string>> keys_in_changelog(const log::Reader& reader, TopicPartition from, Offset end, const std::atomic<bool>& give_up);

// Reads a partition of a changelog from its start to `end` and fills the loader, which the caller finishes when it is whole.
// Needs: every transaction below `end` has ended. Fails: given_up (retry), and as the reader and the loader.
Result<LoadedChangelog> load_changelog(const log::Reader& reader, TopicPartition from, Offset end, state::KvLoader& loader,
                                       const std::atomic<bool>& give_up);

}  // namespace millrace::engine
