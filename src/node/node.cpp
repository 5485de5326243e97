#include "node/node.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "core/hash.h"
#include "core/time.h"
#include "engine/quarantine.h"
#include "node/environment.h"
#include "node/first_records.h"
#include "node/measures.h"
#include "node/scratch.h"
#include "node/simulated_world.h"
#include "topology/policy/policy.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::node {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::minutes kTrimPeriod{1};
constexpr std::uint16_t kPartitions = 8, kHistoryPartitions = 2;

constexpr const char* kMaking = "/.making";

std::string log_folder(const std::string& folder) { return folder + "/log"; }

// The lock of a folder that is being made: another creation waits until this one is done.
class FolderHold {
 public:
  explicit FolderHold(const std::string& folder) : file_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (file_ >= 0) ::flock(file_, LOCK_EX);
  }
  FolderHold(const FolderHold&) = delete;
  FolderHold& operator=(const FolderHold&) = delete;
  ~FolderHold() {
    if (file_ >= 0) ::close(file_);
  }
  void sync() const { ::fsync(file_); }

 private:
  const int file_;
};

Result<void> write_first_records(Node& node, const CreateOptions& options, const TopicTable& topics) {
  const TimeMs now = options.history ? 0 : wall_ms();
  const OperatorKey key{node.operator_key()->key_id(), node.operator_key()->public_key(), std::nullopt};
  std::vector<NewRecord> records;
  const auto bodies = first_records(options.history, topics, key, options.policy_toml, now);
  for (const std::string& body : bodies) records.push_back({{topics::control, Partition{0}}, now, {}, body, {}});
  if (auto appended = node.append(records, engine::Intake::control); !appended) return appended.fault();
  const auto settled = node.settle();
  if (!settled) return settled.fault();
  if (*settled == engine::Pace::out_of_room)
    return retryable("disk_full", "there is no room for a new namespace in " + node.folder() + "; free some space");
  return {};
}

}  // namespace

TimeMs wall_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// One that may not be looked into is no empty place: opening it says why.
bool Node::exists(const std::string& folder) {
  std::error_code hidden;
  return fs::status(log_folder(folder) + "/namespace", hidden).type() != fs::file_type::not_found;
}

Node::~Node() = default;

// NO-2: made beside, under the folder's own lock, and then moved into place, the log last: its being there is the
// namespace's being there. A creation that was killed leaves kMaking behind, by which the next one knows what is nobody's.
Result<void> Node::create(const std::string& folder, const CreateOptions& options) {
  Policy policy;
  if (const auto problems = Policy::parse(options.policy_toml, policy); !problems.empty())
    return fatal("bad_policy", "the policy does not load: " + problems.front() + "; `millrace policy check FILE` lists all");
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return fatal("io", "cannot make the folder " + folder + ": " + failed.message());
  const FolderHold hold(folder);
  if (exists(folder)) return fatal("exists", folder + " holds a namespace already; name another folder");
  fs::permissions(folder, fs::perms::owner_all, failed);
  const std::string making = folder + kMaking;
  const bool cut = fs::exists(making, failed);
  for (const char* part : {"/keys", "/state"}) {
    if (!cut && !fs::is_empty(folder + part, failed) && !failed)
      return fatal("exists", folder + part + " is there, but no log: if it belongs to a namespace, put the folder `log` back from the same "
                             "backup; if not, move it away");
    fs::remove_all(folder + part, failed);
  }
  fs::remove_all(making, failed);
  fs::create_directories(making + "/state", failed);
  if (!failed) fs::create_directories(making + "/keys", failed);
  if (!failed && fs::exists(folder + "/lists", failed)) fs::create_directory_symlink("../lists", making + "/lists", failed);
  if (failed) return fatal("io", "cannot make " + making + ": " + failed.message());
  if (auto made = make_in(making, options); !made) return made;
  for (const char* part : {"/keys", "/state", "/log"}) {
    fs::rename(making + part, folder + part, failed);
    if (failed) return fatal("io", "cannot move " + making + part + " to " + folder + ": " + failed.message() + "; the same command tries again");
  }
  hold.sync();
  fs::remove_all(making, failed);
  return {};
}

Result<void> Node::make_in(const std::string& folder, const CreateOptions& options) {
  const std::uint16_t partitions =
      options.partitions ? options.partitions : options.history ? kHistoryPartitions : kPartitions;
  state::RocksEnvironment rocks({});
  {
    auto kv = rocks.open(folder + "/keys/store", Keystore::kMend);
    if (!kv) return kv.fault();
    auto keys = Keystore::open(folder, *std::move(kv), {.create = true, .key_seed = options.key_seed});
    if (!keys) return keys.fault();
    (*keys)->key_for("_", engine::kDeadLetterKeyOwner, "namespace");
    if (auto synced = (*keys)->sync(); !synced) return synced;
    if (auto pair = OperatorSigner::create(folder, options.key_seed); !pair) return pair.fault();
  }
  log::Namespace ns;
  if (options.key_seed) ns.id = "seeded-" + sha256_hex(*options.key_seed, 16);
  ns.clock = options.history ? log::Clock::history : log::Clock::wall;
  ns.created_with = "0.1.0";
  ns.topics = topics::make_table(partitions);
  if (options.simulation) ns.fixed = world_settings(*options.simulation);
  if (auto made = log::EmbeddedLog::create(log_folder(folder), ns); !made) return made.fault();
  auto node = open(folder, {.key_seed = options.key_seed});
  if (!node) return node.fault();
  if (auto written = write_first_records(**node, options, ns.topics); !written) return written;
  return (*node)->close();
}

Result<std::unique_ptr<Node>> Node::open(const std::string& folder, const OpenOptions& options) {
  if (!exists(folder))
    return fatal("not_found", folder + " holds no Millrace namespace; `millrace run --data " + folder + "` makes one");
  auto node = std::unique_ptr<Node>(new Node());
  node->folder_ = folder;
  node->events_ = options.events;
  auto log = log::EmbeddedLog::open(log_folder(folder), {.durability = options.durability, .segment_bytes = options.segment_bytes});
  if (!log) return log.fault();
  node->log_ = *std::move(log);
  node->drop_scratch();  // of a `verify` that was killed
  drop_left_scratch(folder);
  for (const std::string& note : node->log_->notes())
    options.events->tell({.level = Level::warn, .name = "restore", .code = "log_mended", .detail = note});
  node->history_ = node->log_->about().clock == log::Clock::history;

  node->rocks_ = std::make_unique<state::RocksEnvironment>(state::RocksLimits{});
  auto kv = node->rocks_->open(folder + "/keys/store", Keystore::kMend);
  if (!kv) return kv.fault();
  auto keys = Keystore::open(folder, *std::move(kv), {.key_seed = options.key_seed});
  if (!keys) return keys.fault();
  node->keys_ = *std::move(keys);
  auto pair = OperatorSigner::load(folder);
  if (!pair) return pair.fault();
  node->operator_key_ = std::make_unique<OperatorSigner>(*std::move(pair));
  auto environment = load_environment(folder, node->keys_->pepper_hash());
  if (!environment) return environment.fault();
  node->environment_ = std::make_unique<Environment>(*std::move(environment));
  std::error_code ignored;
  fs::create_directories(folder + "/state", ignored);  // who is told to remove state may remove all of it

  const TopicTable& table = node->log_->topics();
  node->topology_ = std::make_unique<engine::Topology>(
      make_topology(table.partitions(topics::crm_events), *node->environment_));
  Node* raw = node.get();
  node->engine_ = std::make_unique<engine::Engine>(
      *node->topology_,
      engine::Services{*node->log_, *node->keys_, node->keys_->lookups(), [raw] { return raw->keys_->sync(); },
                       [raw](const std::string& stage, Partition partition) {
                         return raw->rocks_->open(raw->folder_ + "/state/" + stage + "-" +
                                                  std::to_string(partition.value));
                       },
                       options.events, &node->stages_},
      engine::Options{.threads = options.threads,
                      .cache_bytes = options.cache_bytes,
                      .environment = node->environment_->hash,
                      .history = node->history_,
                      .room = options.room});
  if (auto up = node->engine_->open(); !up) return up.fault();
  if (const auto changed = note_environment(folder, *node->environment_, node->log_->environment()))
    options.events->tell({.level = Level::warn, .name = "drift", .code = "environment_changed", .detail = *changed});
  if (node->history_) {
    std::unique_ptr<engine::World> world;
    if (const auto plan = world_plan(node->log_->about().fixed)) world = std::make_unique<SimulatedWorld>(*plan);
    node->loader_ = std::make_unique<engine::Loader>(*node->engine_, std::move(world));
    if (auto up = node->loader_->open(); !up) return up.fault();
  }
  auto keep = options.keep;
  if (!keep && !node->history_) keep = kKeep;
  node->retention_ = std::make_unique<engine::Retention>(*node->log_, *node->topology_, node->engine_->tasks(), keep);
  return node;
}

TimeMs Node::now_ms() const { return loader_ ? loader_->now_ms() : wall_ms(); }

Result<engine::Pace> Node::fold_then(const std::function<bool()>& keep_going, Result<void> (engine::Engine::*commit)()) {
  auto pace = loader_ ? loader_->run(keep_going) : engine_->drain(keep_going);
  if (!pace) return pace;
  if (auto committed = (*engine_.*commit)(); !committed) return engine_->wait_for_room(committed.fault());
  if (*pace != engine::Pace::out_of_room) engine_->going();
  return pace;
}

Result<engine::Pace> Node::fold(const std::function<bool()>& keep_going) { return fold_then(keep_going, &engine::Engine::commit_beside); }

Result<engine::Pace> Node::settle(const std::function<bool()>& keep_going) { return fold_then(keep_going, &engine::Engine::commit); }

Result<void> Node::settle_all(const std::function<bool()>& keep_going) {
  for (;;) {
    const auto pace = settle(keep_going);
    if (!pace) return pace.fault();
    if (*pace != engine::Pace::out_of_room || !keep_going()) return {};
    std::this_thread::sleep_for(engine::kRoomWait);
  }
}

Result<std::vector<Offset>> Node::append(const std::vector<NewRecord>& records, engine::Intake intake) {
  return engine_->take(records, intake);
}

std::optional<Result<void>> Node::outcome(engine::Ticket ticket) {
  auto known = engine_->committer().outcome(ticket);
  if (!known) engine_->committer().watch(ticket);
  return known;
}

std::vector<engine::Task*> Node::tasks() {
  std::vector<engine::Task*> all;
  for (const auto& task : engine_->tasks()) all.push_back(task.get());
  return all;
}

std::vector<std::string> Node::health() {
  using namespace std::chrono;
  const auto age = duration_cast<milliseconds>(steady_clock::now() - engine_->checkpointer().last_whole());
  std::vector<std::string> lines{"last checkpoint " + std::to_string(age.count()) + " ms ago"};
  for (const auto& task : engine_->tasks())
    for (const std::string& warning : task->warnings()) lines.push_back("WARNING " + warning);
  if (const std::size_t letters = retention_->holding(); letters > 0)
    lines.push_back(std::to_string(letters) + " open dead letters older than log.keep hold the log back: `millrace dlq ls`, then `dlq retry`");
  if (!engine_->stall().empty())
    lines.push_back("WAITING for space (" + engine_->stall() + "): free some, nothing needs a restart");
  return lines;
}

Measures Node::measures() const {
  class Here final : public Reading {  // this log, as `status` reads it
   public:
    explicit Here(const log::EmbeddedLog& log) : log_(log) {}
    const log::Reader& log() const override { return log_; }
    Result<std::vector<log::TaskPosition>> positions() override { return log_.all_committed(); }
    Result<bool> wait(int) override { return false; }

   private:
    const log::EmbeddedLog& log_;
  };
  Measures out;
  Here here(*log_);
  if (const auto rows = status_rows(here, true)) add_status(*rows, true, out);
  for (Measure& measure : stages_.measures()) out.push_back(std::move(measure));
  const std::chrono::duration<double> age = std::chrono::steady_clock::now() - engine_->checkpointer().last_whole();
  out.push_back(gauge("millrace_checkpoint_age_seconds", "Since the last checkpoint of all tasks was whole", age.count()));
  out.push_back(gauge("millrace_waiting_for_space", "1: the disk is full, or too full to fold", engine_->stalled() ? 1 : 0));
  out.push_back(gauge("millrace_holding_dead_letters", "Open dead letters older than log.keep, each of which holds the log back",
                      static_cast<double>(retention_->holding())));
  add_folder(folder_, out);
  add_process("embedded", out);
  return out;
}

Result<void> Node::trim(bool now) {
  const auto at = std::chrono::steady_clock::now();
  if (!now && at - trimmed_ < kTrimPeriod) return {};
  trimmed_ = at;
  auto trimmed = retention_->run(now_ms(), loader_ ? loader_->floors() : engine::Retention::Floors{});
  if (trimmed || trimmed.fault().kind == Fault::Kind::fatal) return trimmed;
  return {};  // a full disk; the next time does it
}

Result<void> Node::close() {
  if (auto closed = engine_->close(); !closed) return closed;
  return log_->close();
}

Result<std::unique_ptr<state::Kv>> Node::scratch_kv(const std::string& name) {
  std::error_code ignored;
  const std::string path = folder_ + "/scratch/" + name;
  fs::remove_all(path, ignored);
  fs::create_directories(folder_ + "/scratch", ignored);
  return rocks_->open(path);
}

void Node::drop_scratch() {
  std::error_code ignored;
  fs::remove_all(folder_ + "/scratch", ignored);
}

}  // namespace millrace::node
