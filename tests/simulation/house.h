// A house to run the toy topology (toy.h) in: an engine over a log and disks that outlive it, as a data folder does.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>

#include "engine/engine.h"
#include "keys/derived_keyring.h"
#include "log/memory/memory_log.h"
#include "state/memory_kv.h"
#include "tests/simulation/toy.h"

namespace millrace::test {

// A process: an engine over a log and disks that outlive it.
struct House {
  explicit House(std::uint16_t partitions) : topology(toy(partitions)), log(topology.topics), keys("seed") {
    keys.key_for("_", "dead_letters", "namespace");
  }
  std::unique_ptr<engine::Engine> start(std::size_t threads, std::size_t cache = 1 << 20, Events& events = no_events()) {
    engine::Services services{log, keys, keys, sync_keys, [this](const std::string& stage, Partition p) {
      auto& disk = disks[stage + std::to_string(p.value)];
      if (!disk) disk = std::make_shared<state::MemoryDisk>();
      return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>(disk));
    }, &events, &figures};
    auto engine = std::make_unique<engine::Engine>(topology, services, engine::Options{.threads = threads, .cache_bytes = cache, .environment = "env"});
    const auto up = engine->open();
    REQUIRE_MESSAGE(up, (up ? "" : up.fault().message));
    return engine;
  }
  engine::Topology topology;
  log::MemoryLog log;
  DerivedKeyring keys;
  std::function<Result<void>()> sync_keys = [] { return Result<void>(); };
  engine::StageFigures figures;
  std::map<std::string, std::shared_ptr<state::MemoryDisk>> disks;
};

inline void produce(engine::Engine& engine, int from, int to) {
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

// What figures say of records, over all stages, types and results.
inline double counted(const engine::StageFigures& figures) {
  double records = 0;
  for (const Measure& measure : figures.measures())
    if (measure.name == "millrace_records_total") records += measure.value;
  return records;
}

// All that a log holds but for what producers wrote.
inline std::string content(const log::Log& log) {
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

}  // namespace millrace::test
