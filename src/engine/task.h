// A task: one stage on one partition of its inbox, with its state. It folds shares of its inbox and knows how far.
//
// Takes   records of its inbox from the log, in offset order.
// Gives   outputs, and the position that stands for them; recovery that proves itself.
// Threads any thread, one at a time (engine/rounds.h); tasks share nothing but the log (read) and the keyring.
//
// TK-1  A share depends on the log alone: it ends at the frozen end, after kShareRecords records, kShareBytes of
//       outputs, or a step that leaves a cursor. fold() takes records that came another way (a consumer of Kafka), with
//       the same bounds but the first.
// TK-2  delivered = folded + ignored + duplicates + dead letters + forwarded, counted at the position (law 7).
// TK-3  Recovery re-folds from the checkpoint to the committed position and compares digests; it stops loudly on a
//       difference.                                         Tests: tests/simulation/engine_test.cpp
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/events.h"
#include "core/fold.h"
#include "engine/stage_figures.h"
#include "engine/topology.h"
#include "log/log.h"
#include "state/timers.h"

namespace millrace::engine {

inline constexpr std::size_t kShareRecords = 1000;
inline constexpr std::size_t kShareBytes = 4 << 20;
inline constexpr std::uint8_t kHopMax = 16;

class Task {
 public:
  struct Services {
    const TopicTable& topics;
    const log::Reader& log;
    Keyring& keys;     // live: makes what is missing
    Keyring& lookups;  // the same keys while re-folding
    std::string environment;  // hash
    bool history = false;
    Events* events = &no_events();
    bool changelog = false;    // a copy of the state is kept in one, which may stand at a later checkpoint
    const std::atomic<bool>* give_up = nullptr;  // ends a recovery between two shares, when it is set
    StageFigures* figures = nullptr;             // of the process, for the operator; outlives the task
  };
  using Visit = std::function<void(const NewRecord&)>;

  Task(const StageSpec& stage, Partition partition, const Services& services, std::unique_ptr<state::Kv> kv,
       std::shared_ptr<state::CacheBudget> cache);

  // Opens the state and re-folds to the committed position; nullopt: the task never committed. Fails: corrupt;
  // state_ahead; refold_difference; environment_changed (what is folded again was written by another environment: `last` is the
  // one under which it was committed, empty when nobody knows); given_up (retry).
  Result<void> recover(const std::optional<log::TaskPosition>& committed, const std::string& last = {});

  // Folds one share up to `frozen_end`; outputs() and position() then stand for it until the next call.
  Result<void> fold_share(Offset frozen_end);
  // The same over records at hand, which follow on position(), after dropping the outputs of the share before. Gives how
  // many it has passed; the rest, from one left with a cursor on, is for the next share.
  Result<std::size_t> fold(std::span<const Record> records);
  bool has_work(Offset end) const { return position_.next < end.value; }

  const Outputs& outputs() const { return outputs_; }
  // The same, for who keeps them longer; `next` is used instead from now on.
  Outputs take_outputs(Outputs next) {
    next.clear();
    return std::exchange(outputs_, std::move(next));
  }
  const log::TaskPosition& position() const { return position_; }
  TopicPartition inbox() const { return inbox_; }
  const StageSpec& stage() const { return stage_; }
  std::string_view policy_sha256() const { return fold_->policy_sha256(); }
  std::vector<std::string> warnings() const { return fold_->warnings(); }
  state::TableSpace& space() { return *space_; }
  bool space_fault() const { return space_->fault().has_value(); }
  TimeMs earliest_timer() { return timers_->earliest(); }
  // What was folded until now is on its way to be committed; and it is, so it is counted (SG-1).
  void close_figures() {
    if (figures_) figures_->close();
  }
  void publish_figures() {
    if (figures_) figures_->publish();
  }
  // Records that this object has folded, the one at a cursor included.
  std::uint64_t passed() const { return passed_ + (position_.cursor > 0 ? 1 : 0); }

  // The checkpoint that stands for position(), and the position of the last one written.
  state::CheckpointMeta checkpoint_meta() const;
  std::int64_t checkpointed_position() const { return checkpointed_; }
  void note_checkpoint(std::int64_t position) {
    checkpointed_ = position;
    stale_.clear();
  }
  // Keys of rows that lie in the task's changelog and are not to be believed: gone with the first checkpoint (CH-4).
  void note_stale_copy(std::vector<std::string> keys) { stale_ = std::move(keys); }
  const std::vector<std::string>& stale_copy() const { return stale_; }

  // Forgets all state and folds from the start of the inbox to `committed` over `kv` (an empty store), giving every
  // output to `visit` instead of the log: the proof of claim C1.
  Result<void> refold_from_zero(std::unique_ptr<state::Kv> kv, const std::optional<log::TaskPosition>& committed,
                                const Visit& visit);

 private:
  Result<void> refold_to(const log::TaskPosition& target, const Visit& visit);
  bool share_full(std::size_t folded) const;
  std::optional<Fault> unreadable() const;
  void fold_record(const Record& record);
  void step_record(const Record& record);
  void step_from(const Record& record, Step& step);
  void fire_due(const Record& record, Step& step);
  void settle(const Record& record, const Verdict& verdict, Step& step);
  void bury(const Record& record, const Verdict& verdict, Step& step);  // its dead letter
  Step make_step(const Record& record);
  void tell(Event event) const;  // with stage, inbox and partition
  TaskFigures* counting() const { return refolding_ ? nullptr : figures_.get(); }
  template <class Fold>
  void timed(const Fold& fold);
  void tell_due();

  const StageSpec& stage_;
  TopicPartition inbox_;
  Services services_;
  std::shared_ptr<state::CacheBudget> cache_;
  std::unique_ptr<state::TableSpace> space_;
  std::unique_ptr<state::Timers> timers_;
  std::unique_ptr<Fold> fold_;
  Outputs outputs_;
  log::Batch batch_;
  log::TaskPosition position_;
  OutputDigest digest_;
  std::int64_t checkpointed_ = 0;
  std::vector<std::string> stale_;
  std::uint64_t passed_ = 0;
  bool refolding_ = false;
  std::unique_ptr<TaskFigures> figures_;  // null: nobody asks
  std::chrono::nanoseconds fired_{0};     // of the share under way, in steps that fired timers
  std::uint64_t fired_steps_ = 0;
  std::chrono::steady_clock::time_point due_at_{};  // timers were counted last
};

}  // namespace millrace::engine
