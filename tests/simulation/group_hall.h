// Where the simulations of a group play: machines with disks of their own, on each of which one member runs the toy topology
// (toy.h), and a hall of them over one modelled broker, whose seed replays any failure.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <random>

#include "engine/group_runner.h"
#include "engine/proof.h"
#include "keys/derived_keyring.h"
#include "state/memory_kv.h"
#include "tests/simulation/group_model.h"
#include "tests/simulation/toy.h"

namespace millrace::test {

// The toy's topics, and behind them a changelog for each inbox.
inline constexpr TopicId kInRows{6}, kSumRows{7};
inline TopicTable with_changelogs(const TopicTable& topics) {
  std::vector<TopicInfo> all;
  for (std::uint8_t t = 0; t < topics.size(); ++t) all.push_back(topics[TopicId{t}]);
  for (const TopicId inbox : {kIn, kSums}) all.push_back({topics[inbox].name + ".changelog", topics.partitions(inbox)});
  return TopicTable(all);
}

// A machine with disks of its own, on which one member runs at a time.
struct Machine {
  Machine(const engine::Topology& topology, GroupModel& group, DerivedKeyring& keys)
      : topology(topology), group(group), keys(keys) {}

  void start() {
    member = std::make_unique<ModelMember>(group);
    engine::GroupServices services{*member, group.log(), keys, keys};
    services.ship_keys = [](log::Group&) { return Result<void>(); };
    services.keys_shipped = [] { return Result<void>(); };
    services.learn_keys = [] { return Result<bool>(true); };
    services.open_kv = [this](const std::string& stage, Partition p) {
      auto& disk = disks[stage + std::to_string(p.value)];
      if (!disk) disk = std::make_shared<state::MemoryDisk>();
      return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>(disk));
    };
    services.changelog.emplace();
    services.changelog->topic = [](TopicId inbox) { return inbox == kIn ? kInRows : kSumRows; };
    services.changelog->settled_end = [this](TopicPartition tp) { return Result<Offset>(group.log().end(tp)); };
    services.changelog->load_kv = [this](const std::string& stage, Partition p) {
      ++loads;
      return Result<std::unique_ptr<state::KvLoader>>(std::make_unique<state::MemoryLoader>(disks[stage + std::to_string(p.value)]));
    };
    services.changelog->condemn = [](const std::string&, Partition) { return Result<void>(); };
    engine::GroupOptions options;
    options.tell = [this](std::string_view event, const std::string& detail) {
      if (event == "restore") restored = detail;
    };
    options.inboxes = {kIn, kSums};
    options.stages = &figures;
    options.environment = "env";
    options.restoring = 0;
    options.floors = &floors;
    options.commit_after = options.commit_gap = std::chrono::milliseconds(0);
    // Nothing here depends on a clock: a batch is due at once, or when nothing more has come.
    if (patient) options.commit_after = std::chrono::hours(1);
    options.batch_records = batch_records;
    options.dirty_max = dirty_max;
    options.backlog = backlog;
    options.checkpoints.records = checkpoint_records;
    runner = std::make_unique<engine::GroupRunner>(topology, services, options);
    REQUIRE(runner->join());
  }
  void lose_disks() {
    REQUIRE(!runner);
    disks.clear();
  }
  void die() {
    runner.reset();
    member.reset();
  }
  // A clean stop: its checkpoint is whole.
  void stop() {
    REQUIRE(runner->close());
    die();
  }
  // One turn; a member that lost its partitions begins anew, as a process does.
  bool turn() {
    const auto worked = runner->turn(std::chrono::milliseconds(0));
    if (worked) return *worked;
    const bool expected = worked.fault().code == "membership_lost" || worked.fault().code == "died";
    REQUIRE_MESSAGE(expected, worked.fault().message);
    die();
    start();
    return true;
  }
  // What it fails with within some turns.
  std::optional<Fault> met() {
    for (int turns = 0; turns < 50; ++turns)
      if (const auto worked = runner->turn(std::chrono::milliseconds(0)); !worked) return worked.fault();
    return std::nullopt;
  }

  const engine::Topology& topology;
  GroupModel& group;
  DerivedKeyring& keys;
  std::map<std::string, std::shared_ptr<state::MemoryDisk>> disks;
  int loads = 0;
  bool patient = false;
  std::size_t batch_records = 20'000, backlog = 400, dirty_max = engine::Checkpointer::kDirtyMax;
  std::int64_t checkpoint_records = engine::Checkpointer::kCommits.records;
  std::string restored;  // what the last restore said
  engine::StageFigures figures;
  engine::GroupFloors floors;  // what it tells who trims
  std::unique_ptr<ModelMember> member;
  std::unique_ptr<engine::GroupRunner> runner;
};

struct Hall {
  Hall(unsigned seed, std::size_t machines) : topology(toy(6)), log(with_changelogs(topology.topics)), group(log, seed), keys("seed"), random(seed) {
    keys.key_for("_", "dead_letters", "namespace");
    for (std::size_t i = 0; i < machines; ++i) all.push_back(std::make_unique<Machine>(topology, group, keys));
  }
  void start() {
    for (auto& machine : all) machine->start();
  }
  // Other clients write beside us: outside of transactions, or inside some that commit, abort, or stay open for a while.
  void write(const NewRecord& record) {
    if (!crowded || random() % 2 == 0) {
      log.write(record);
      return;
    }
    if (foreign == 0) foreign = log.begin();
    log.write(record, foreign);
    if (const auto chance = random() % 4; chance < 3) {
      const bool commit = chance > 0 || record.to.topic == kIn;  // every fact is there at least once
      log.end(std::exchange(foreign, 0), commit);
    }
  }
  void produce(int from, int to) {
    for (int i = from; i < to; ++i) {
      const std::string key = "k" + std::to_string(i * 7 % 23);
      std::string value = i % 97 == 0 ? "poison" : "v" + std::to_string(i);
      Partition p{partition_of(key, 6)};
      if (crowded && i % 11 == 0) value = "far";
      if (crowded && i % 13 == 0) value = "stray", p = Partition{static_cast<std::uint16_t>(i % 6)};
      write({{kIn, p}, i, key, value, {}});
      if (crowded && i % 5 == 0) write({{kSums, Partition{partition_of(key, 6)}}, i, key, "foreign", {}});
      const std::string tick = "tick" + std::to_string(i);
      Headers copy;
      copy.broadcast = true;
      if (i % 40 == 0)
        for (std::uint16_t q = 0; q < 6; ++q) write({{kIn, Partition{q}}, i, "", tick, copy});
    }
    if (foreign != 0) log.end(std::exchange(foreign, 0), true);
  }
  void settle() {
    for (int quiet = 0; quiet < 40;) {
      bool any = false;
      for (auto& machine : all) any = machine->turn() || any;
      quiet = any ? 0 : quiet + 1;
    }
  }
  engine::Proof prove() {
    auto proof = engine::prove({topology, log, [this](TopicPartition inbox) { return log.committed(inbox); }, keys, "env", false,
                                [](const std::string&) {
                                  return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>());
                                }});
    REQUIRE(proof);
    return *proof;
  }
  std::uint64_t lag() {
    std::uint64_t sum = 0;
    for (const TopicId inbox : {kIn, kSums})
      for (std::uint16_t p = 0; p < 6; ++p) {
        const auto at = log.committed({inbox, Partition{p}});
        sum += log.records_from({inbox, Partition{p}}, at ? at->next : 0);
      }
    return sum;
  }

  engine::Topology topology;
  BrokerModel log;
  GroupModel group;
  DerivedKeyring keys;
  std::mt19937 random;
  bool crowded = false;
  BrokerModel::Txn foreign = 0;
  std::vector<std::unique_ptr<Machine>> all;
};

inline void require_proven(Hall& hall, unsigned seed, std::uint64_t outputs = 500) {
  CHECK_MESSAGE(hall.lag() == 0, "seed " << seed);
  const engine::Proof proof = hall.prove();
  CHECK_MESSAGE(proof.problems.empty(), "seed " << seed << ": " << (proof.problems.empty() ? "" : proof.problems.front()));
  CHECK(proof.outputs > outputs);
}

}  // namespace millrace::test
