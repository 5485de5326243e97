// Members of a group over a modelled one: sharing changes, members die, are thrown out without knowing, and commits end in
// every way; one seed replays any failure.
#include <doctest/doctest.h>

#include <memory>
#include <random>

#include "engine/follower.h"
#include "engine/group_runner.h"
#include "engine/proof.h"
#include "keys/derived_keyring.h"
#include "state/memory_kv.h"
#include "state/table_space.h"
#include "tests/simulation/group_model.h"
#include "tests/simulation/house.h"

namespace millrace::test {

namespace {

// The toy's topics, and behind them a changelog for each inbox.
constexpr TopicId kInRows{6}, kSumRows{7};
TopicTable with_changelogs(const TopicTable& topics) {
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

void require_proven(Hall& hall, unsigned seed, std::uint64_t outputs = 500) {
  CHECK_MESSAGE(hall.lag() == 0, "seed " << seed);
  const engine::Proof proof = hall.prove();
  CHECK_MESSAGE(proof.problems.empty(), "seed " << seed << ": " << (proof.problems.empty() ? "" : proof.problems.front()));
  CHECK(proof.outputs > outputs);
}

// How a batch ends: alone, after what it has sent was folded too, or beside the folding of the next one.
enum class Ends { alone, chained, aside };
constexpr Ends kEnds[] = {Ends::alone, Ends::chained, Ends::aside};

void let(Hall& hall, Ends how) {
  hall.group.chain = hall.crowded = how == Ends::chained;
  if (how == Ends::aside)
    for (auto& machine : hall.all) machine->backlog = 1, machine->checkpoint_records = 50;
}
void require_ended(const Hall& hall, Ends how) {
  CHECK((hall.group.chained > 0) == (how == Ends::chained));
  CHECK((hall.group.aside > 0) == (how == Ends::aside));
}

void through_chaos(Hall& hall, Ends how) {
  let(hall, how);
  hall.all[1]->patient = true;
  hall.start();
  hall.produce(0, 600);
  for (int step = 0; step < 150; ++step) {
    Machine& one = *hall.all[hall.random() % 3];
    switch (hall.random() % 12) {
      case 0:  // killed and started again, on its own disks or, now and then, on new ones
        one.die();
        if (hall.random() % 3 == 0) one.lose_disks();
        one.start();
        break;
      case 1:
        hall.group.throw_out(*one.member);
        break;
      case 2:
        hall.produce(600 + step * 4, 604 + step * 4);
        break;
      default: one.turn();
    }
  }
  hall.settle();
}

}  // namespace

TEST_SUITE("engine/group") {
  TEST_CASE("C3: members that come, die and are thrown out leave every source record with one effect, and C1 holds") {
    for (const Ends how : kEnds)
      for (unsigned seed = 1; seed <= 20; ++seed) {
        Hall hall(seed, 3);
        through_chaos(hall, how);
        require_proven(hall, seed);
        require_ended(hall, how);
      }
  }

  TEST_CASE("GR-4: commits that end as lost, behind or unknown take back what was folded, and nothing is doubled") {
    for (const Ends how : kEnds)
      for (unsigned seed = 1; seed <= 20; ++seed) {
        Hall hall(seed, 2);
        let(hall, how);
        hall.group.lost_of_1000 = hall.group.behind_of_1000 = hall.group.torn_start_of_1000 = hall.group.torn_end_of_1000 = 40;
        hall.group.unknown_of_1000 = 20;
        hall.all[1]->patient = true;
        hall.start();
        hall.produce(0, 1200);
        for (int step = 0; step < 400; ++step) hall.all[hall.random() % 2]->turn();
        hall.group.lost_of_1000 = hall.group.behind_of_1000 = hall.group.torn_start_of_1000 = 0;
        hall.settle();
        require_proven(hall, seed);
        require_ended(hall, how);
      }
  }

  TEST_CASE("SG-1: over batches that are lost and members that begin anew, figures count each committed record once") {
    for (const Ends how : {Ends::alone, Ends::aside}) {
      Hall hall(6, 2);
      let(hall, how);
      hall.group.lost_of_1000 = hall.group.behind_of_1000 = hall.group.torn_start_of_1000 = 40;
      hall.start();
      hall.produce(0, 1200);
      for (int step = 0; step < 400; ++step) hall.all[hall.random() % 2]->turn();
      hall.settle();
      require_proven(hall, 6);
      double passed = 0, counts = 0;
      for (const TopicId inbox : {kIn, kSums})
        for (std::uint16_t p = 0; p < 6; ++p)
          if (const auto at = hall.log.committed({inbox, Partition{p}}))
            passed += static_cast<double>(at->folded + at->ignored + at->duplicates + at->forwarded + at->dead_letters);
      for (const auto& machine : hall.all) counts += counted(machine->figures);
      CHECK(counts == passed);
    }
  }

  TEST_CASE("GP-5 GP-6: a process that dies at any call of a batch that is chained, or committed aside, leaves all of it or nothing") {
    for (const Ends how : {Ends::chained, Ends::aside}) {
      std::uint64_t last = 0;
      for (std::uint64_t call = 1; call != 0; ++call) {
        Hall hall(9, 2);
        let(hall, how);
        hall.all[1]->patient = true;
        hall.group.die_at = call;
        hall.start();
        hall.produce(0, 90);
        hall.settle();
        const bool died = hall.group.die_at == 0;
        require_proven(hall, static_cast<unsigned>(call), 40);
        if (died) last = call;
        else break;
      }
      CHECK(last > 200);
    }
  }

  TEST_CASE("GP-6: while a batch is committed the next one is folded, and its checkpoints are cut between two") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
      Hall hall(seed, 1);
      let(hall, Ends::aside);
      Machine& one = *hall.all[0];
      one.patient = true, one.batch_records = 40;
      hall.start();
      hall.settle();
      hall.produce(0, 3000);
      std::uint64_t ahead = 0;
      for (int quiet = 0; quiet < 40;) {
        const std::uint64_t before = one.runner->folded(), aside = hall.group.aside;
        const bool worked = one.turn();
        ahead += aside == hall.group.aside && one.member->ends_aside() && one.runner->folded() > before;
        quiet = worked ? 0 : quiet + 1;
      }
      CHECK(ahead > 4);
      require_proven(hall, seed);
      one.die();  // nothing but its disks is left, which stand where something was committed
      one.start();
      hall.settle();
      require_proven(hall, seed);
    }
  }

  TEST_CASE("GP-5 GR-3: a batch that is full or late goes on through the stages, and one that grows too large is cut") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
      Hall hall(seed, 2);
      hall.group.chain = hall.crowded = true;
      for (auto& machine : hall.all) machine->patient = true, machine->batch_records = 1 + seed;
      hall.start();
      hall.produce(0, 900);
      hall.settle();
      require_proven(hall, seed);
      CHECK(hall.group.chained > 0);
    }
  }

  TEST_CASE("GR-3: a batch that chains is committed when it has passed its stages, though more comes all the while") {
    Hall hall(4, 1);
    hall.group.chain = true;
    hall.all[0]->patient = true;
    hall.start();
    hall.settle();
    const auto committed = [&] {
      std::int64_t sum = 0;
      for (std::uint16_t p = 0; p < 6; ++p)
        if (const auto at = hall.log.committed({kIn, Partition{p}})) sum += at->next;
      return sum;
    };
    int commits = 0;
    for (int i = 0; i < 1200; i += 12) {  // to so many partitions that hardly a turn finds nothing
      const std::int64_t before = committed();
      hall.produce(i, i + 12);
      hall.all[0]->turn();
      commits += committed() > before;
    }
    CHECK(commits > 20);
    hall.settle();
    require_proven(hall, 4, 100);
  }

  TEST_CASE("GP-5: alone and undisturbed a member reads nothing from a topic that it has folded from memory") {
    Hall hall(4, 1);
    hall.group.chain = true;
    hall.start();
    hall.settle();
    for (int i = 0; i < 600; i += 20) {
      hall.produce(i, i + 20);
      hall.settle();
    }
    require_proven(hall, 4);
    std::uint64_t sums = 0;
    for (std::uint16_t p = 0; p < 6; ++p) sums += hall.log.records_from({kSums, Partition{p}}, 0);
    CHECK(hall.group.chained >= sums);
  }

  TEST_CASE("FO-3: a tick with more timers due than one step fires goes on, also at a member of a group") {
    Hall hall(3, 1);
    hall.start();
    const Partition p{partition_of("k", 6)};
    for (int i = 0; i < 12'500; ++i) hall.log.write({{kIn, p}, i, "k", "v", {}});  // 2,500 timers
    Headers copy;
    copy.broadcast = true;
    hall.log.write({{kIn, p}, 20'000, "", "tick", copy});
    hall.log.write({{kIn, p}, 20'001, "k", "v", {}});
    hall.settle();
    require_proven(hall, 3);
  }

  TEST_CASE("GR-7: a member with more changed rows than it may have waits for its checkpoint, at each commit") {
    Hall hall(7, 1);
    Machine& one = *hall.all[0];
    one.dirty_max = 0;
    one.start();
    hall.produce(0, 300);
    hall.settle();
    one.die();  // nothing is left to fold again
    one.start();
    hall.settle();
    CHECK_MESSAGE(one.restored.starts_with("12 tasks, 0 records folded again, "), one.restored);
    require_proven(hall, 7, 100);
  }

  TEST_CASE("CH-1: a machine whose disks are lost has its state from the changelog, and folds only what came after") {
    Hall hall(5, 1);
    hall.start();
    hall.produce(0, 2000);
    hall.settle();
    REQUIRE(hall.all[0]->runner->close());
    hall.all[0]->die();
    hall.all[0]->lose_disks();
    hall.produce(2000, 2050);
    hall.all[0]->start();
    hall.settle();
    CHECK_MESSAGE(hall.all[0]->restored.starts_with("12 tasks, 0 records folded again, 12 tasks from "), hall.all[0]->restored);
    require_proven(hall, 5);
  }

  TEST_CASE("CH-2: half a checkpoint, or one of another version, at a changelog's end is not believed, and the inbox is folded from its start") {
    const std::pair<std::string_view, std::string_view> ends[] = {{"t", "half"}, {state::kCheckpointKey, "\x01of another layout"}};
    for (const auto& [key, value] : ends) {
      Hall hall(6, 1);
      hall.start();
      hall.produce(0, 600);
      hall.settle();
      REQUIRE(hall.all[0]->runner->close());
      hall.all[0]->die();
      hall.all[0]->lose_disks();
      for (std::uint16_t p = 0; p < 6; ++p) hall.log.write({{kInRows, Partition{p}}, 0, key, value, {}});
      hall.all[0]->start();
      hall.settle();
      CHECK_MESSAGE(hall.all[0]->restored.find(" 6 tasks from ") != std::string::npos, hall.all[0]->restored);
      require_proven(hall, 6);
    }
  }

  TEST_CASE("CH-4: rows of another version that lie in a changelog do not come back with those of this one") {
    const std::string theirs = std::string("t") + '\0' + "key of another layout", gone = std::string("t") + '\0' + "taken away";
    Hall hall(6, 1);
    for (std::uint16_t p = 0; p < 6; ++p) {
      for (const std::string& key : {theirs, gone}) hall.log.write({{kInRows, Partition{p}}, 0, key, "bytes", {}});
      hall.log.write({{kInRows, Partition{p}}, 0, gone, {}, {}});
      hall.log.write({{kInRows, Partition{p}}, 0, state::kCheckpointKey, "\x01of another layout", {}});
    }
    Machine& one = *hall.all[0];
    one.start();
    hall.produce(0, 300);
    hall.settle();
    one.die();  // without a checkpoint: what is committed is folded again, over nothing
    one.start();
    hall.produce(300, 600);
    hall.settle();
    REQUIRE(one.runner->close());
    one.die();
    one.lose_disks();
    one.start();
    hall.settle();
    CHECK_MESSAGE(one.restored.starts_with("12 tasks, 0 records folded again, 12 tasks from "), one.restored);
    for (const auto& [name, disk] : one.disks) CHECK_FALSE(disk->rows->contains(theirs));
    hall.produce(600, 700);
    hall.settle();
    require_proven(hall, 6);
  }

  TEST_CASE("BU-1: where the inbox was trimmed and the changelog is another version's, it says so") {
    Hall hall(6, 1);
    Machine& one = *hall.all[0];
    one.start();
    hall.produce(0, 600);
    hall.settle();
    REQUIRE(one.runner->close());
    one.die();
    one.lose_disks();
    for (std::uint16_t p = 0; p < 6; ++p) {
      hall.log.write({{kInRows, Partition{p}}, 0, state::kCheckpointKey, "\x01of another layout", {}});
      hall.log.trim({kIn, Partition{p}}, Offset{3});
    }
    one.start();
    std::optional<Fault> met;
    for (int turns = 0; turns < 50 && !met; ++turns)
      if (const auto worked = one.runner->turn(std::chrono::milliseconds(0)); !worked) met = worked.fault();
    REQUIRE(met);
    CHECK_MESSAGE(met->code == "other_layout", met->message);
  }

  TEST_CASE("TK-3: a log that another environment wrote, folded again to something else, is told as that") {
    Hall hall(6, 1);
    Machine& one = *hall.all[0];
    one.start();
    hall.produce(0, 200);
    hall.settle();
    one.die();
    for (std::uint16_t p = 0; p < 6; ++p) {  // as if an earlier version had put out something else
      auto at = hall.log.committed({kIn, Partition{p}});
      REQUIRE(at);
      at->digest += 1;
      const auto txn = hall.log.begin();
      hall.log.end(txn, true, std::span(&*at, 1), "another");
    }
    one.start();
    std::optional<Fault> met;
    for (int turns = 0; turns < 50 && !met; ++turns)
      if (const auto worked = one.runner->turn(std::chrono::milliseconds(0)); !worked) met = worked.fault();
    REQUIRE(met);
    CHECK_MESSAGE(met->code == "environment_changed", met->message);
  }

  TEST_CASE("BU-2: a store that cannot be read is replaced from the changelog") {
    Hall hall(8, 1);
    hall.start();
    hall.produce(0, 600);
    hall.settle();
    REQUIRE(hall.all[0]->runner->close());
    hall.all[0]->die();
    for (auto& [name, disk] : hall.all[0]->disks) (*disk->rows)["m"].replace(1, std::string::npos, "nonsense");  // of this layout
    hall.all[0]->start();
    hall.settle();
    CHECK(hall.all[0]->loads == 12);
    CHECK_MESSAGE(hall.all[0]->restored.starts_with("12 tasks, 0 records folded again, 12 tasks from "), hall.all[0]->restored);
    require_proven(hall, 8);
  }

  TEST_CASE("BU-1: a store that stands before the start of a trimmed inbox is replaced from the changelog") {
    Hall hall(9, 1);
    hall.start();
    hall.produce(0, 300);
    hall.settle();
    Machine& one = *hall.all[0];
    REQUIRE(one.runner->close());
    one.die();
    std::map<std::string, std::map<std::string, std::string>> old;
    for (const auto& [name, disk] : one.disks) old[name] = {disk->rows->begin(), disk->rows->end()};
    one.start();
    hall.produce(300, 600);
    hall.settle();
    REQUIRE(one.runner->close());
    one.die();
    for (auto& [name, disk] : one.disks) {
      disk->rows->clear();
      disk->rows->insert(old[name].begin(), old[name].end());
    }
    for (const TopicId inbox : {kIn, kSums})
      for (std::uint16_t p = 0; p < 6; ++p) hall.log.trim({inbox, Partition{p}}, Offset{hall.log.committed({inbox, Partition{p}})->next});
    one.start();
    hall.produce(600, 700);
    hall.settle();
    CHECK_MESSAGE(one.restored.starts_with("12 tasks, 0 records folded again, 12 tasks from "), one.restored);
    CHECK(hall.lag() == 0);
  }

  TEST_CASE("FW-1 FW-2: a machine whose standbys followed takes over and reads no changelog") {
    Hall hall(11, 2);
    hall.start();
    Machine &one = *hall.all[0], &other = *hall.all[1];
    const std::atomic<bool> never{false};
    std::uint64_t read = 0;
    const auto follow = [&](Machine& machine, const std::vector<log::Assignment>& those) {
      std::vector<engine::Follower> followers;
      for (const log::Assignment& each : those) {
        const std::string stage = each.inbox.topic == kIn ? hall.topology.stages[0].name : hall.topology.stages[1].name;
        const TopicPartition from{each.inbox.topic == kIn ? kInRows : kSumRows, each.inbox.partition};
        auto& disk = machine.disks[stage + std::to_string(each.inbox.partition.value)];
        if (!disk) disk = std::make_shared<state::MemoryDisk>();
        engine::Follower::Services services;
        services.open_kv = [&disk] { return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>(disk)); };
        services.load_kv = [&disk] { return Result<std::unique_ptr<state::KvLoader>>(std::make_unique<state::MemoryLoader>(disk)); };
        followers.emplace_back(hall.log, from, services);
      }
      return followers;
    };
    hall.produce(0, 1200);
    hall.settle();
    std::vector<log::Assignment> all;
    for (const TopicId inbox : {kIn, kSums})
      for (std::uint16_t p = 0; p < 6; ++p) all.push_back({{inbox, Partition{p}}, std::nullopt, ""});
    REQUIRE(other.runner->close());  // from now on it folds nothing, and follows
    other.die();
    std::unique_ptr<Machine> aside = std::move(hall.all[1]);
    hall.all.pop_back();
    hall.settle();
    auto followers = follow(other, all);
    for (int round = 0; round < 4; ++round) {
      hall.produce(1200 + round * 100, 1300 + round * 100);
      hall.settle();
      for (engine::Follower& f : followers) {
        const TopicPartition inbox = all[static_cast<std::size_t>(&f - followers.data())].inbox;
        const Offset end = hall.log.end({inbox.topic == kIn ? kInRows : kSumRows, inbox.partition});
        const auto turned = f.turn(end, never);
        REQUIRE(turned);
        read += *turned;
        CHECK(f.behind(end) == 0);
        CHECK(f.follows());
      }
    }
    CHECK(read > 100);
    REQUIRE(one.runner->close());
    one.die();
    for (engine::Follower& f : followers) f.close();
    other.loads = 0;
    other.start();
    hall.produce(1600, 1700);
    hall.all.front() = std::move(aside);
    hall.settle();
    CHECK(hall.all[0]->loads == 0);
    CHECK_MESSAGE(hall.all[0]->restored.find("changelogs") == std::string::npos, hall.all[0]->restored);
    require_proven(hall, 11);
  }

  TEST_CASE("GR-1 GR-2: a clean stop leaves no tail, and the next start folds nothing again") {
    Hall hall(7, 2);
    hall.start();
    hall.produce(0, 1000);
    hall.settle();
    for (auto& machine : hall.all) REQUIRE(machine->runner->close());
    for (auto& machine : hall.all) machine->die();
    require_proven(hall, 7);
    for (auto& machine : hall.all) machine->start();
    hall.settle();
    for (auto& machine : hall.all) CHECK(machine->runner->folded() == 0);
  }
}

}  // namespace millrace::test
