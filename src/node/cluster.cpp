#include "node/cluster.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/loader.h"
#include "engine/quarantine.h"
#include "keys/crypto.h"
#include "log/kafka/faults.h"
#include "node/cluster_topics.h"
#include "node/environment.h"
#include "node/fold_keyring.h"
#include "node/folder_namespace.h"
#include "node/measures.h"
#include "node/member_thread.h"
#include "node/node.h"
#include "node/recurring.h"
#include "node/scratch.h"
#include "node/standbys.h"
#include "node/trimmer.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::node {

namespace fs = std::filesystem;
namespace kafka = log::kafka;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds kKeysPeriod{10};  // so that who is killed has not the keys of all its life to read
constexpr const char* kFollowed = "/keys/followed";  // how far the topic of the keys was read

constexpr TimeMs kTickMs = 10'000;
constexpr auto kKeysWait = std::chrono::minutes(2);  // a transaction ends within 25 s; the rest is for a broker that restarts

// CN-1
Fault taken(const std::string& folder) {
  return fatal("locked", folder + " is the folder of an instance that another process runs or starts. Stop that, or start another instance in a "
                         "folder of its own: `mkdir -p NEW/keys && cp -p " + folder + "/keys/master NEW/keys/`, then --data NEW");
}

// What came by the topic is of no use to this folder; without it the folder is as it was.
Fault wrong_master(const std::string& folder) {
  std::error_code ignored;
  for (const char* made : {"/keys/store", kFollowed}) fs::remove_all(folder + made, ignored);
  return fatal("wrong_master_key", folder + "/keys/master does not open the keys of this namespace. Copy it (mode 0600) from the folder in which "
                                   "`millrace topology --create` made this one");
}

std::string instance_of(const std::string& folder) {
  const std::string path = folder + "/instance";
  std::string name;
  if (std::ifstream file(path); file && file >> name) return name;
  name = hex(random_bytes(6), 12);
  std::ofstream(path) << name << "\n";
  return name;
}

}  // namespace

Cluster::~Cluster() = default;

Result<std::unique_ptr<Cluster>> Cluster::open(const std::string& folder, const kafka::KafkaSettings& settings,
                                               const ClusterOptions& options) {
  auto cluster = std::unique_ptr<Cluster>(new Cluster());
  cluster->folder_ = folder;
  cluster->settings_ = settings;
  cluster->options_ = options;
  for (std::size_t i = 0; i <= options.threads; ++i) {
    cluster->figures_.push_back(std::make_unique<Figures>());
    cluster->figures_.back()->member = i == 0 ? "control" : std::to_string(i - 1);
  }
  if (auto good = require_cluster_folder(folder, settings.name_space); !good) return good.fault();
  auto admin = kafka::KafkaAdmin::open(settings);
  if (!admin) return admin.fault();
  const auto partitions = partitions_on(**admin, settings);
  if (!partitions) return partitions.fault();
  if (*partitions == 0) return no_namespace(settings, folder);
  const auto gone = gone_topics(**admin, settings, *partitions);
  if (!gone) return gone.fault();
  if (!gone->empty()) return fatal("topics_gone", gone_in_words(*gone, settings, folder));
  const std::vector<kafka::TopicPlan> plan = plan_of(*partitions);
  if (auto good = (*admin)->require(plan); !good) return good.fault();
  if (!options.begins) {
    const auto control = (*admin)->watermarks({{"control", 0}});
    if (!control) return control.fault();
    if (control->front().high == Offset{0}) return cut_short(settings, folder);
  }
  cluster->admin_ = *std::move(admin);
  if (auto key = require_master_key(folder); !key) return key.fault();
  if (auto made = make_folders(folder); !made) return made.fault();
  cluster->instance_ = instance_of(folder);
  cluster->table_ = with_machine_topics(topics::make_table(*partitions), plan);
  cluster->keys_topic_ = *cluster->table_.find(kafka::kKeysTopic);
  auto reader = kafka::KafkaReader::open(settings, cluster->table_);
  if (!reader) return kafka::where_topics_exist(reader.fault());
  cluster->reader_ = *std::move(reader);
  auto appender = kafka::KafkaAppender::open(settings, cluster->table_);
  if (!appender) return appender.fault();
  cluster->appender_ = *std::move(appender);
  if (auto keys = cluster->open_keys(options); !keys) return kafka::where_topics_exist(keys.fault());
  drop_left_scratch(folder);
  auto environment = load_environment(folder, cluster->keys_->pepper_hash());
  if (!environment) return environment.fault();
  cluster->environment_ = std::make_unique<Environment>(*std::move(environment));
  cluster->topology_ = std::make_unique<engine::Topology>(make_topology(*partitions, *cluster->environment_));
  return cluster;
}

bool Cluster::has_run(const std::string& folder) {
  std::error_code hidden;
  return fs::exists(folder + kFollowed, hidden);
}

Result<void> Cluster::open_keys(const ClusterOptions& options) {
  rocks_ = std::make_unique<state::RocksEnvironment>(state::RocksLimits{});
  auto kv = rocks_->open(folder_ + "/keys/store", Keystore::kMend);
  if (!kv && kv.fault().code == "locked") return taken(folder_);
  if (!kv) return kv.fault();
  keys_log_ = std::make_unique<KeysLog>(
      *reader_,
      [this] {
        const auto seen = reader_->refresh();
        return seen ? Result<void>() : Result<void>(seen.fault());
      },
      keys_topic_, folder_ + kFollowed);
  const auto mine = secret_in(**kv);
  if ((*kv)->fault()) return *(*kv)->fault();
  if (mine) {  // CN-8
    const auto theirs = secret_on(*reader_, {keys_topic_, Partition{0}});
    if (!theirs) return theirs.fault();
    if (*theirs && **theirs != *mine) return of_another_namespace(folder_);
  }
  const bool joins = !mine && !has_run(folder_) && !fs::exists(folder_ + "/keys/mark");
  // The peppers come by the topic too, so the store is filled before it is a keystore.
  auto learnt = keys_log_->follow([&](const std::vector<state::KvWrite>& rows) { return (*kv)->apply(rows, true); });
  if (!learnt) return learnt;
  Keystore::Options how;
  how.key_seed = options.key_seed;
  how.catch_up = [this] { return await_keys(); };
  auto keys = Keystore::open(folder_, *std::move(kv), how);
  if (!keys && joins && keys.fault().code == "wrong_master_key") return wrong_master(folder_);
  if (!keys) return keys.fault();
  keys_ = *std::move(keys);
  if (auto noted = note_namespace(folder_, settings_.name_space); !noted) return noted;
  fold_keys_ = std::make_unique<FoldKeyring>(*keys_);
  fold_lookups_ = std::make_unique<FoldKeyring>(keys_->lookups());
  if (auto pair = OperatorSigner::load(folder_)) operator_key_ = std::make_unique<OperatorSigner>(*std::move(pair));
  else if (pair.fault().code != "missing") return pair.fault();
  return {};
}

Result<bool> Cluster::learn_keys() {
  const auto marks = admin_->watermarks({{std::string(kafka::kKeysTopic), 0}});
  if (!marks) return kafka::where_topics_exist(marks.fault());
  auto followed = keys_log_->follow([this](const std::vector<state::KvWrite>& rows) { return keys_->keep(rows); });
  if (!followed) return kafka::where_topics_exist(followed.fault());
  return keys_log_->next() >= marks->front().high;
}

// A record that names a key is committed, so the key is; what hides it ends by itself within the time of a transaction.
Result<void> Cluster::await_keys() {
  const auto until = std::chrono::steady_clock::now() + kKeysWait;
  for (;;) {
    const auto learnt = learn_keys();
    if (learnt && *learnt) return {};
    if (!learnt && (learnt.fault().kind == Fault::Kind::fatal || learnt.fault().code == "disk_full")) return learnt.fault();
    if (ending_ || std::chrono::steady_clock::now() >= until)
      return learnt ? retryable("timed_out", "transactions on the topic of the keys do not end; look at the brokers' logs")
                    : learnt.fault();
    std::this_thread::sleep_for(milliseconds(10));
  }
}

// KL-1
Result<void> Cluster::append_keys() {
  if (auto lost = keys_->fault()) {
    keys_->forget_fresh();  // what is refused needs none
    return *std::move(lost);
  }
  const std::vector<state::KvWrite> rows = keys_->fresh();
  if (rows.empty()) return {};
  if (auto appended = appender_->append(keys_log_->records(rows)); !appended) return appended.fault();
  return keys_->keep(rows);
}

Result<std::vector<Offset>> Cluster::append(const std::vector<NewRecord>& records, engine::Intake) {
  if (auto named = append_keys(); !named) return named.fault();
  return appender_->append(records);
}

Result<void> Cluster::look() {
  const auto seen = reader_->refresh();
  return seen ? Result<void>() : Result<void>(seen.fault());
}

Result<bool> Cluster::append_unless(const NewRecord& record, const std::function<Result<bool>()>& is_there) {
  if (auto named = append_keys(); !named) return named.fault();
  if (!retries_) retries_ = std::make_unique<kafka::SoleAppender>(settings_, table_, *admin_, "retry");
  return retries_->append_unless(record, [&]() -> Result<bool> {
    if (auto seen = look(); !seen) return seen.fault();
    return is_there();
  });
}

Result<void> Cluster::append_tick() {
  const TimeMs now = wall_ms();
  if (now < next_tick_) return {};
  const TimeMs tick = now / kTickMs * kTickMs;
  const std::string body = engine::tick_body(tick);
  const std::vector<NewRecord> record{{{topology_->control, Partition{0}}, now, {}, body, {}}};
  if (auto appended = appender_->append(record); !appended) return appended.fault();
  next_tick_ = tick + kTickMs;
  return {};
}

Fault Cluster::with_gone_topics(Fault fault) const {
  if (fault.code != "unknown_topic" && fault.code != "commit_unsettled" && fault.code != "timed_out") return fault;
  const auto gone = gone_topics(*admin_, settings_, table_.partitions(topology_->front_door));
  if (!gone || gone->empty()) return fault;  // a broker that comes back may not know its topics for a while
  fault.message = gone_in_words(*gone, settings_, folder_) + ". Meanwhile this instance waits, and tries again";
  return fault;
}

std::uint64_t Cluster::folded() const { return folded_; }

Measures Cluster::measures() const {
  using namespace std::chrono;
  Measures out;
  const auto now_ms = duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  for (const auto& each : figures_) {
    const Labels labels{{"member", each->member}};
    for (Measure& measure : each->group.measures(labels, now_ms)) out.push_back(std::move(measure));
    for (Measure& measure : each->clients.measures(labels)) out.push_back(std::move(measure));
  }
  for (Measure& measure : stages_.measures()) out.push_back(std::move(measure));
  out.push_back(counter("millrace_trimmed_offsets_total", "Offsets of topics that this instance dropped", static_cast<double>(trimmed_)));
  if (const auto following = standbys()) {
    const auto [tasks, followed, behind] = following->standing();
    out.push_back(gauge("millrace_standby_tasks", "Tasks of other instances whose state this one follows", static_cast<double>(followed)));
    out.push_back(gauge("millrace_standby_waiting_tasks", "Tasks of other instances that are not followed yet", static_cast<double>(tasks - followed)));
    out.push_back(gauge("millrace_standby_behind_records", "Records of changelogs that standbys have not applied", static_cast<double>(behind)));
  }
  add_folder(folder_, out);
  add_process("kafka", out);
  return out;
}

TimeMs Cluster::now_ms() const { return wall_ms(); }

Keyring& Cluster::fold_lookups() { return *fold_lookups_; }

Result<std::unique_ptr<state::Kv>> Cluster::scratch_kv(const std::string& name) {
  std::error_code ignored;
  const std::string path = folder_ + "/scratch/" + name;
  fs::remove_all(path, ignored);
  fs::create_directories(folder_ + "/scratch", ignored);
  return rocks_->open(path);
}

void Cluster::drop_scratch() {
  std::error_code ignored;
  fs::remove_all(folder_ + "/scratch", ignored);
}

// A commit is answered before its markers are everywhere; until then what it holds cannot be read.
Result<std::vector<log::TaskPosition>> Cluster::positions() const {
  auto positions = positions_on(settings_, table_);
  if (!positions) return positions;
  std::vector<kafka::KafkaAdmin::Part> parts;
  for (std::size_t t = 0; t < topology_->topics.size(); ++t) {
    const TopicId topic{static_cast<std::uint8_t>(t)};
    for (std::uint16_t p = 0; p < topology_->topics.partitions(topic); ++p) parts.push_back({topology_->topics[topic].name, p});
  }
  if (const auto ends = admin_->settled_ends(parts); !ends) return ends.fault();
  if (const auto seen = reader_->refresh(); !seen) return seen.fault();
  return positions;
}

Result<void> Cluster::run(const std::atomic<bool>& stop, const Told& tell) {
  if (const auto changed = note_environment(folder_, *environment_, std::nullopt)) tell.member("drift", instance_, *changed);
  std::vector<TopicId> spine;
  for (const engine::StageSpec& stage : topology_->stages)
    if (stage.inbox != topology_->control) spine.push_back(stage.inbox);
  std::vector<std::unique_ptr<MemberThread>> members;
  members.push_back(std::make_unique<MemberThread>(*this, "control", "control",
                                                   std::vector<TopicId>{topology_->control}));
  for (std::size_t i = 0; i < options_.threads; ++i)
    members.push_back(std::make_unique<MemberThread>(*this, "spine", std::to_string(i), spine));
  const auto beside = [&](const Fault& fault) { tell.fault(with_gone_topics(kafka::where_topics_exist(fault))); };
  std::unique_ptr<Trimmer> trimmer;
  // At least once keeps no changelog: a disk that is lost is folded again from the start of the topics.
  if (has_changelog()) {
    const auto floors = [this] {
      Trimmer::Floors all;
      for (const auto& each : figures_) all.merge(each->floors.told());
      return all;
    };
    trimmer = std::make_unique<Trimmer>(Trimmer::Services{settings_, *admin_, *topology_, floors, wall_ms, beside, trimmed_}, options_.keep.value_or(kKeep));
  }
  if (settings_.standbys && has_changelog()) {
    const std::lock_guard hold(standbys_mutex_);
    standbys_ = make_standbys(beside);
  }
  const auto learn = [this] {
    const auto learnt = learn_keys();
    return learnt ? Result<void>() : Result<void>(learnt.fault());
  };
  auto keys = std::make_unique<Recurring>(Recurring::When{.period = kKeysPeriod}, learn, beside);
  std::vector<std::thread> threads;
  for (const auto& member : members) threads.emplace_back([&, m = member.get()] { m->run(ending_, tell); });
  while (!stop && !ending_) std::this_thread::sleep_for(milliseconds(50));
  ending_ = true;
  keys->end();  // beside the members' own end: where no broker answers, each takes as long as it waits for one
  for (std::thread& thread : threads) thread.join();
  keys.reset();
  trimmer.reset();
  {
    const std::lock_guard hold(standbys_mutex_);
    standbys_.reset();
  }
  for (const auto& member : members)
    if (member->end) return *member->end;
  return {};
}

Result<std::unique_ptr<Cluster>> open_cluster(const Target& target, ClusterOptions options) {
  auto settings = kafka::KafkaSettings::from(target.kafka);
  if (!settings) return settings.fault();
  if (!target.key_seed.empty()) options.key_seed = target.key_seed;
  return Cluster::open(target.data, *settings, options);
}

}  // namespace millrace::node
