// Where a member of a group has its state from: its disk, a changelog, a standby, or the inbox; and what it refuses.
#include <doctest/doctest.h>

#include <deque>
#include <memory>

#include "engine/follower.h"
#include "state/table_space.h"
#include "tests/simulation/group_hall.h"

namespace millrace::test {

TEST_SUITE("engine/group") {
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
      log::TaskPosition at;
      at.inbox = {kIn, Partition{p}};
      const auto txn = hall.log.begin();
      hall.log.write({{kInRows, Partition{p}}, 0, state::kCheckpointKey, "\x01of another layout", {}}, txn);
      hall.log.end(txn, true, std::span(&at, 1), "env");
    }
    Machine& one = *hall.all[0];
    one.start();
    hall.produce(0, 300);
    hall.settle();
    one.die();  // without a checkpoint: what is committed is folded again, over nothing
    one.start();
    hall.produce(300, 600);
    hall.settle();
    one.stop();
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
    one.stop();
    one.lose_disks();
    for (std::uint16_t p = 0; p < 6; ++p) {
      hall.log.write({{kInRows, Partition{p}}, 0, state::kCheckpointKey, "\x01of another layout", {}});
      hall.log.trim({kIn, Partition{p}}, Offset{3});
    }
    one.start();
    const std::optional<Fault> met = one.met();
    REQUIRE(met);
    CHECK_MESSAGE(met->code == "other_layout", met->message);
  }

  TEST_CASE("BU-3: a group that has lost its positions puts nothing out a second time, with its disks or without") {
    for (const bool disks : {true, false}) {
      Hall hall(6, 1);
      Machine& one = *hall.all[0];
      one.start();
      hall.produce(0, 200);
      hall.settle();
      one.stop();
      if (!disks) one.lose_disks();
      const std::uint64_t sums = hall.log.records_from({kSums, Partition{0}}, 0);
      hall.log.forget_positions();
      one.start();
      const std::optional<Fault> met = one.met();
      CHECK(hall.log.records_from({kSums, Partition{0}}, 0) == sums);
      REQUIRE(met);
      CHECK_MESSAGE(met->code == "positions_gone", met->message);
    }
  }

  TEST_CASE("BU-4: a changelog that was deleted and made anew gets every row again, and a disk that is lost then is restored to all of it") {
    Hall hall(6, 1);
    Machine& one = *hall.all[0];
    const auto restart = [&] {
      one.stop();
      return &one;
    };
    one.start();
    hall.produce(0, 600);
    hall.settle();
    restart();
    for (std::uint16_t p = 0; p < 6; ++p) hall.log.empty({kInRows, Partition{p}});
    one.start();
    hall.produce(600, 605);  // few keys change
    hall.settle();
    restart()->lose_disks();
    one.start();
    hall.produce(605, 1200);
    hall.settle();
    CHECK_MESSAGE(one.restored.find(" 12 tasks from ") != std::string::npos, one.restored);
    require_proven(hall, 6);
  }

  TEST_CASE("BU-4: one that was made anew while the instance ran is not believed by who has lost the disk") {
    Hall hall(6, 1);
    Machine& one = *hall.all[0];
    one.start();
    hall.produce(0, 600);
    hall.settle();
    one.stop();  // its checkpoint is whole
    one.start();
    hall.settle();
    for (std::uint16_t p = 0; p < 6; ++p) hall.log.empty({kInRows, Partition{p}});
    hall.produce(600, 605);
    hall.settle();
    one.stop();
    one.lose_disks();
    one.start();
    hall.produce(605, 1200);
    hall.settle();
    require_proven(hall, 6);
  }

  TEST_CASE("BU-4: where the inbox has lost its beginning meanwhile that is told, and the state stays as it is") {
    Hall hall(6, 1);
    Machine& one = *hall.all[0];
    one.start();
    hall.produce(0, 600);
    hall.settle();
    one.stop();
    for (std::uint16_t p = 0; p < 6; ++p) {
      hall.log.empty({kInRows, Partition{p}});
      hall.log.trim({kIn, Partition{p}}, Offset{10});
    }
    for (int turn = 0; turn < 2; ++turn) {
      one.start();
      const std::optional<Fault> met = one.met();
      REQUIRE(met);
      CHECK_MESSAGE(met->code == "changelog_gone", met->message);
      one.die();
    }
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
    const std::optional<Fault> met = one.met();
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
    one.stop();
    std::map<std::string, std::map<std::string, std::string>> old;
    for (const auto& [name, disk] : one.disks) old[name] = {disk->rows->begin(), disk->rows->end()};
    one.start();
    hall.produce(300, 600);
    hall.settle();
    one.stop();
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

  TEST_CASE("GF-1: what a member told of its tasks stays true when another has them: trimmed to there, a new disk begins") {
    std::int64_t trimmed = 0;
    for (unsigned seed = 1; seed <= 40; ++seed) {
      Hall hall(seed, 2);
      Machine &one = *hall.all[0], &other = *hall.all[1];
      one.batch_records = 10;
      one.checkpoint_records = 40;
      one.start();
      hall.produce(0, 400);
      for (unsigned turns = 0; turns < 20 + 3 * seed; ++turns) one.turn();
      const engine::GroupFloors::Floors told = one.floors.told();  // between two checkpoints
      one.die();
      for (const auto& [tp, floor] : told) {
        hall.log.trim(tp, floor);
        trimmed += floor.value;
      }
      other.start();
      for (int quiet = 0; quiet < 40;) quiet = other.turn() ? 0 : quiet + 1;
      CHECK_MESSAGE(hall.lag() == 0, "seed " << seed);
    }
    CHECK(trimmed > 1000);
  }

  TEST_CASE("GF-1: of what a member has no more it tells nothing") {
    Hall hall(1, 2);
    Machine& one = *hall.all[0];
    one.checkpoint_records = 50;
    one.start();
    // Checkpoints are written beside the turns, behind records.
    int next = 0;
    const auto tells = [&](std::size_t tasks) {
      const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (one.floors.told().size() != tasks && std::chrono::steady_clock::now() < until) {
        hall.produce(next, next + 100);
        next += 100;
        for (int quiet = 0; quiet < 40;) {
          bool any = false;
          for (const auto& each : hall.all) any = (each->runner && each->turn()) || any;
          quiet = any ? 0 : quiet + 1;
        }
      }
      return one.floors.told().size() == tasks;
    };
    CHECK(tells(12));
    hall.all[1]->start();
    CHECK(tells(6));
  }

  TEST_CASE("FW-1 FW-2: a machine whose standbys followed takes over and reads no changelog") {
    Hall hall(11, 2);
    hall.start();
    Machine &one = *hall.all[0], &other = *hall.all[1];
    const std::atomic<bool> never{false};
    std::uint64_t read = 0;
    const auto follow = [&](Machine& machine, const std::vector<log::Assignment>& those) {
      std::deque<engine::Follower> followers;
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
      for (std::size_t i = 0; i < followers.size(); ++i) {
        engine::Follower& f = followers[i];
        const TopicPartition inbox = all[i].inbox;
        const Offset end = hall.log.end({inbox.topic == kIn ? kInRows : kSumRows, inbox.partition});
        for (int turns = 0; turns < 2; ++turns) {  // FW-3
          const auto turned = f.turn(end, never);
          REQUIRE(turned);
          read += *turned;
        }
        CHECK(f.behind(end) == 0);
        CHECK(f.follows());
      }
    }
    CHECK(read > 100);
    one.stop();
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

  TEST_CASE("FW-3: rows that are replaced while a standby reads the changelog are not missing from a store that stands for a checkpoint") {
    BrokerModel broker(TopicTable({{"in.changelog", 1}}));
    const TopicPartition rows{TopicId{0}, Partition{0}};
    const auto meta = [](char which) { return std::string{state::kLayoutVersion, which}; };
    for (const char* key : {"na", "nb", "ta", "tb"}) broker.write({rows, 0, key, "one", {}});
    broker.write({rows, 0, state::kCheckpointKey, meta('1'), {}});
    const Offset end = broker.end(rows);
    broker.write({rows, 0, "ta", "two", {}});
    broker.compact(rows, broker.end(rows));  // a segment that ends in the middle of a checkpoint
    broker.write({rows, 0, "tb", "two", {}});
    broker.write({rows, 0, state::kCheckpointKey, meta('2'), {}});

    const auto disk = std::make_shared<state::MemoryDisk>();
    const std::atomic<bool> never{false};
    engine::Follower follower(broker, rows, {[&] { return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>(disk)); },
                                             [&] { return Result<std::unique_ptr<state::KvLoader>>(std::make_unique<state::MemoryLoader>(disk)); }});
    REQUIRE(follower.turn(end, never));
    CHECK_FALSE(follower.follows());
    const bool believed = disk->rows->contains(std::string(state::kCheckpointKey)), whole = disk->rows->contains("ta");
    CHECK_MESSAGE((whole || !believed), "it has lost ta");
    REQUIRE(follower.turn(broker.end(rows), never));
    CHECK(follower.follows());
    CHECK(disk->rows->at("ta") == "two");
    CHECK(disk->rows->at("tb") == "two");
    CHECK(disk->rows->at(std::string(state::kCheckpointKey)) == meta('2'));
  }
}

}  // namespace millrace::test
