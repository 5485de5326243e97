#include "engine/checkpointer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace millrace::engine {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kSliceRows = 32;  // between two looks at the clock
constexpr std::chrono::milliseconds kLook{100};  // at a writer that may wait for room
// The writer gives way to folding, which waits for it where it falls behind (kDirtyMax). (Linux has a niceness a thread.)
constexpr int kWriterNice = 5;

Checkpointer::Checkpointer(const Pace& pace, Act commit, Act harden, std::vector<std::unique_ptr<Task>>& tasks, Events& events)
    : pace_(pace),
      commit_(std::move(commit)),
      harden_(std::move(harden)),
      tasks_(tasks),
      events_(events),
      writer_([this] { write_batches(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  end_waiting();
  writer_.join();
}

std::size_t Checkpointer::dirty_bytes() const {
  std::size_t sum = 0;
  for (const auto& task : tasks_) sum += task->space().dirty_bytes();
  return sum;
}

bool Checkpointer::due() const {
  if (Clock::now() - last_ >= kPeriod) return true;
  std::size_t rows = 0, bytes = 0;
  std::int64_t records = 0;
  for (const auto& task : tasks_) {
    rows += task->space().dirty_rows();
    bytes += task->space().dirty_bytes();
    records += task->position().next - task->checkpointed_position();
  }
  return records >= pace_.records || rows >= kDirtyRows || bytes >= kDirtyBytes;
}

// --- the folding thread ---------------------------------------------------------------------------------------------

Result<void> Checkpointer::begin() {
  if (under_way()) return {};
  if (auto committed = commit_(); !committed) return committed;
  for (const auto& task : tasks_) {
    if (task->checkpointed_position() == task->position().next && task->position().cursor == 0 &&
        task->space().dirty_rows() == 0)
      continue;
    task->space().cut(task->checkpoint_meta());
    cuts_.push_back({task.get(), task->position().next});
  }
  last_ = Clock::now();
  if (cuts_.empty()) last_whole_ = last_;
  const std::lock_guard lock(mutex_);
  log_first_ = !cuts_.empty();
  return {};
}

Result<void> Checkpointer::encode(Clock::time_point until) {
  while (!cuts_.empty() && Clock::now() < until) {
    state::TableSpace& space = cuts_.back().task->space();
    while (space.slice(kSliceRows))
      if (Clock::now() >= until) return {};
    if (space.fault()) return *space.fault();
    if (ship_) {
      encoded_.push_back(cuts_.back());
    } else {
      hand_over(cuts_.back());
      ++handed_over_;
    }
    cuts_.pop_back();
  }
  return {};
}

void Checkpointer::hand_over(const Cut& cut) {
  {
    const std::lock_guard lock(mutex_);
    to_write_.push_back(cut);
  }
  wake_.notify_one();
}

std::vector<Task*> Checkpointer::to_ship() const {
  std::vector<Task*> tasks;
  for (const Cut& cut : encoded_) tasks.push_back(cut.task);
  return tasks;
}

void Checkpointer::shipped() {
  for (const Cut& cut : std::exchange(encoded_, {})) {
    hand_over(cut);
    ++handed_over_;
  }
}

// While nothing is folded: each task's share on any thread, handed to the writer as soon as it is encoded.
Result<void> Checkpointer::encode_all() {
  if (!workers_ || ship_) return encode(Clock::time_point::max());
  workers_->run(cuts_.size(), [this](std::size_t i) {
    state::TableSpace& space = cuts_[i].task->space();
    while (space.slice(kSliceRows)) {
    }
    if (!space.fault()) hand_over(cuts_[i]);
  });
  const std::vector<Cut> encoded = std::exchange(cuts_, {});
  for (const Cut& cut : encoded) {
    if (cut.task->space().fault()) cuts_.push_back(cut);
    else ++handed_over_;
  }
  if (!cuts_.empty()) return *cuts_.front().task->space().fault();
  return {};
}

// Takes back what is written, and lets the writer try again what it could not.
Result<void> Checkpointer::collect() {
  std::vector<Cut> written;
  std::optional<Fault> fault, waits;
  {
    const std::lock_guard lock(mutex_);
    written.swap(written_);
    waits = writer_waits();
    fault = fault_;
    if (fault && fault->kind == Fault::Kind::retry) fault_.reset();
  }
  for (const Cut& cut : written) {
    cut.task->space().finish();
    cut.task->note_checkpoint(cut.position);
    events_.tell({.level = Level::debug,
                  .name = "checkpoint",
                  .stage = cut.task->stage().name,
                  .partition = cut.task->inbox().partition.value,
                  .offset = cut.position});
  }
  handed_over_ -= written.size();
  if (!written.empty() && !under_way()) last_whole_ = Clock::now();
  if (!written.empty()) stall_.reset();
  if (fault && fault->kind == Fault::Kind::fatal) return *std::move(fault);
  if (waits) stall_ = std::move(waits);
  if (fault) {
    stall_ = std::move(fault);
    wake_.notify_one();
  }
  if (stall_) return *stall_;
  return {};
}

Result<void> Checkpointer::run() {
  if (auto collected = collect(); !collected) return collected;
  if (!under_way()) {
    if (!due()) {
      last_slice_ = Clock::now();
      return {};
    }
    if (auto begun = begin(); !begun) return begun;
  }
  return encode_slice();
}

Result<void> Checkpointer::go_on() {
  if (auto collected = collect(); !collected) return collected;
  return encode_slice();
}

Result<void> Checkpointer::encode_slice() {
  const auto now = Clock::now();
  auto encoded = encode(now + std::clamp<Clock::duration>((now - last_slice_) / pace_.share, pace_.least, pace_.most));
  last_slice_ = Clock::now();
  return encoded;
}

// Until nothing is under way; gives also a fault that the writer tries again, since the caller cannot go on without.
Result<void> Checkpointer::complete() {
  if (auto encoded = encode_all(); !encoded) return encoded;
  if (!encoded_.empty())
    if (auto shipped = ship_(); !shipped) return shipped;
  {
    std::unique_lock lock(mutex_);
    while (!written_one_.wait_for(lock, kLook, [this] { return fault_ || written_.size() == handed_over_; }))
      if (writer_waits()) break;
  }
  return collect();
}

// Under the mutex: why the batch that is being written waits (WF-4).
std::optional<Fault> Checkpointer::writer_waits() const {
  return writing_ && !log_first_ ? to_write_.front().task->space().kv().waiting() : std::nullopt;
}

void Checkpointer::end_waiting() {
  for (const auto& task : tasks_) task->space().kv().end_waiting();
}

Result<void> Checkpointer::finish() {
  if (auto collected = collect(); !collected && collected.fault().kind == Fault::Kind::fatal) return collected;
  if (auto done = complete(); !done) return done;
  if (auto begun = begin(); !begun) return begun;
  return complete();
}

void Checkpointer::drop() {
  end_waiting();
  std::unique_lock lock(mutex_);
  written_one_.wait(lock, [this] { return !writing_; });
  for (const Cut& cut : std::exchange(written_, {})) {
    cut.task->space().finish();
    cut.task->note_checkpoint(cut.position);
  }
  cuts_.insert(cuts_.end(), to_write_.begin(), to_write_.end());
  to_write_.clear();
  cuts_.insert(cuts_.end(), encoded_.begin(), encoded_.end());
  encoded_.clear();
  for (const Cut& cut : std::exchange(cuts_, {})) cut.task->space().abandon();
  handed_over_ = 0;
  fault_.reset();
  stall_.reset();
}

// --- the writer -----------------------------------------------------------------------------------------------------

void Checkpointer::write_batches() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kWriterNice);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || (!to_write_.empty() && !fault_); });
    if (stopping_) return;
    writing_ = true;
    if (auto written = write_next(lock); !written) fault_ = std::move(written).fault();
    writing_ = false;
    written_one_.notify_all();
  }
}

// Gives the lock back while the disk works.
Result<void> Checkpointer::write_next(std::unique_lock<std::mutex>& lock) {
  if (log_first_) {
    lock.unlock();
    auto durable = harden_();
    lock.lock();
    if (!durable) return durable;
    log_first_ = false;
  }
  const Cut cut = to_write_.front();
  lock.unlock();
  auto written = cut.task->space().write(false);
  lock.lock();
  if (!written) return written;
  to_write_.pop_front();
  written_.push_back(cut);
  return {};
}

}  // namespace millrace::engine
