// How a namespace begins on a cluster: topics, keys, first records.
#include <algorithm>
#include <chrono>
#include <filesystem>

#include "engine/quarantine.h"
#include "node/cluster.h"
#include "node/cluster_topics.h"
#include "node/first_records.h"
#include "node/folder_namespace.h"
#include "node/member_thread.h"
#include "node/node.h"
#include "node/request.h"
#include "topology/policy/policy.h"
#include "topology/topics.h"

namespace millrace::node {

namespace fs = std::filesystem;
namespace kafka = log::kafka;

namespace {

Fault exists(const kafka::KafkaSettings& settings) {
  return fatal("exists", "the namespace is on " + settings.brokers + " already; `millrace run --brokers " + settings.brokers +
                             " --data FOLDER` joins it, with keys/master copied from the folder that made it");
}

// CN-8. That of a folder; nullopt where it has no keystore, as before it joins.
Result<std::optional<std::string>> secret_of(const std::string& folder) {
  if (!fs::exists(folder + "/keys/store")) return std::optional<std::string>();
  state::RocksEnvironment rocks({});
  auto kv = rocks.open(folder + "/keys/store", Keystore::kMend);
  if (!kv && kv.fault().code == "locked") return std::optional<std::string>();  // an instance that runs has asked for itself
  if (!kv) return kv.fault();
  return secret_in(**kv);
}

// CN-7. The secret of the peppers goes first, once. Fails: exists; then nothing of this folder's keys is on the cluster.
Result<void> claim(const kafka::KafkaSettings& settings, const TopicTable& table, kafka::KafkaAdmin& admin,
                   const std::vector<state::KvWrite>& rows) {
  const auto secret = std::find_if(rows.begin(), rows.end(), [](const state::KvWrite& row) { return row.key == kSecretRow; });
  INVARIANT("CN-7", secret != rows.end(), "a keystore without the secret of its peppers");
  auto reader = kafka::KafkaReader::open(settings, table);
  if (!reader) return reader.fault();
  const TopicPartition keys{*table.find(kafka::kKeysTopic), Partition{0}};
  bool others = false;
  const auto is_there = [&]() -> Result<bool> {
    const auto there = secret_on(**reader, keys);
    if (!there) return there.fault();
    others = *there && **there != *secret->value;
    return there->has_value();
  };
  kafka::SoleAppender sole(settings, table, admin, "create");
  if (auto appended = sole.append_unless({keys, 0, secret->key, *secret->value, {}}, is_there); !appended) return appended.fault();
  return others ? Result<void>(exists(settings)) : Result<void>();
}

}  // namespace

Result<void> Cluster::create(const std::string& folder, const kafka::KafkaSettings& settings, const ClusterCreate& options) {
  Policy policy;
  if (const auto problems = Policy::parse(options.policy_toml, policy); !problems.empty())
    return fatal("bad_policy", "the policy does not load: " + problems.front() + "; `millrace policy check FILE` lists all");
  if (auto good = require_cluster_folder(folder, settings.name_space); !good) return good;
  // Who has the folder says whether it is for this namespace (RQ-2); its keys cannot be looked at then.
  Request here;
  here.args[kOfNamespace] = settings.name_space;
  if (const auto said = ask(folder, here); said && !said->code.empty()) return fatal(said->code, said->message);
  auto admin = kafka::KafkaAdmin::open(settings);
  if (!admin) return admin.fault();
  const auto there = partitions_on(**admin, settings);
  if (!there) return there.fault();
  bool keyed = false;  // somebody has put keys there
  if (*there > 0) {
    const auto gone = gone_topics(**admin, settings, *there);
    if (!gone) return gone.fault();
    const auto holds = [&](std::string_view topic) -> Result<bool> {
      if (std::find(gone->begin(), gone->end(), topic) != gone->end()) return false;
      const auto marks = (*admin)->watermarks({{std::string(topic), 0}});
      return marks ? Result<bool>((*marks)[0].high > Offset{0}) : Result<bool>(marks.fault());
    };
    const auto has_keys = holds(kafka::kKeysTopic), begun = holds("control");
    if (!has_keys || !begun) return has_keys ? begun.fault() : has_keys.fault();
    if (!gone->empty() && (*has_keys || *begun)) {  // else a creation was cut short
      if (!std::all_of(gone->begin(), gone->end(), can_begin_empty)) return fatal("topics_gone", gone_in_words(*gone, settings, folder));
      if (auto made = (*admin)->create(plan_of(*there)); !made) return made.fault();
    }
    keyed = *has_keys;
    const bool ours = fs::exists(folder + "/keys/master");
    if ((*has_keys || *begun) && !ours) return exists(settings);
    if (*has_keys) {
      const TopicTable table = with_machine_topics(topics::make_table(*there), plan_of(*there));
      auto reader = kafka::KafkaReader::open(settings, table);
      if (!reader) return reader.fault();
      const auto theirs = secret_on(**reader, {*table.find(kafka::kKeysTopic), Partition{0}});
      if (!theirs) return theirs.fault();
      const auto mine = secret_of(folder);
      if (!mine) return mine.fault();
      if (*theirs && *mine && **theirs != **mine) return of_another_namespace(folder);
    }
    if (*begun) return {};
  }
  if (!keyed && has_run(folder)) return of_another_namespace(folder);
  const bool had_master = fs::exists(folder + "/keys/master"), had_keys = fs::exists(folder + "/keys/store");
  if (auto made = make_folders(folder); !made) return made;
  if (auto noted = note_namespace(folder, settings.name_space); !noted) return noted;  // before another creation can be ended here
  const std::uint16_t partitions = *there > 0 ? *there : options.partitions;
  const std::vector<kafka::TopicPlan> plan = plan_of(partitions);
  if (auto made = (*admin)->create(plan); !made) return made.fault();
  if (auto good = (*admin)->require(plan); !good) return good;

  // The keys first: nothing can be read without them. A creation that was cut short goes on with what it made.
  {
    state::RocksEnvironment rocks({});
    auto kv = rocks.open(folder + "/keys/store", Keystore::kMend);
    if (!kv) return kv.fault();
    std::string unused;
    const bool fresh = !(*kv)->get(kSecretRow, unused);
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
    auto kv = rocks.open(folder + "/keys/store", Keystore::kMend);
    if (!kv) return kv.fault();
    const auto row = (*kv)->iterate();
    for (row->seek(""); row->valid(); row->next())
      if (row->key() != Keystore::kTallyRow) rows.push_back({std::string(row->key()), std::string(row->value())});
  }
  const TopicTable table = with_machine_topics(topics::make_table(partitions), plan);
  if (auto claimed = claim(settings, table, **admin, rows); !claimed) {
    std::error_code ignored;  // what was made here is of no namespace: so the folder can join
    if (claimed.fault().code == "exists" && !had_keys) fs::remove_all(folder + (had_master ? "/keys/store" : "/keys"), ignored);
    return claimed;
  }
  auto appender = kafka::KafkaAppender::open(settings, table);
  if (!appender) return appender.fault();
  std::vector<NewRecord> records;
  const TopicPartition keys_at{*table.find(kafka::kKeysTopic), Partition{0}};
  for (const state::KvWrite& row : rows) records.push_back({keys_at, 0, row.key, *row.value, {}});
  if (auto appended = (*appender)->append(records); !appended) return appended.fault();
  appender->reset();

  auto cluster = open(folder, settings, {.key_seed = options.key_seed, .begins = true});
  if (!cluster) return cluster.fault();
  const TimeMs now = wall_ms();
  const OperatorSigner& signer = *(*cluster)->operator_key_;
  const std::vector<std::string> bodies =
      first_records(false, (*cluster)->topology_->topics, {signer.key_id(), signer.public_key(), std::nullopt}, options.policy_toml, now);
  std::vector<NewRecord> first;
  for (const std::string& body : bodies) first.push_back({{topics::control, Partition{0}}, now, {}, body, {}});
  if (auto appended = (*cluster)->append(first); !appended) return appended.fault();
  MemberThread control(**cluster, "control", "control", {topics::control});
  return control.live([](engine::GroupRunner& runner) { return runner.drain(std::chrono::milliseconds(500)); });
}

}  // namespace millrace::node
