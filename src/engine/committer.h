// Commits on a thread of its own, so that folding goes on while the disk works.
//
//   Committer committer([&] { return log.flush(); });
//   const Ticket ticket = committer.ask();   // for all that was appended until now
//   ...                                      // fold on
//   committer.outcome(ticket)                // nothing yet; durable; or why not
//
// One commit answers all that was asked before it began: while the disk is slow there are fewer and larger ones.
//
// CM-1  A ticket is good only after a commit that began after its ask() has succeeded.
// CM-2  A commit that fails fails the tickets that were asked before it began and are not good yet, and no later one. When
//       a later commit succeeds they are good after all.
// CM-3  Nothing is tried again until somebody asks.
// CM-4  The destructor lets the commit under way end; what was asked since is dropped, as by the end of the process.
//
// Threads: any may call.      Tests: tests/simulation/committer_test.cpp
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "core/result.h"

namespace millrace::engine {

using Ticket = std::uint64_t;  // rises; 0: of nothing, and good

class Committer {
 public:
  // `commit` makes durable what was appended before it is called.
  explicit Committer(std::function<Result<void>()> commit);
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  Ticket ask();
  // nullopt: its commit is still to come or under way.
  std::optional<Result<void>> outcome(Ticket ticket) const;
  // The same, awaited.
  Result<void> wait(Ticket ticket) const;
  // How the last commit that has ended did; good before the first.
  Result<void> last() const;

  // For who sleeps in poll(): a file that is readable from the moment at which a watched ticket has its outcome until
  // clear(). -1: there is none, so look now and then.
  void watch(Ticket ticket);
  int file() const { return file_; }
  void clear() const;

 private:
  void run();
  std::optional<Result<void>> outcome_of(Ticket ticket) const;

  const std::function<Result<void>()> commit_;
  const int file_;
  mutable std::mutex mutex_;  // of what follows
  mutable std::condition_variable asked_more_, ended_;
  Ticket asked_ = 0, ended_up_to_ = 0, good_ = 0;
  Ticket watched_ = 0;
  std::optional<Fault> fault_;  // of the last commit
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace millrace::engine
