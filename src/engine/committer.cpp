#include "engine/committer.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace millrace::engine {

Committer::Committer(std::function<Result<void>()> commit)
    : commit_(std::move(commit)), file_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_more_.notify_all();
  thread_.join();
  if (file_ >= 0) ::close(file_);
}

Ticket Committer::ask() {
  Ticket ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    ticket = ++asked_;
  }
  asked_more_.notify_one();
  return ticket;
}

std::optional<Result<void>> Committer::outcome_of(Ticket ticket) const {
  if (ticket <= good_) return Result<void>();
  if (ticket <= ended_up_to_) return Result<void>(*fault_);
  return std::nullopt;
}

std::optional<Result<void>> Committer::outcome(Ticket ticket) const {
  const std::lock_guard lock(mutex_);
  return outcome_of(ticket);
}

Result<void> Committer::wait(Ticket ticket) const {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return outcome_of(ticket).has_value(); });
  return *outcome_of(ticket);
}

Result<void> Committer::last() const {
  const std::lock_guard lock(mutex_);
  return fault_ ? Result<void>(*fault_) : Result<void>();
}

void Committer::watch(Ticket ticket) {
  const std::lock_guard lock(mutex_);
  if (ticket > watched_) watched_ = ticket;
  if (outcome_of(ticket)) (void)::eventfd_write(file_, 1);
}

void Committer::clear() const {
  eventfd_t count = 0;
  (void)::eventfd_read(file_, &count);
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    asked_more_.wait(lock, [this] { return stopping_ || asked_ > ended_up_to_; });
    if (stopping_) return;
    const Ticket covered = asked_;
    lock.unlock();
    auto done = commit_();
    lock.lock();
    const Ticket before = ended_up_to_;
    ended_up_to_ = covered;
    if (done) good_ = covered, fault_.reset();
    else fault_ = std::move(done).fault();
    if (watched_ > before) (void)::eventfd_write(file_, 1);
    ended_.notify_all();
  }
}

}  // namespace millrace::engine
