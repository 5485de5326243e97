#include "engine/group_runner.h"

#include <algorithm>
#include <utility>

#include "engine/changelog.h"

namespace millrace::engine {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kWhileRestoring{5};  // between two looks at what stands
constexpr milliseconds kReportWait{1};      // for where outputs lie, with nothing else to do

std::string since(std::chrono::steady_clock::time_point then) {
  const auto passed = std::chrono::steady_clock::now() - then;
  return std::to_string(std::chrono::duration_cast<milliseconds>(passed).count()) + " ms after the assignment";
}

}  // namespace

GroupRunner::GroupRunner(const Topology& topology, const GroupServices& services, const GroupOptions& options)
    : topology_(topology),
      services_(services),
      options_(options),
      checkpointer_(options_.checkpoints, [] { return Result<void>(); }, [] { return Result<void>(); }, tasks_),  // what is committed is durable
      restorer_([this](const log::Assignment& a, const std::atomic<bool>& give_up) { return bring_up(a, give_up); }, options.restoring),
      figures_(options.figures ? *options.figures : none_) {
  ++figures_.lives;
  if (services_.changelog) checkpointer_.ship_first([this] { return ship(); });
  std::size_t share = 0;
  for (const TopicId inbox : options_.inboxes) share += topology_.topics.partitions(inbox);
  cache_ = std::make_shared<state::CacheBudget>(options_.cache_bytes, std::max<std::size_t>(share, 1));
}

GroupRunner::~GroupRunner() { figures_.tasks = figures_.restoring = 0; }

const StageSpec& GroupRunner::stage_of(TopicId inbox) const {
  const auto found = std::find_if(topology_.stages.begin(), topology_.stages.end(),
                                  [&](const StageSpec& s) { return s.inbox == inbox; });
  INVARIANT("GR-5", found != topology_.stages.end(), "a group gave a partition of a topic that is no inbox");
  return *found;
}

std::size_t GroupRunner::depth_of(TopicId inbox) const {
  return static_cast<std::size_t>(&stage_of(inbox) - topology_.stages.data());
}

Task* GroupRunner::task_of(TopicPartition inbox) {
  const auto found = std::find_if(tasks_.begin(), tasks_.end(), [&](const auto& task) { return task->inbox() == inbox; });
  return found == tasks_.end() ? nullptr : found->get();
}

Fault GroupRunner::lost() const {
  return retryable("membership_lost", "this member lost its partitions before it could commit; it begins anew from its "
                                      "checkpoints: nothing is lost");
}

Result<void> GroupRunner::join() { return services_.group.join(options_.inboxes, *this); }

// --- partitions come and go, inside poll()

void GroupRunner::assigned(const std::vector<log::Assignment>& partitions) {
  given_ = true;
  assigned_at_ = Clock::now();
  read_rows_ = read_tasks_ = 0;
  refolded_ = 0;
  ++figures_.assignments;
  options_.tell("assign", std::to_string(partitions.size()) + " partitions");
  waiting_.insert(waiting_.end(), partitions.begin(), partitions.end());
  figures_.restoring = waiting_.size();
}

void GroupRunner::revoked(const std::vector<TopicPartition>& partitions, bool was_lost) {
  waiting_.clear();
  restorer_.cancel();  // before anybody hears that the stores may be another's
  options_.tell("revoke", std::to_string(partitions.size()) + " partitions" + (was_lost ? ", lost" : ""));
  figures_.tasks = figures_.restoring = 0;
  if (options_.floors) options_.floors->tell({});  // of what is no longer ours
  if (was_lost && (batch_open() || aside_)) {
    fault_ = lost();
    return;
  }
  if (!was_lost) {
    if (auto committed = commit(); !committed) {
      fault_ = std::move(committed).fault();
      return;
    }
    // The next owner may be this process again.
    if (auto saved = checkpointer_.finish(); !saved) fault_ = std::move(saved).fault();
  }
  checkpointer_.drop();
  tasks_.clear();
}

// GR-2. What others made until now is known before anything is folded again; while it cannot be had, the next turn asks.
Result<void> GroupRunner::begin_restore() {
  const auto learnt = services_.learn_keys();
  if (!learnt) return learnt.fault();
  if (*learnt) restorer_.begin(std::exchange(waiting_, {}));
  return {};
}

Result<void> GroupRunner::collect_restored() {
  auto up = restorer_.collect();
  if (!up && up.fault().code == "state_ahead") {  // ahead of what was committed when it was given to us, perhaps not now
    const auto now = services_.group.committed(restorer_.failed().inbox);
    if (!now) return now.fault();
    if (now->committed != restorer_.failed().committed) return lost();
  }
  if (!up) return up.fault();
  for (std::unique_ptr<Task>& task : *up) {
    const log::TaskPosition& at = task->position();
    services_.reader.release(at.inbox);
    for (const std::string& warning : task->warnings()) options_.tell("policy", "WARNING " + warning);
    refolded_ += task->passed();
    figures_.refolded += task->passed();
    ++figures_.tasks;
    --figures_.restoring;
    if (auto resumed = services_.group.resume(at.inbox, Offset{at.next}); !resumed) return resumed;
    tasks_.push_back(std::move(task));
  }
  if (!restorer_.busy()) {
    tell_commit_ = true;
    std::string how = std::to_string(tasks_.size()) + " tasks, " + std::to_string(refolded_) + " records folded again, ";
    if (read_tasks_ > 0)
      how += std::to_string(read_tasks_) + " tasks from " + std::to_string(read_rows_) + " rows of their changelogs, ";
    options_.tell("restore", how + since(assigned_at_));
  }
  return {};
}

Result<std::unique_ptr<Task>> GroupRunner::bring_up(const log::Assignment& assignment, const std::atomic<bool>& give_up) const {
  const StageSpec& stage = stage_of(assignment.inbox.topic);
  const ChangelogServices* const changelog = services_.changelog ? &*services_.changelog : nullptr;
  BringUpServices services{{topology_.topics, services_.reader, services_.keys, services_.lookups, options_.environment},
                           cache_, services_.open_kv, changelog};
  services.task.changelog = changelog != nullptr;
  services.task.give_up = &give_up;
  services.task.figures = options_.stages;
  auto up = BringUp(services, stage, assignment).run();
  if (!up) return up.fault();
  if (up->changelog_records > 0) {
    ++read_tasks_;
    read_rows_ += up->changelog_records;
    figures_.restored_rows += up->changelog_records;
  }
  return std::move(up->task);
}

// A store that turned out to be damaged is replaced by the next life of this member.
Fault GroupRunner::condemned(const Task& task, Fault fault) const {
  if (fault.code != "corrupt" || !services_.changelog || !task.space_fault()) return fault;
  if (auto marked = services_.changelog->condemn(task.stage().name, task.inbox().partition); !marked) {
    Fault why = marked.fault();
    why.message += " (" + fault.message + ")";
    return why;
  }
  return retryable("state_damaged", fault.message + " It is restored from the changelog");
}

// --- the turn

Result<bool> GroupRunner::turn(milliseconds wait) {
  if (!waiting_.empty())
    if (auto begun = begin_restore(); !begun) return begun.fault();
  if (restorer_.busy())
    if (auto collected = collect_restored(); !collected) return collected.fault();
  if (!waiting_.empty() || restorer_.busy()) wait = std::min(wait, kWhileRestoring);
  if (auto gone = go_on(false); !gone) return gone.fault();
  if (batch_open() || aside_) wait = std::min(wait, milliseconds(1));
  const auto chained = fold_chained(milliseconds(0));
  if (!chained) return chained.fault();
  bool worked = *chained;
  ending_ = ending_ || (chains() && Clock::now() - batch_began_ >= options_.commit_gap);
  if (takes_more()) {
    const auto polled = fold_polled(worked || chains() ? milliseconds(0) : wait);
    if (!polled) return polled.fault();
    worked = worked || *polled;
  }
  if (!worked && chains()) {
    const auto reported = fold_chained(kReportWait);
    if (!reported) return reported.fault();
    worked = *reported;
  }
  if (commit_due(!worked))
    if (auto committed = end_batch(); !committed) return committed.fault();
  if (!tasks_.empty() && options_.while_owner)
    if (auto done = options_.while_owner(); !done && done.fault().kind == Fault::Kind::fatal) return done.fault();
  return worked;
}

Result<bool> GroupRunner::fold_chained(milliseconds wait) {
  if (!batch_open() || backlog_) return false;
  const auto deliveries = services_.group.chained(wait);
  if (!deliveries) return deliveries.fault();
  if (auto folded = fold_all(*deliveries, true); !folded) return folded.fault();
  return !deliveries->empty();
}

Result<bool> GroupRunner::fold_polled(milliseconds wait) {
  const auto deliveries = services_.group.poll(wait);
  if (fault_) return *std::exchange(fault_, std::nullopt);
  if (!deliveries) return deliveries.fault();  // partitions may have come and gone meanwhile: begin anew
  std::size_t records = 0;
  for (const log::Delivery& delivery : *deliveries) records += delivery.records.size();
  backlog_ = backlog_ || records >= options_.backlog;
  if (auto folded = fold_all(*deliveries, false); !folded) return folded.fault();
  return !deliveries->empty();
}

// The deepest stage first: what is nearest to its end leaves first.
Result<void> GroupRunner::fold_all(std::span<const log::Delivery> deliveries, bool chained) {
  std::vector<const log::Delivery*> order;
  for (const log::Delivery& delivery : deliveries) order.push_back(&delivery);
  std::stable_sort(order.begin(), order.end(), [this](const log::Delivery* a, const log::Delivery* b) {
    return depth_of(a->inbox.topic) > depth_of(b->inbox.topic);
  });
  for (const log::Delivery* delivery : order)
    if (auto folded = fold(*delivery, chained); !folded) return folded;
  return {};
}

// Records that were chained lie in the batch's own outputs, so it does not end between them.
Result<void> GroupRunner::fold(const log::Delivery& delivery, bool chained) {
  Task* const task = task_of(delivery.inbox);
  INVARIANT("GR-2", task, "a partition delivered before its task stood");
  INVARIANT("GP-3", delivery.records.front().at.offset.value >= task->position().next, "a record was delivered twice");
  for (std::span<const Record> rest(delivery.records); !rest.empty();) {
    const auto passed = task->fold(rest);
    if (!passed) return condemned(*task, passed.fault());
    folded_.fetch_add(*passed, std::memory_order_relaxed);
    figures_.folded.fetch_add(*passed, std::memory_order_relaxed);
    rest = rest.subspan(*passed);
    if (!batch_open()) batch_began_ = Clock::now();
    if (!is_touched(task)) touched_.push_back(task);
    Outputs spare;
    if (!spare_.empty()) {
      spare = std::move(spare_.back());
      spare_.pop_back();
    }
    outputs_.push_back(task->take_outputs(std::move(spare)));
    const Outputs& outputs = outputs_.back();
    for (std::size_t i = 0; i < outputs.count(); ++i)
      if (auto sent = services_.group.send(outputs[i]); !sent) return sent;
    batch_records_ += outputs.count();
    batch_bytes_ += outputs.bytes();
    if (!chained && batch_full(chains() ? kChainTimes : 1))
      if (auto committed = end_batch(); !committed) return committed;
  }
  return {};
}

bool GroupRunner::commit_due(bool drained) const {
  if (!batch_open()) return false;
  if (chains()) return batch_full(kChainTimes) || batch_late(kChainMore);
  return ending_ || batch_due() || (drained && Clock::now() - last_commit_ >= options_.commit_gap);
}

// With more behind it, a batch is committed while the next one is folded. A checkpoint that is due is cut here too (GR-1):
// where rows go to a changelog first, they go with a later batch, and that goes out when this one is committed (GP-6).
Result<void> GroupRunner::end_batch() {
  if (auto gone = go_on(true); !gone) return gone;
  const bool cut = checkpointer_.wants_cut();
  if (!backlog_ || (cut && !services_.changelog) || checkpointer_.dirty_bytes() > options_.dirty_max) return commit();
  const auto positions = gather();
  if (!positions) return positions.fault();
  const auto begun = services_.group.commit_aside(*positions, options_.environment);
  if (!begun) return begun.fault();
  if (!*begun) return commit_gathered(*positions);
  close_batch();
  aside_ = true;
  return cut ? checkpointer_.begin() : Result<void>();
}

Result<void> GroupRunner::commit() {
  if (auto ended = collect_aside(true); !ended) return ended.fault();
  const auto positions = gather();
  return positions ? commit_gathered(*positions) : Result<void>(positions.fault());
}

Result<void> GroupRunner::commit_gathered(std::span<const log::TaskPosition> positions) {
  if (auto committed = commit_batch(positions); !committed) return committed;
  return checkpoint(true);
}

// `cut`: all that is folded is committed.
Result<void> GroupRunner::checkpoint(bool cut) {
  const bool heap = cut && checkpointer_.dirty_bytes() > options_.dirty_max;  // GR-7
  auto saved = heap ? checkpointer_.finish() : cut ? checkpointer_.run() : checkpointer_.go_on();
  if (checkpointer_.last_whole() != whole_) tell_checkpoint();
  const bool full = !saved && saved.fault().code == "disk_full";
  if (full && !out_of_room_) options_.tell_fault(saved.fault());
  if (!full && out_of_room_) options_.tell("retry", "there is room again; checkpoints are written");
  out_of_room_ = full;
  return full && !heap ? Result<void>() : saved;
}

void GroupRunner::tell_checkpoint() {
  whole_ = checkpointer_.last_whole();
  figures_.checkpoint_ms = std::chrono::duration_cast<milliseconds>(whole_.time_since_epoch()).count();
  if (!options_.floors) return;
  GroupFloors::Floors floors;
  for (const auto& task : tasks_) floors[task->inbox()] = Offset{task->checkpointed_position()};
  options_.floors->tell(std::move(floors));
}

// For a checkpoint that has to be whole before anything else is done.
Result<void> GroupRunner::ship() {
  INVARIANT("GR-6", !aside_, "rows that no transaction has would count as shipped");
  const auto positions = gather();
  return positions ? commit_batch(*positions) : Result<void>(positions.fault());
}

// The batch's positions, and the rows of checkpoints that wait for one, which go with it (GR-6).
Result<std::vector<log::TaskPosition>> GroupRunner::gather() {
  std::vector<Task*> moved = touched_;
  for (Task* task : checkpointer_.to_ship()) {
    const TopicPartition to{services_.changelog->topic(task->inbox().topic), task->inbox().partition};
    for (const NewRecord& row : rows_.emplace_back(task->space(), to, task->position().now_ms, task->stale_copy()).all())
      if (auto sent = services_.group.send(row); !sent) return sent.fault();
    if (!is_touched(task)) moved.push_back(task);
  }
  std::vector<log::TaskPosition> positions;
  if (moved.empty()) return positions;
  if (auto shipped = services_.ship_keys(services_.group); !shipped) return shipped.fault();
  for (const Task* task : moved) positions.push_back(task->position());
  return positions;
}

Result<void> GroupRunner::commit_batch(std::span<const log::TaskPosition> positions) {
  if (positions.empty()) return {};
  close_batch();
  const auto end = services_.group.commit(positions, options_.environment);
  return end ? take_end(*end) : Result<void>(end.fault());
}

// What is folded from now on is the next batch's.
void GroupRunner::close_batch() {
  for (Task* task : touched_) task->close_figures();
  batch_records_ = batch_bytes_ = 0;
  backlog_ = ending_ = false;
  closed_ = {std::exchange(touched_, {}), std::exchange(outputs_, {}), Clock::now()};
}

Result<void> GroupRunner::take_end(log::CommitEnd end) {
  if (end != log::CommitEnd::committed) {
    ++figures_.losses;
    return lost();
  }
  Closed batch = std::exchange(closed_, {});
  ++figures_.commits;
  figures_.commit_us += static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - batch.began).count());
  if (auto kept = services_.keys_shipped(); !kept) return kept;
  checkpointer_.shipped();
  rows_.clear();
  for (Task* task : batch.touched) task->publish_figures();
  for (Outputs& outputs : batch.outputs)
    if (spare_.size() < 64) spare_.push_back(std::move(outputs));
  last_commit_ = Clock::now();
  if (std::exchange(tell_commit_, false)) options_.tell("commit", "the first, " + since(assigned_at_));
  return {};
}

// What became of the batch aside, if it has ended or is waited for; false: none ended.
Result<bool> GroupRunner::collect_aside(bool wait) {
  if (!aside_) return false;
  const auto end = services_.group.commit_ended(wait);
  if (!end) return end.fault();
  if (!*end) return false;
  aside_ = false;
  if (auto taken = take_end(**end); !taken) return taken.fault();
  return true;
}

// Behind a batch that was committed aside the checkpoint goes on, as behind any other.
Result<void> GroupRunner::go_on(bool wait) {
  const auto ended = collect_aside(wait);
  if (!ended) return ended.fault();
  return *ended ? checkpoint(false) : Result<void>();
}

Result<void> GroupRunner::run(const std::atomic<bool>& stop) {
  while (!stop) {
    const auto worked = turn(milliseconds(100));
    if (!worked) return worked.fault();
    if (!*worked && !batch_open())
      if (auto saved = commit(); !saved) return saved;
  }
  return {};
}

Result<void> GroupRunner::drain(milliseconds quiet) {
  for (auto last = Clock::now(); Clock::now() - last < quiet;) {
    const auto worked = turn(milliseconds(20));
    if (!worked) return worked.fault();
    if (*worked || !given_ || !waiting_.empty() || restorer_.busy() || batch_open() || aside_) last = Clock::now();
  }
  return {};
}

Result<void> GroupRunner::close() {
  if (auto committed = commit(); !committed) return committed;
  if (auto saved = checkpointer_.finish(); !saved) return saved;
  services_.group.leave();
  return {};
}

}  // namespace millrace::engine
