// The engine over a toy topology, on logs and stores that crash: one seed replays any failure.
#include <doctest/doctest.h>

#include <memory>
#include <random>

#include "engine/engine.h"
#include "engine/loader.h"
#include "engine/proof.h"
#include "keys/derived_keyring.h"
#include "log/memory/memory_log.h"
#include "state/memory_kv.h"
#include "tests/simulation/toy.h"

namespace millrace::test {

namespace {

// A process: an engine over a log and disks that outlive it.
struct House {
  explicit House(std::uint16_t partitions) : topology(toy(partitions)), log(topology.topics), keys("seed") {
    keys.key_for("_", "dead_letters", "namespace");
  }
  std::unique_ptr<engine::Engine> start(std::size_t threads, std::size_t cache = 1 << 20) {
    engine::Services services{log, keys, keys, [] { return Result<void>(); }, [this](const std::string& stage, Partition p) {
      auto& disk = disks[stage + std::to_string(p.value)];
      if (!disk) disk = std::make_shared<state::MemoryDisk>();
      return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>(disk));
    }};
    auto engine = std::make_unique<engine::Engine>(topology, services, engine::Options{.threads = threads, .cache_bytes = cache, .environment = "env"});
    const auto up = engine->open();
    REQUIRE_MESSAGE(up, (up ? "" : up.fault().message));
    return engine;
  }
  engine::Topology topology;
  log::MemoryLog log;
  DerivedKeyring keys;
  std::map<std::string, std::shared_ptr<state::MemoryDisk>> disks;
};

void produce(engine::Engine& engine, int from, int to) {
  const std::uint16_t partitions = engine.topology().topics.partitions(kIn);
  for (int i = from; i < to; ++i) {
    const std::string key = "k" + std::to_string(i * 7 % 23);
    const std::string value = i % 97 == 0 ? "poison" : "v" + std::to_string(i);
    const Partition p{partition_of(key, partitions)};
    REQUIRE(engine.append({{{kIn, p}, i, key, value, {}}}));
    if (i % 40 == 0) {
      for (std::uint16_t q = 0; q < partitions; ++q) {
        Headers copy;
        copy.broadcast = true;
        REQUIRE(engine.append({{{kIn, Partition{q}}, i, "", "tick" + std::to_string(i), copy}}));
      }
    }
  }
}

// All that a log holds but for what producers wrote.
std::string content(const log::Log& log) {
  std::string out;
  log::Batch batch;
  for (std::uint8_t t = 0; t < log.topics().size(); ++t)
    for (std::uint16_t p = 0; p < log.topics().partitions(TopicId{t}); ++p)
      for (Offset at = log.start({TopicId{t}, Partition{p}}); at < log.end({TopicId{t}, Partition{p}}); at = at + 1) {
        REQUIRE(log.fetch({TopicId{t}, Partition{p}}, at, 1, 1 << 20, batch));
        const Record& r = batch.records.front();
        out += log.topics()[TopicId{t}].name + "/" + std::to_string(p) + " " + std::string(r.key) + " " + std::string(r.value) + " " +
               std::to_string(r.timestamp) + " " + std::to_string(r.headers.hop) + "\n";
      }
  return out;
}

std::string calm_run(std::size_t threads, std::size_t cache = 1 << 20) {
  House house(4);
  auto engine = house.start(threads, cache);
  produce(*engine, 0, 1500);
  REQUIRE(engine->drain());
  REQUIRE(engine->close());
  return content(house.log);
}

}  // namespace

TEST_SUITE("engine") {
  TEST_CASE("C2: topics are the same bytes at any number of threads and any cache") {
    const std::string one = calm_run(1);
    CHECK(one == calm_run(2));
    CHECK(one == calm_run(4, 1));
  }

  TEST_CASE("TK-3: crashes at random moments leave the topics of a run that never crashed") {
    const std::string calm = calm_run(1);
    for (unsigned seed = 1; seed <= 25; ++seed) {
      std::mt19937 random(seed);
      House house(4);
      auto engine = house.start(1 + seed % 3);
      produce(*engine, 0, 1500);
      for (int crashes = 0; crashes < 6; ++crashes) {
        int rounds = static_cast<int>(random() % 5);
        REQUIRE(engine->drain([&] { return rounds-- > 0; }));
        if (random() % 2) REQUIRE(engine->commit());
        if (random() % 3 == 0) REQUIRE(engine->checkpointer().finish());
        engine.reset();
        house.log.crash();
        engine = house.start(1 + random() % 3);
      }
      REQUIRE(engine->drain());
      REQUIRE(engine->close());
      CHECK_MESSAGE(content(house.log) == calm, "seed " << seed);
    }
  }

  TEST_CASE("TK-2: every record delivered is folded, ignored, a duplicate, moved on or a dead letter") {
    House house(3);
    auto engine = house.start(2);
    produce(*engine, 0, 1000);
    REQUIRE(engine->drain());
    std::uint64_t dead = 0;
    for (const auto& task : engine->tasks()) {
      const log::TaskPosition& p = task->position();
      CHECK(p.next == house.log.end(task->inbox()).value);
      CHECK(static_cast<std::uint64_t>(p.next) == p.folded + p.ignored + p.duplicates + p.dead_letters + p.forwarded);
      dead += p.dead_letters;
    }
    CHECK(dead == 11);  // i = 0, 97, …, 970
  }

  TEST_CASE("C1: folding every partition again gives the committed outputs, and a changed record is found") {
    House house(3);
    auto engine = house.start(2);
    produce(*engine, 0, 1000);
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    const auto prove = [&](log::Log& log) {
      return engine::prove({house.topology, log, [&](TopicPartition inbox) { return log.committed(inbox); }, house.keys, "env", false, [](const std::string&) {
        return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>());
      }});
    };
    const auto proof = prove(house.log);
    REQUIRE(proof);
    CHECK(proof->problems.empty());
    CHECK(proof->outputs > 300);

    // The same log with one output of `count` altered on its way into a copy.
    log::MemoryLog copy(house.topology.topics);
    log::Batch batch;
    log::Frame frame;
    for (std::uint8_t t = 0; t < 6; ++t)
      for (std::uint16_t p = 0; p < copy.topics().partitions(TopicId{t}); ++p)
        for (Offset at{0}; at < house.log.end({TopicId{t}, Partition{p}}); at = at + 1) {
          REQUIRE(house.log.fetch({TopicId{t}, Partition{p}}, at, 1, 1, batch));
          const Record& r = batch.records.front();
          std::string value(r.value);
          if (t == kOut.value && p == 1 && at.value == 5) value.back() = ' ';
          log::Frame one;
          one.records.push_back({{TopicId{t}, Partition{p}}, r.timestamp, r.key, value, r.headers});
          REQUIRE(copy.append(one));
        }
    frame.positions = house.log.all_committed();
    REQUIRE(copy.append(frame));
    const auto damaged = prove(copy);
    REQUIRE(damaged);
    REQUIRE(!damaged->problems.empty());
    CHECK(damaged->problems.front().find("difference") == 0);
  }

  TEST_CASE("TK-3: a log whose outputs do not follow from its inbox is refused at start") {
    House house(1);
    auto engine = house.start(1);
    produce(*engine, 0, 100);
    REQUIRE(engine->drain());
    REQUIRE(engine->commit());
    engine.reset();
    auto position = *house.log.committed({kIn, Partition{0}});
    position.digest ^= 1;
    log::Frame frame;
    frame.positions = {position};
    REQUIRE(house.log.append(frame));
    engine::Services services{house.log, house.keys, house.keys, [] { return Result<void>(); }, [](const std::string&, Partition) {
      return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>());
    }};
    engine::Engine again(house.topology, services, engine::Options{.environment = "env"});
    const auto up = again.open();
    REQUIRE(!up);
    CHECK(up.fault().code == "refold_difference");
  }

  TEST_CASE("LO-1 LO-2: the loader stamps facts, and ticks come before the first fact at or after their hour") {
    House house(1);
    auto engine = house.start(1);
    const TimeMs hour = kHourMs;
    for (const TimeMs at : {10 * hour + 1, 12 * hour + 5, 11 * hour})
      REQUIRE(engine->append({{{kHistory, Partition{0}}, at, "k", "v", {}}}));
    engine::Loader loader(*engine);
    REQUIRE(loader.open());
    REQUIRE(loader.run());
    log::Batch batch;
    REQUIRE(house.log.fetch({kIn, Partition{0}}, Offset{0}, 10, 1 << 20, batch));
    REQUIRE(batch.records.size() == 3);
    CHECK(batch.records[0].timestamp == 10 * hour + 1);
    CHECK(batch.records[1].timestamp == 12 * hour + 5);
    CHECK(batch.records[2].timestamp == 12 * hour + 5);
  }
}

}  // namespace millrace::test
