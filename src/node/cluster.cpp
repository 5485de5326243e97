#include "node/cluster.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/loader.h"
#include "engine/quarantine.h"
#include "keys/crypto.h"
#include "log/kafka/admin.h"
#include "log/kafka/committed.h"
#include "log/kafka/member.h"
#include "node/environment.h"
#include "node/first_records.h"
#include "node/node.h"
#include "topology/policy/policy.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::node {

namespace fs = std::filesystem;
namespace kafka = log::kafka;
using std::chrono::milliseconds;

namespace {

constexpr TimeMs kTickMs = 10'000;
constexpr int kFencedMax = 3;  // once is a member's own former self; again and again is another process
constexpr auto kKeysWait = std::chrono::minutes(2);  // a transaction ends within 25 s; the rest is for a broker that restarts

// The topics of the topology, and those of the machine's own behind them.
TopicTable with_machine_topics(const TopicTable& topics, const std::vector<kafka::TopicPlan>& plan) {
  std::vector<TopicInfo> all;
  for (const kafka::TopicPlan& each : plan) all.push_back({each.name, each.partitions});
  INVARIANT("CN-5", all.size() > topics.size() && all[topics.size() - 1].name == topics[TopicId{static_cast<std::uint8_t>(topics.size() - 1)}].name,
            "the plan does not begin with the topology's topics");
  return TopicTable(std::move(all));
}

std::vector<kafka::TopicPlan> plan_of(std::uint16_t partitions) {
  const Environment none;
  const engine::Topology topology = make_topology(partitions, none);
  kafka::Layout layout;
  layout.topics = topology.topics;
  for (const engine::StageSpec& stage : topology.stages) layout.inboxes.push_back(stage.inbox);
  layout.doors = {topology.control, topology.front_door};
  return kafka::plan_topics(layout);
}

// How many partitions the namespace's inboxes have; 0: there is no such namespace on the cluster.
Result<std::uint16_t> partitions_on(kafka::KafkaAdmin& admin, const kafka::KafkaSettings& settings) {
  const auto topics = admin.describe();
  if (!topics) return topics.fault();
  for (const auto& topic : *topics)
    if (topic.name == settings.prefixed("crm.events")) return static_cast<std::uint16_t>(topic.partitions);
  return std::uint16_t{0};
}

Fault no_namespace(const kafka::KafkaSettings& settings, const std::string& folder) {
  return fatal("not_found", (settings.name_space.empty() ? std::string("there is no namespace without a name")
                                                         : "there is no namespace " + settings.name_space) +
                                " on " + settings.brokers + ", or none that this user may see (a right on its topics: kafka-acls --add); `millrace "
                                "topology --create --brokers " + settings.brokers +
                                (settings.name_space.empty() ? "" : " --namespace " + settings.name_space) + " --data " +
                                folder + "` makes one");
}

std::string instance_of(const std::string& folder) {
  const std::string path = folder + "/instance";
  std::string name;
  if (std::ifstream file(path); file && file >> name) return name;
  name = hex(random_bytes(6), 12);
  std::ofstream(path) << name << "\n";
  return name;
}

Result<void> make_folders(const std::string& folder) {
  std::error_code failed;
  for (const char* sub : {"", "/state", "/keys"}) {
    fs::create_directories(folder + sub, failed);
    if (failed) return fatal("io", "cannot make the folder " + folder + sub + ": " + failed.message());
  }
  fs::permissions(folder, fs::perms::owner_all, failed);
  return {};
}

std::string group_of(const kafka::KafkaSettings& settings, const char* part) {
  return (settings.name_space.empty() ? std::string("millrace") : settings.name_space) + "." + part;
}

// What the namespace's groups have committed, without what is not settled yet.
Result<std::vector<log::TaskPosition>> positions_on(const kafka::KafkaSettings& settings, const TopicTable& topics) {
  std::vector<log::TaskPosition> all;
  for (const char* part : {"control", "spine"}) {
    std::vector<TopicPartition> inboxes;
    for (std::uint8_t t = 0; t < topics::kInboxes; ++t)
      if ((TopicId{t} == topics::control) == (std::string_view(part) == "control"))
        for (std::uint16_t p = 0; p < topics.partitions(TopicId{t}); ++p) inboxes.push_back({TopicId{t}, Partition{p}});
    auto offsets = kafka::committed_by(settings, group_of(settings, part), topics, inboxes);
    if (!offsets) return offsets.fault();
    for (const log::Assignment& each : *offsets)
      if (each.committed) all.push_back(*each.committed);
  }
  return all;
}

class ClusterReading final : public Reading {
 public:
  ClusterReading(kafka::KafkaSettings settings, std::uint16_t partitions)
      : settings_(std::move(settings)), table_(topics::make_table(partitions)) {}
  Result<void> open() {
    auto reader = kafka::KafkaReader::open(settings_, table_);
    if (!reader) return reader.fault();
    reader_ = *std::move(reader);
    return {};
  }
  const log::Reader& log() const override { return *reader_; }
  Result<std::vector<log::TaskPosition>> positions() override { return positions_on(settings_, table_); }
  Result<bool> wait(int ms) override {
    const auto now = reader_->refresh();
    if (!now || *now) return now;
    reader_->wait(ms);
    return reader_->refresh();
  }

 private:
  const kafka::KafkaSettings settings_;
  const TopicTable table_;
  std::unique_ptr<kafka::KafkaReader> reader_;
};

}  // namespace

// Folds make keys in a space of owners of their own: there a harvest task is the only maker, so that the key of an owner is
// the same whenever its partition is folded again, whatever producers have made for the same owner meanwhile.
class Cluster::FoldKeyring final : public Keyring {
 public:
  explicit FoldKeyring(Keyring& keys) : keys_(keys) {}
  std::string token(std::string_view tenant, std::string_view kind, std::string_view value) override {
    return keys_.token(tenant, kind, value);
  }
  const SealingKey& key_for(std::string_view tenant, std::string_view owner, std::string_view record_id) override {
    if (owner == engine::kDeadLetterKeyOwner) return keys_.key_for(tenant, owner, record_id);
    return keys_.key_for(tenant, "fold/" + std::string(owner), record_id);
  }
  const SealingKey* key_of(std::string_view tenant, std::string_view sealed) override { return keys_.key_of(tenant, sealed); }
  void seal(const SealingKey& key, std::string_view record_id, std::string_view type, std::string_view plaintext,
            std::string& out) override {
    keys_.seal(key, record_id, type, plaintext, out);
  }
  std::optional<std::string> open(std::string_view tenant, std::string_view sealed) override {
    return keys_.open(tenant, sealed);
  }

 private:
  Keyring& keys_;
};

// One member, from its joining to its end, and the next after that.
class Cluster::MemberThread {
 public:
  MemberThread(Cluster& cluster, std::string group, std::string name, std::vector<TopicId> inboxes)
      : cluster_(cluster), group_(std::move(group)), name_(std::move(name)), inboxes_(std::move(inboxes)) {}

  bool is_control() const { return inboxes_.size() == 1 && inboxes_.front() == cluster_.topology_->control; }

  // One life of the member. `work` gets its runner, joined.
  Result<void> live(const std::function<Result<void>(engine::GroupRunner&)>& work) {
    cluster_.keys_->forget_fresh();  // of a life before
    if (auto learnt = cluster_.learn_keys(); !learnt) return learnt.fault();
    const std::string identity =
        (cluster_.settings_.name_space.empty() ? std::string("millrace") : cluster_.settings_.name_space) + "/" +
        cluster_.instance_ + "/" + name_;
    auto member = kafka::open_member(cluster_.settings_, cluster_.table_, {.group = group_, .identity = identity});
    if (!member) return member.fault();
    std::vector<state::KvWrite> shipped;  // whose bytes the batch sends
    engine::GroupServices services{**member, *cluster_.reader_, *cluster_.fold_keys_, *cluster_.fold_lookups_};
    services.ship_keys = [&](log::Group& group) -> Result<void> {
      shipped = cluster_.keys_->fresh();
      for (const NewRecord& record : cluster_.keys_log_->records(shipped))
        if (auto sent = group.send(record); !sent) return sent;
      return {};
    };
    services.keys_shipped = [&] { return cluster_.keys_->keep(shipped); };
    services.learn_keys = [&] { return cluster_.learn_keys(); };
    services.open_kv = [&](const std::string& stage, Partition partition) {
      auto kv = cluster_.rocks_->open(cluster_.folder_ + "/state/" + stage + "-" + std::to_string(partition.value));
      // The folder is ours (CN-1), so another member of this process has it, and does not know yet that it lost it.
      if (!kv && kv.fault().code == "locked")
        return Result<std::unique_ptr<state::Kv>>(retryable("locked", kv.fault().message));
      return kv;
    };
    engine::GroupOptions options;
    options.inboxes = inboxes_;
    options.cache_bytes = cluster_.options_.cache_bytes / (cluster_.options_.threads + 1);
    options.environment = cluster_.environment_->hash;
    if (tell_) options.tell = [this](std::string_view event, const std::string& detail) { tell_->member(event, name_, detail); };
    options.commit_after = milliseconds(cluster_.settings_.commit_ms);
    if (is_control()) {
      options.commit_after = options.commit_gap = milliseconds(0);
      options.while_owner = [this] { return cluster_.append_tick(); };
    }
    engine::GroupRunner runner(*cluster_.topology_, services, options);
    if (auto joined = runner.join(); !joined) return joined;
    auto done = work(runner);
    cluster_.folded_ += runner.folded();
    if (!done) return done;
    return runner.close();
  }

  // Lives until `stop`; begins anew after what can be tried again.
  void run(std::atomic<bool>& stop, const Told& tell) {
    tell_ = &tell;
    milliseconds pause{200};
    while (!stop) {
      const auto began = std::chrono::steady_clock::now();
      auto ended = live([&](engine::GroupRunner& runner) { return runner.run(stop); });
      if (ended) return;
      if (ended.fault().code == "instance_fenced" && ++fenced_ > kFencedMax) {
        const std::string message = ended.fault().message;
        ended = fatal("instance_fenced", message);
      }
      tell.fault(ended.fault());
      if (ended.fault().kind == Fault::Kind::fatal) {
        end = std::move(ended).fault();
        stop = true;
        return;
      }
      if (std::chrono::steady_clock::now() - began > std::chrono::seconds(30)) {
        pause = milliseconds(200);
        fenced_ = 0;
      }
      for (auto waited = milliseconds(0); waited < pause && !stop; waited += milliseconds(50))
        std::this_thread::sleep_for(milliseconds(50));
      pause = std::min(pause * 2, milliseconds(5'000));
    }
  }

  std::optional<Fault> end;

 private:
  Cluster& cluster_;
  const std::string group_, name_;
  const std::vector<TopicId> inboxes_;
  const Told* tell_ = nullptr;
  int fenced_ = 0;  // in short lives, one after the other
};

Cluster::~Cluster() = default;

// --- a namespace begins

Result<void> Cluster::create(const std::string& folder, const kafka::KafkaSettings& settings, const ClusterCreate& options) {
  Policy policy;
  if (const auto problems = Policy::parse(options.policy_toml, policy); !problems.empty())
    return fatal("bad_policy", "the policy does not load: " + problems.front() + "; `millrace policy check FILE` lists all");
  auto admin = kafka::KafkaAdmin::open(settings);
  if (!admin) return admin.fault();
  const auto there = partitions_on(**admin, settings);
  if (!there) return there.fault();
  if (*there > 0) {
    const auto marks = (*admin)->watermarks({{std::string(kafka::kKeysTopic), 0}, {"control", 0}});
    if (!marks) return marks.fault();
    const bool has_keys = (*marks)[0].high > Offset{0}, begun = (*marks)[1].high > Offset{0};
    const bool ours = fs::exists(folder + "/keys/master");
    if (begun && ours) return {};
    if (has_keys && !ours)
      return fatal("exists", "the namespace is on " + settings.brokers + " already; `millrace run --brokers " + settings.brokers +
                                 " --data FOLDER` joins it, with keys/master copied from the folder that made it");
  }
  if (auto made = make_folders(folder); !made) return made;
  const std::uint16_t partitions = *there > 0 ? *there : options.partitions;
  const std::vector<kafka::TopicPlan> plan = plan_of(partitions);
  if (auto made = (*admin)->create(plan); !made) return made.fault();
  if (auto good = (*admin)->require(plan); !good) return good;

  // The keys first: nothing can be read without them. A creation that was cut short goes on with what it made.
  {
    state::RocksEnvironment rocks({});
    auto kv = rocks.open(folder + "/keys/store");
    if (!kv) return kv.fault();
    std::string unused;
    const bool fresh = !(*kv)->get("p", unused);
    auto keys = Keystore::open(folder, *std::move(kv), {.create = fresh, .key_seed = options.key_seed});
    if (!keys) return keys.fault();
    (*keys)->key_for("_", engine::kDeadLetterKeyOwner, "namespace");
    if (auto synced = (*keys)->sync(); !synced) return synced;
    if (auto pair = OperatorSigner::create(folder, options.key_seed); !pair && pair.fault().code != "exists")
      return pair.fault();
  }
  std::vector<state::KvWrite> rows;
  {
    state::RocksEnvironment rocks({});
    auto kv = rocks.open(folder + "/keys/store");
    if (!kv) return kv.fault();
    const auto row = (*kv)->iterate();
    for (row->seek(""); row->valid(); row->next()) rows.push_back({std::string(row->key()), std::string(row->value())});
  }
  const TopicTable table = with_machine_topics(topics::make_table(partitions), plan);
  auto appender = kafka::KafkaAppender::open(settings, table);
  if (!appender) return appender.fault();
  std::vector<NewRecord> records;
  const TopicPartition keys_at{*table.find(kafka::kKeysTopic), Partition{0}};
  for (const state::KvWrite& row : rows) records.push_back({keys_at, 0, row.key, *row.value, {}});
  if (auto appended = (*appender)->append(records); !appended) return appended.fault();
  appender->reset();

  auto cluster = open(folder, settings, {.key_seed = options.key_seed});
  if (!cluster) return cluster.fault();
  const TimeMs now = wall_ms();
  const OperatorSigner& signer = *(*cluster)->operator_key_;
  const std::vector<std::string> bodies =
      first_records(false, (*cluster)->topology_->topics, {signer.key_id(), signer.public_key(), std::nullopt}, options.policy_toml, now);
  std::vector<NewRecord> first;
  for (const std::string& body : bodies) first.push_back({{topics::control, Partition{0}}, now, {}, body, {}});
  if (auto appended = (*cluster)->append(first); !appended) return appended.fault();
  MemberThread control(**cluster, group_of(settings, "control"), "control", {topics::control});
  return control.live([](engine::GroupRunner& runner) { return runner.drain(milliseconds(500)); });
}

// --- an instance

Result<std::unique_ptr<Cluster>> Cluster::open(const std::string& folder, const kafka::KafkaSettings& settings,
                                               const ClusterOptions& options) {
  auto cluster = std::unique_ptr<Cluster>(new Cluster());
  cluster->folder_ = folder;
  cluster->settings_ = settings;
  cluster->options_ = options;
  auto admin = kafka::KafkaAdmin::open(settings);
  if (!admin) return admin.fault();
  const auto partitions = partitions_on(**admin, settings);
  if (!partitions) return partitions.fault();
  if (*partitions == 0) return no_namespace(settings, folder);
  const std::vector<kafka::TopicPlan> plan = plan_of(*partitions);
  if (auto good = (*admin)->require(plan); !good) return good.fault();
  cluster->admin_ = *std::move(admin);
  if (auto made = make_folders(folder); !made) return made.fault();
  cluster->instance_ = instance_of(folder);
  cluster->table_ = with_machine_topics(topics::make_table(*partitions), plan);
  cluster->keys_topic_ = *cluster->table_.find(kafka::kKeysTopic);
  auto reader = kafka::KafkaReader::open(settings, cluster->table_);
  if (!reader) return reader.fault();
  cluster->reader_ = *std::move(reader);
  auto appender = kafka::KafkaAppender::open(settings, cluster->table_);
  if (!appender) return appender.fault();
  cluster->appender_ = *std::move(appender);
  if (auto keys = cluster->open_keys(options); !keys) return keys.fault();
  auto environment = load_environment(folder, cluster->keys_->pepper_hash());
  if (!environment) return environment.fault();
  cluster->environment_ = std::make_unique<Environment>(*std::move(environment));
  cluster->topology_ = std::make_unique<engine::Topology>(make_topology(*partitions, *cluster->environment_));
  return cluster;
}

Result<void> Cluster::open_keys(const ClusterOptions& options) {
  if (!fs::exists(folder_ + "/keys/master"))
    return fatal("no_master_key", folder_ + "/keys/master is missing: an instance opens the namespace's keys with it. Copy it "
                                  "(mode 0600) from the folder in which `millrace topology --create` ran");
  rocks_ = std::make_unique<state::RocksEnvironment>(state::RocksLimits{});
  auto kv = rocks_->open(folder_ + "/keys/store");
  if (!kv) return kv.fault();
  keys_log_ = std::make_unique<KeysLog>(
      *reader_,
      [this] {
        const auto seen = reader_->refresh();
        return seen ? Result<void>() : Result<void>(seen.fault());
      },
      keys_topic_, folder_ + "/keys/followed");
  // The peppers come by the topic too, so the store is filled before it is a keystore.
  auto learnt = keys_log_->follow([&](const std::vector<state::KvWrite>& rows) { return (*kv)->apply(rows, true); });
  if (!learnt) return learnt;
  Keystore::Options how;
  how.key_seed = options.key_seed;
  how.catch_up = [this] { return await_keys(); };
  auto keys = Keystore::open(folder_, *std::move(kv), how);
  if (!keys) return keys.fault();
  keys_ = *std::move(keys);
  fold_keys_ = std::make_unique<FoldKeyring>(*keys_);
  fold_lookups_ = std::make_unique<FoldKeyring>(keys_->lookups());
  if (auto pair = OperatorSigner::load(folder_)) operator_key_ = std::make_unique<OperatorSigner>(*std::move(pair));
  else if (pair.fault().code != "missing") return pair.fault();
  return {};
}

Result<bool> Cluster::learn_keys() {
  const auto marks = admin_->watermarks({{std::string(kafka::kKeysTopic), 0}});
  if (!marks) return marks.fault();
  auto followed = keys_log_->follow([this](const std::vector<state::KvWrite>& rows) { return keys_->keep(rows); });
  if (!followed) return followed.fault();
  return keys_log_->next() >= marks->front().high;
}

// A record that names a key is committed, so the key is; what hides it ends by itself within the time of a transaction.
Result<void> Cluster::await_keys() {
  const auto until = std::chrono::steady_clock::now() + kKeysWait;
  for (;;) {
    const auto learnt = learn_keys();
    if (learnt && *learnt) return {};
    if (!learnt && learnt.fault().kind == Fault::Kind::fatal) return learnt.fault();
    if (std::chrono::steady_clock::now() >= until)
      return learnt ? retryable("timed_out", "transactions on the topic of the keys do not end; look at the brokers' logs")
                    : learnt.fault();
    std::this_thread::sleep_for(milliseconds(10));
  }
}

Result<std::vector<Offset>> Cluster::append(const std::vector<NewRecord>& records, engine::Intake) {
  const std::vector<state::KvWrite> rows = keys_->fresh();
  if (!rows.empty()) {
    if (auto appended = appender_->append(keys_log_->records(rows)); !appended) return appended.fault();
    if (auto kept = keys_->keep(rows); !kept) return kept.fault();
  }
  return appender_->append(records);
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

std::uint64_t Cluster::folded() const { return folded_; }

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

Result<std::vector<log::TaskPosition>> Cluster::positions() const { return positions_on(settings_, table_); }

Result<void> Cluster::run(const std::atomic<bool>& stop, const Told& tell) {
  std::vector<TopicId> spine;
  for (const engine::StageSpec& stage : topology_->stages)
    if (stage.inbox != topology_->control) spine.push_back(stage.inbox);
  std::vector<std::unique_ptr<MemberThread>> members;
  members.push_back(std::make_unique<MemberThread>(*this, group_of(settings_, "control"), "control",
                                                   std::vector<TopicId>{topology_->control}));
  for (std::size_t i = 0; i < options_.threads; ++i)
    members.push_back(std::make_unique<MemberThread>(*this, group_of(settings_, "spine"), std::to_string(i), spine));
  std::atomic<bool> ending{false};
  std::vector<std::thread> threads;
  for (const auto& member : members) threads.emplace_back([&, m = member.get()] { m->run(ending, tell); });
  while (!stop && !ending) std::this_thread::sleep_for(milliseconds(50));
  ending = true;
  for (std::thread& thread : threads) thread.join();
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

Result<std::unique_ptr<Reading>> open_cluster_reading(const Target& target) {
  auto settings = kafka::KafkaSettings::from(target.kafka);
  if (!settings) return settings.fault();
  auto admin = kafka::KafkaAdmin::open(*settings);
  if (!admin) return admin.fault();
  const auto partitions = partitions_on(**admin, *settings);
  if (!partitions) return partitions.fault();
  if (*partitions == 0) return no_namespace(*settings, target.data);
  auto reading = std::make_unique<ClusterReading>(*std::move(settings), *partitions);
  if (auto up = reading->open(); !up) return up.fault();
  return std::unique_ptr<Reading>(std::move(reading));
}

}  // namespace millrace::node
