#include "engine/task.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "core/place.h"
#include "engine/quarantine.h"

namespace millrace::engine {

static constexpr std::chrono::seconds kVisible{90};  // more than the time of a transaction

Task::Task(const StageSpec& stage, Partition partition, const Services& services, std::unique_ptr<state::Kv> kv,
           std::shared_ptr<state::CacheBudget> cache)
    : stage_(stage), inbox_{stage.inbox, partition}, services_(services), cache_(std::move(cache)) {
  position_.inbox = inbox_;
  space_ = std::make_unique<state::TableSpace>(std::move(kv), cache_);
  if (services_.figures) figures_ = std::make_unique<TaskFigures>(*services_.figures, stage_.name);
}

Result<void> Task::recover(const std::optional<log::TaskPosition>& committed, const std::string& last) {
  auto restored = space_->restore();
  if (!restored) return restored.fault();
  if (services_.changelog) space_->copy_may_be_ahead();
  const std::string name = stage_.name + "/" + std::to_string(inbox_.partition.value);
  if (*restored) {
    const state::CheckpointMeta& m = **restored;
    position_.next = m.position;
    position_.cursor = m.cursor;
    position_.digest = m.digest;
    position_.now_ms = m.now_ms;
    position_.folded = m.folded;
    position_.duplicates = m.duplicates;
    position_.ignored = m.ignored;
    position_.dead_letters = m.dead_letters;
    position_.forwarded = m.forwarded;
    digest_ = OutputDigest(m.digest);
    checkpointed_ = m.position;
    const std::int64_t committed_next = committed ? committed->next : 0;
    const std::pair stands(m.position, m.cursor), wanted(committed_next, committed ? committed->cursor : 0);
    if (stands > wanted)
      return fatal("state_ahead", "the state of " + name + " stands at offset " + std::to_string(m.position) +
                                      ", the log at " + std::to_string(committed_next) +
                                      ": the log lost a tail. Move the folder `state` away; it is rebuilt from the log");
    if (m.environment != services_.environment && stands < wanted)
      return fatal("environment_changed",
                   "records behind the last checkpoint of " + name +
                       " were folded by another version or environment (the program, a file in DATA/lists, time zones): put back what "
                       "was changed, start once and stop it cleanly, then change it");
  }
  if (const Offset start = services_.log.start(inbox_); Offset{position_.next} < start)
    return fatal("out_of_range", "the state of " + name + " stands at offset " + std::to_string(position_.next) +
                                     " of its inbox, but the log begins at " + std::to_string(start.value) +
                                     (services_.changelog
                                          ? ", and no changelog stands at or after that: records were deleted that no stage "
                                            "has folded. Put the topics back from a backup, or begin a new namespace "
                                            "(`millrace topology --create --namespace NEW --data NEWFOLDER`) and produce its facts again"
                                          : ": retention dropped what lies between, so it cannot be folded again. Put back a "
                                            "backup of the whole state that is younger: `mv DATA/state DATA/state.bad && cp -a "
                                            "BACKUP/state DATA/state`"));
  timers_ = std::make_unique<state::Timers>(*space_);
  fold_ = stage_.make(*space_, inbox_.partition);
  if (*restored) tell({.level = Level::debug, .name = "restore", .offset = position_.next});
  if (!committed) return {};
  const std::int64_t from = position_.next;
  if (auto refolded = refold_to(*committed, {}); !refolded) {
    if (refolded.fault().code != "refold_difference" || last.empty() || last == services_.environment) return refolded;
    return fatal("environment_changed",
                 "the log of " + name + " was written by another version or environment (the program, a file in DATA/lists, time zones), and "
                     "folding it again from offset " + std::to_string(from) + " to " + std::to_string(committed->next) +
                     " gives other outputs now: put back what was changed; or begin a new namespace or folder and produce its facts again");
  }
  if (position_.next > from)
    tell({.name = "refold", .offset = from, .detail = std::to_string(position_.next - from) + " records folded again"});
  for (const std::string& warning : warnings()) tell({.level = Level::warn, .name = "policy", .detail = warning});
  return {};
}

void Task::tell(Event event) const {
  event.stage = stage_.name;
  event.inbox = services_.topics[inbox_.topic].name;
  event.partition = inbox_.partition.value;
  services_.events->tell(event);
}

Result<void> Task::refold_to(const log::TaskPosition& target, const Visit& visit) {
  refolding_ = true;
  const auto before_target = [&] {
    return position_.next < target.next || (position_.next == target.next && position_.cursor < target.cursor);
  };
  const Offset stop{target.next + (target.cursor > 0 ? 1 : 0)};
  auto moved = std::chrono::steady_clock::now();
  while (before_target()) {
    if (services_.give_up && *services_.give_up)
      return retryable("given_up", "the recovery of " + stage_.name + "/" + std::to_string(inbox_.partition.value) + " was given up");
    // A record that was folded in part at the target is folded share by share like the live run did. It may lie behind offsets that
    // hold no record, so what comes before it is not asked for apart.
    const auto before = std::pair(position_.next, position_.cursor);
    const auto done = fold_share(stop);
    if (!done) return done;
    const auto now = std::chrono::steady_clock::now();
    if (before != std::pair(position_.next, position_.cursor)) {
      moved = now;
    } else {
      // What is committed on a cluster can be read when the transactions that lie before it have ended; else it is not there.
      if (services_.log.end(inbox_) >= stop || now - moved >= kVisible) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (std::size_t i = 0; visit && i < outputs_.count(); ++i) visit(outputs_[i]);
  }
  if (position_.next == target.next && position_.cursor == target.cursor && position_.digest == target.digest) {
    refolding_ = false;
    return {};
  }
  return fatal("refold_difference",
               "re-folding " + stage_.name + "/" + std::to_string(inbox_.partition.value) + " to offset " +
                   std::to_string(target.next) + " gave other outputs than the log holds (digest " +
                   std::to_string(position_.digest) + ", committed " + std::to_string(target.digest) +
                   "): state or log is damaged, or another version wrote it. Move the folder `state` away to rebuild "
                   "from the log; if the difference stays, keep the folder and report it");
}

Result<void> Task::refold_from_zero(std::unique_ptr<state::Kv> kv, const std::optional<log::TaskPosition>& committed,
                                    const Visit& visit) {
  fold_.reset();
  timers_.reset();
  space_ = std::make_unique<state::TableSpace>(std::move(kv), cache_);
  if (auto empty = space_->restore(); !empty) return empty.fault();
  timers_ = std::make_unique<state::Timers>(*space_);
  fold_ = stage_.make(*space_, inbox_.partition);
  position_ = {};
  position_.inbox = inbox_;
  digest_ = OutputDigest{};
  passed_ = 0;
  if (!committed) return {};
  return refold_to(*committed, visit);
}

Step Task::make_step(const Record& record) {
  Step step;
  step.stage = stage_.name;
  step.now_ms = position_.now_ms;
  step.at = record.at;
  step.partition = inbox_.partition;
  step.partitions = services_.topics.partitions(inbox_.topic);
  step.in = record.headers;
  step.timestamp = record.timestamp;
  step.raw_key = record.key;
  step.history = services_.history;
  step.root = record.headers.root.known() ? record.headers.root : record.at;
  step.outputs = &outputs_;
  step.timers = timers_.get();
  step.keys = refolding_ ? &services_.lookups : &services_.keys;
  step.topics = &services_.topics;
  return step;
}

Result<void> Task::fold_share(Offset frozen_end) {
  outputs_.clear();
  std::size_t folded = 0;
  // A fetch may give less than is there (a chunk, a segment); the share goes on until its own bounds.
  for (Offset at{position_.next}; at < frozen_end && !share_full(folded); at = batch_.next) {
    const auto wanted = std::min(kShareRecords - folded, static_cast<std::size_t>(frozen_end.value - at.value));
    const auto fetched = services_.log.fetch(inbox_, at, wanted, kShareBytes, batch_);
    if (!fetched) return fetched.fault();
    timed([&] {
      const std::size_t before = folded;
      for (const Record& record : batch_.records) {
        if (record.at.offset >= frozen_end) break;
        fold_record(record);
        ++folded;
        if (position_.cursor > 0 || share_full(folded)) break;
      }
      return folded - before;
    });
    if (position_.cursor > 0) break;  // a step that leaves a cursor ends the share; the next share begins with it
  }
  batch_.records.clear();
  batch_.lease.reset();  // so that a task without work holds no memory of the log
  tell_due();
  if (auto lost = unreadable()) return *std::move(lost);
  return {};
}

// A row or a key that could not be read: nothing folded since may become durable.
std::optional<Fault> Task::unreadable() const {
  return space_->fault() ? space_->fault() : services_.keys.fault();
}

Result<std::size_t> Task::fold(std::span<const Record> records) {
  outputs_.clear();
  std::size_t folded = 0;
  timed([&] {
    std::size_t steps = 0;
    while (folded < records.size() && !share_full(folded)) {
      fold_record(records[folded]);
      ++steps;
      if (position_.cursor > 0) break;
      ++folded;
    }
    return steps;
  });
  tell_due();
  if (auto lost = unreadable()) return *std::move(lost);
  return folded;
}

// Calls `fold`, which gives how many steps it made, and tells what one of them took (SG-2).
template <class Fold>
void Task::timed(const Fold& fold) {
  if (!counting()) {
    fold();
    return;
  }
  fired_ = {};
  fired_steps_ = 0;
  const auto began = std::chrono::steady_clock::now();
  const std::uint64_t steps = fold();
  figures_->spend(std::chrono::steady_clock::now() - began - fired_, steps - fired_steps_);
}

// Timers wait for a tick, so between two of them there may be many: they are counted once a second.
void Task::tell_due() {
  constexpr std::size_t kMost = 5'000;
  if (!counting()) return;
  if (timers_->earliest() > position_.now_ms) return figures_->due(0);
  const auto now = std::chrono::steady_clock::now();
  if (now - due_at_ < std::chrono::seconds(1)) return;
  due_at_ = now;
  figures_->due(timers_->due(position_.now_ms, kMost));
}

bool Task::share_full(std::size_t folded) const {
  return folded >= kShareRecords || outputs_.bytes() >= kShareBytes;
}

void Task::fold_record(const Record& record) {
  const std::size_t before = outputs_.count();
  step_record(record);
  for (std::size_t i = before; i < outputs_.count(); ++i) {
    const NewRecord out = outputs_[i];
    digest_.add(out.to.topic.value, out.to.partition.value, out.key, out.value);
  }
  position_.digest = digest_.value();
  if (position_.cursor == 0) ++passed_;
  space_->end_step();
}

void Task::step_record(const Record& record) {
  note_place({stage_.name, services_.topics[inbox_.topic].name, inbox_.partition, record.at.offset});
  position_.now_ms = std::max(position_.now_ms, record.timestamp);
  Step step = make_step(record);
  step_from(record, step);
  if (TaskFigures* const figures = counting())
    for (const std::string& reason : step.letters) figures->refuse(reason);
}

void Task::step_from(const Record& record, Step& step) {
  if (position_.cursor > 0) {  // a tick whose timers did not all fit into one step
    step.begin_input(fold_->id_of(record), "_", position_.now_ms);
    step.next_ordinal = position_.cursor;
    fire_due(record, step);
    return;
  }
  const std::size_t before = outputs_.count();
  Verdict verdict;
  if (record.headers.hop > kHopMax) {
    verdict = Verdict::dead("hop_limit");
  } else if (stage_.owns_by_key && !record.headers.broadcast &&
             partition_of(record.key, step.partitions) != inbox_.partition.value) {
    verdict = Verdict::dead("wrong_partition");
  } else {
    verdict = fold_->step(record, step);
  }
  INVARIANT("FO-2", verdict.kind == Verdict::Kind::handled || outputs_.count() == before, verdict.reason);
  const bool ticked = verdict.kind == Verdict::Kind::handled && step.counts_as_tick;
  if (!step.refused.empty()) verdict = Verdict::dead("output_too_large", std::exchange(step.refused, {}));
  settle(record, verdict, step);
  if (ticked)
    fire_due(record, step);
  else
    position_.next = record.at.offset.value + 1;
}

// Fires as many as one step may; what is left goes on in the next share, with the ordinals running on (FO-3).
void Task::fire_due(const Record& record, Step& step) {
  const auto began = counting() ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point();
  const Position root = step.root;
  Timer timer;
  const std::size_t most = fold_->timers_a_step();
  std::size_t fired = 0;
  while (fired < most && timers_->pop_due(position_.now_ms, timer)) {
    step.set_by = timer.set_by;
    step.root = timer.root.known() ? timer.root : root;
    fold_->fire(timer, step);
    if (!step.refused.empty())
      bury(record, Verdict::dead("output_too_large", std::exchange(step.refused, {})), step);
    ++fired;
  }
  if (TaskFigures* const figures = counting(); figures && fired > 0) {
    const auto took = std::chrono::steady_clock::now() - began;
    figures->spend(took, 1);
    fired_ += took;
    ++fired_steps_;
  }
  if (fired == most && timers_->earliest() <= position_.now_ms) {
    position_.cursor = std::max<std::uint64_t>(step.next_ordinal, position_.cursor + 1);
    position_.next = record.at.offset.value;
  } else {
    position_.cursor = 0;
    position_.next = record.at.offset.value + 1;
  }
}

void Task::settle(const Record& record, const Verdict& verdict, Step& step) {
  const auto count = [&](Became became) {
    if (TaskFigures* const figures = counting()) figures->count(step.type, became);
  };
  switch (verdict.kind) {
    case Verdict::Kind::handled:
      ++position_.folded;
      return count(Became::ok);
    case Verdict::Kind::ignored:
      ++position_.ignored;
      return count(Became::ignored);
    case Verdict::Kind::duplicate:
      ++position_.duplicates;
      return count(Became::duplicate);
    case Verdict::Kind::misplaced:
      if (record.headers.moved) break;
      {
        ++position_.forwarded;
        count(Became::forwarded);
        Headers headers = record.headers;
        headers.moved = true;
        headers.cause = record.at;
        headers.root = step.root;
        const Partition owner{partition_of(verdict.reason, step.partitions)};
        outputs_.open({inbox_.topic, owner}, position_.now_ms, verdict.reason, headers).append(record.value);
        outputs_.close();
      }
      return;
    case Verdict::Kind::dead_letter:
      break;
  }
  ++position_.dead_letters;
  count(Became::dlq);
  bury(record, verdict, step);
}

void Task::bury(const Record& record, const Verdict& verdict, Step& step) {
  const bool misplaced = verdict.kind == Verdict::Kind::misplaced;
  const std::string_view bytes = step.opened.empty() ? record.value : step.opened;
  const About about = fold_->about(bytes, record.headers);
  const std::string id = step.cause_id.empty() ? about.id : step.cause_id;
  if (step.tenant.empty()) step.tenant = about.tenant;
  const std::string_view reason = misplaced ? std::string_view("wrong_partition") : std::string_view(verdict.reason);
  if (TaskFigures* const figures = counting()) figures->refuse(reason);
  if (!refolding_)
    tell({.level = Level::warn, .name = "dlq", .tenant = step.tenant, .offset = record.at.offset.value, .record_id = id, .code = reason});
  const std::string& topic = services_.topics[inbox_.topic].name;
  if (step.cause_id.empty())  // a record refused at the door may come twice under one id: its place names the letter
    step.cause_id =
        hid("", 32, {topic, std::to_string(inbox_.partition.value), std::to_string(record.at.offset.value)});
  quarantine(step, stage_.dead_letters, record.key,
             {.inbox = topic,
              .record_id = id,
              .type = about.type,
              .tenant = step.tenant,
              .reason = reason,
              .detail = misplaced ? std::string_view() : std::string_view(verdict.detail),
              .stage = stage_.name,
              .policy_sha256 = fold_->policy_sha256(),
              .body = bytes,
              .now_ms = position_.now_ms});
}

state::CheckpointMeta Task::checkpoint_meta() const {
  state::CheckpointMeta meta;
  meta.position = position_.next;
  meta.cursor = position_.cursor;
  meta.now_ms = position_.now_ms;
  meta.digest = position_.digest;
  meta.folded = position_.folded;
  meta.duplicates = position_.duplicates;
  meta.ignored = position_.ignored;
  meta.dead_letters = position_.dead_letters;
  meta.forwarded = position_.forwarded;
  meta.environment = services_.environment;
  return meta;
}

}  // namespace millrace::engine
