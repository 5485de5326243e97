// The keys of a namespace on a cluster: the compacted topic `keys`, which every instance follows into its own keystore.
// A record of it is a row of the keystore, wrapped under the master key, which never leaves the data folders.
//
// KL-1  A row is on the topic before, or in the same transaction as, the first record whose sealed value names its key; so
//       whoever meets the name finds the row by reading to the end that the topic has at that moment. An open transaction
//       of another member hides what lies behind its first row until it ends.
// KL-2  Rows are taken in the topic's order, and where it was read to is noted after they are kept: a crash takes some
//       again, to the same end.
// KL-3  What was read of a topic that ended further on (before it was made anew, or put back from a backup) is read again.
//
// Threads: any.      Tests: tests/unit/keys_log_test.cpp
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/record.h"
#include "keys/keystore.h"
#include "log/log.h"
#include "state/kv.h"

namespace millrace::node {

class KeysLog {
 public:
  // `at_file` notes how far the topic was read. `topic` has one partition. `refresh` makes the reader see its end.
  KeysLog(const log::Reader& reader, std::function<Result<void>()> refresh, TopicId topic, std::string at_file);

  // Reads what is new and hands its rows on. Fails: as the reader and `keep` do.
  using Keep = std::function<Result<void>(const std::vector<state::KvWrite>&)>;
  Result<void> follow(const Keep& keep);
  // How far it was read.
  Offset next() const;
  // Records that hold these rows. Views into `rows`.
  std::vector<NewRecord> records(const std::vector<state::KvWrite>& rows) const;

 private:
  const log::Reader& reader_;
  const std::function<Result<void>()> refresh_;
  const TopicPartition at_;
  const std::string at_file_;
  mutable std::mutex mutex_;
  Offset next_{0};
};

}  // namespace millrace::node
