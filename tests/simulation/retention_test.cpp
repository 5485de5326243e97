// A log that trims itself under a running engine, and what comes up again from what is left.
#include "engine/proof.h"
#include "engine/retention.h"
#include "tests/simulation/house.h"

namespace millrace::test {

namespace {

Offset start_of(const House& house, TopicId topic) { return house.log.start({topic, Partition{0}}); }

Result<engine::Proof> prove(House& house) {
  return engine::prove({house.topology, house.log, [&](TopicPartition inbox) { return house.log.committed(inbox); }, house.keys, "env", false, [](const std::string&) {
    return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>());
  }});
}

}  // namespace

TEST_SUITE("retention") {
  TEST_CASE("RT-1 RT-3: the log is dropped up to the checkpoint, but nothing younger than keep, and it goes on from there") {
    House house(1);
    auto engine = house.start(1);
    for (int i = 1; i < 400; ++i) REQUIRE(engine->append({{{kIn, Partition{0}}, i, "k" + std::to_string(i % 7), "v", {}}}));
    int rounds = 1;
    REQUIRE(engine->drain([&] { return --rounds > 0; }));
    REQUIRE(engine->commit());
    engine::Retention none(house.log, house.topology, engine->tasks(), std::nullopt);
    REQUIRE(none.run(100'000));
    CHECK(start_of(house, kIn) == Offset{0});
    engine::Retention keeping(house.log, house.topology, engine->tasks(), 100);
    REQUIRE(keeping.run(100'000));
    CHECK(start_of(house, kIn) == Offset{0});  // no checkpoint yet
    REQUIRE(engine->checkpointer().finish());
    REQUIRE(keeping.run(250));  // stamps below 150 may go
    CHECK(start_of(house, kIn) == Offset{149});
    REQUIRE(keeping.run(100'000));
    CHECK(start_of(house, kIn) > Offset{390});
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    engine.reset();
    engine = house.start(2);
    REQUIRE(engine->append({{{kIn, Partition{0}}, 500, "k1", "v", {}}}));
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    const auto proof = prove(house);
    REQUIRE(proof);
    CHECK(proof->problems.empty());
    CHECK(!proof->trimmed.empty());  // and it says what could not be folded from zero
  }

  TEST_CASE("RT-2: the original of a dead letter stays until it is tried again") {
    House house(1);
    auto engine = house.start(1);
    for (int i = 0; i < 50; ++i) REQUIRE(engine->append({{{kIn, Partition{0}}, i, "k", i == 20 ? "poison" : "v", {}}}));
    REQUIRE(engine->drain());
    REQUIRE(engine->checkpointer().finish());
    engine::Retention retention(house.log, house.topology, engine->tasks(), 100);
    REQUIRE(retention.run(100'000));
    CHECK(start_of(house, kIn) == Offset{20});
    CHECK(retention.holding() == 1);
    Headers headers;
    headers.cause = {kDead, Partition{0}, Offset{0}};
    REQUIRE(engine->append({{{kIn, Partition{0}}, 60, "k", "v", headers}}));
    REQUIRE(engine->drain());
    REQUIRE(engine->checkpointer().finish());
    REQUIRE(retention.run(100'000));
    CHECK(start_of(house, kIn) > Offset{20});
    CHECK(retention.holding() == 0);
  }

  TEST_CASE("RT-4: a floor of somebody else is kept") {
    House house(1);
    auto engine = house.start(1);
    for (int i = 0; i < 50; ++i) REQUIRE(engine->append({{{kIn, Partition{0}}, i, "k", "v", {}}}));
    REQUIRE(engine->drain());
    REQUIRE(engine->checkpointer().finish());
    engine::Retention retention(house.log, house.topology, engine->tasks(), 100);
    REQUIRE(retention.run(100'000, {{{kIn, Partition{0}}, Offset{7}}}));
    CHECK(start_of(house, kIn) == Offset{7});
  }

  TEST_CASE("a state that stands below the log's start is refused with what restores it, never moved") {
    House house(1);
    auto engine = house.start(1);
    for (int i = 0; i < 50; ++i) REQUIRE(engine->append({{{kIn, Partition{0}}, i, "k", "v", {}}}));
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    engine::Retention retention(house.log, house.topology, engine->tasks(), 100);
    REQUIRE(retention.run(100'000));
    engine.reset();
    engine::Services services{house.log, house.keys, house.keys, [] { return Result<void>(); }, [](const std::string&, Partition) {
      return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>());  // the state folder is gone
    }};
    engine::Engine again(house.topology, services, engine::Options{.environment = "env"});
    const auto up = again.open();
    REQUIRE(!up);
    CHECK(up.fault().code == "out_of_range");
    CHECK(up.fault().message.find("cp -a") != std::string::npos);
  }
}

}  // namespace millrace::test
