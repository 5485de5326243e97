// A standby of one task: a store that follows the task's changelog, so that who takes the task over has its state at hand
// and reads no changelog first.
//
//   Follower follower(reader, changelog, services);
//   auto read = follower.turn(end, give_up);     // now and then
//   follower.close();                            // before the task itself opens the store
//
// FW-1  The store stands at a whole checkpoint of the task at any time: what was read is applied in one batch, up to an end
//       of the changelog, where the last row is a meta row. (In between a compacted changelog may lack rows that later
//       ones replaced.)
// FW-2  A store of which nobody knows how far it has followed is made anew from the whole changelog, unless its checkpoint
//       is the last one there.
// FW-3  A store that was made anew stands for nothing (it has no meta row) until it has followed once more: a row that a later one
//       replaced while the changelog was read may be gone from it, though the meta row that is older than that one is there.
// Threads: one at a time.      Tests: tests/simulation/group_restore_test.cpp, tests/kafka/standby.sh
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "log/log.h"
#include "state/kv.h"

namespace millrace::engine {

class Follower {
 public:
  struct Services {
    std::function<Result<std::unique_ptr<state::Kv>>()> open_kv;
    std::function<Result<std::unique_ptr<state::KvLoader>>()> load_kv;
  };
  static constexpr std::int64_t kFollowMax = 200'000;  // records; further behind, the store is made anew

  Follower(const log::Reader& reader, TopicPartition changelog, Services services)
      : reader_(reader), changelog_(changelog), services_(std::move(services)) {}

  // Brings the store to `end`, below which every transaction has ended. Gives how many records were read.
  // Fails: given_up (retry), and as the reader and the stores.
  Result<std::uint64_t> turn(Offset end, const std::atomic<bool>& give_up);
  // What it has not followed yet; all of it before the first turn.
  std::int64_t behind(Offset end) const {
    return kv_ ? end.value - next_.value + (unproven_ ? 1 : 0) : end.value - reader_.start(changelog_).value;
  }
  bool follows() const { return kv_ && !unproven_; }
  // Lets the store go, whole as it stands, or without a meta row (FW-3).
  void close();
  // A write that waits for room fails from now on: before close(). Any thread.
  void end_waiting();

 private:
  Result<bool> stands_at(Offset end, state::Kv& kv) const;
  void take_up(std::unique_ptr<state::Kv> kv, Offset at);
  Result<std::uint64_t> make_anew(Offset end, const std::atomic<bool>& give_up);
  Result<std::uint64_t> follow(Offset end, const std::atomic<bool>& give_up);

  const log::Reader& reader_;
  const TopicPartition changelog_;
  const Services services_;
  std::mutex mutex_;                // of whose store it is
  std::unique_ptr<state::Kv> kv_;
  Offset next_;
  std::optional<std::string> unproven_;  // its meta row (FW-3)
};

}  // namespace millrace::engine
