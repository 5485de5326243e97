// Checkpoints beside the folding: over stores and a log that hold still or refuse.
#include "tests/simulation/house.h"

#include <atomic>

namespace millrace::test {

namespace {

std::string calm_topics() {
  House house(4);
  auto engine = house.start(1);
  produce(*engine, 0, 1500);
  REQUIRE(engine->drain());
  REQUIRE(engine->close());
  return content(house.log);
}

// All stores of a house: applies so far, and what their next applies meet.
std::uint64_t applies(House& house) {
  std::uint64_t sum = 0;
  for (auto& [name, disk] : house.disks) sum += disk->applies;
  return sum;
}
void hold(House& house, bool held) {
  for (auto& [name, disk] : house.disks) {
    {
      const std::lock_guard lock(disk->mutex);
      disk->held = held;
    }
    disk->released.notify_all();
  }
}
// Whether a batch that has begun to be written finds room.
void fill(House& house, bool full) {
  for (auto& [name, disk] : house.disks) {
    {
      const std::lock_guard lock(disk->mutex);
      disk->full = full;
    }
    disk->released.notify_all();
  }
}
void refuse(House& house, std::optional<Fault> fault) {
  for (auto& [name, disk] : house.disks) {
    const std::lock_guard lock(disk->mutex);
    disk->refuse = fault;
  }
}

}  // namespace

TEST_SUITE("checkpointer") {
  TEST_CASE("CK-2: folding goes on while the stores hold still, and the topics are those of a calm run") {
    House house(4);
    auto engine = house.start(2);
    produce(*engine, 0, 1500);
    int rounds = 1;
    REQUIRE(engine->drain([&] { return --rounds > 0; }));
    hold(house, true);
    REQUIRE(engine->checkpointer().begin());
    REQUIRE(engine->checkpointer().run());
    REQUIRE(engine->drain());
    CHECK(engine->idle());
    CHECK(applies(house) == 0);
    hold(house, false);
    REQUIRE(engine->close());
    CHECK(applies(house) > 0);
    CHECK(content(house.log) == calm_topics());
  }

  TEST_CASE("CK-2 TB-3: a checkpoint stands for its cut, whatever was folded while it was written") {
    House house(4);
    auto engine = house.start(1);
    produce(*engine, 0, 1500);
    int rounds = 1;
    REQUIRE(engine->drain([&] { return --rounds > 0; }));
    std::vector<std::int64_t> cut;
    for (const auto& task : engine->tasks()) cut.push_back(task->position().next);
    hold(house, true);
    REQUIRE(engine->checkpointer().begin());
    REQUIRE(engine->checkpointer().run());
    REQUIRE(engine->drain());
    REQUIRE(engine->commit());
    hold(house, false);
    // The destructor waits for one batch at most; what stands in the stores is of the cut or of nothing.
    engine.reset();
    house.log.crash();
    engine = house.start(1);
    for (std::size_t i = 0; i < cut.size(); ++i) {
      const std::int64_t at = engine->tasks()[i]->checkpointed_position();
      CHECK((at == 0 || at == cut[i]));
    }
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    CHECK(content(house.log) == calm_topics());
  }

  TEST_CASE("CK-3: a full disk stops no folding; the batch is written when there is space again") {
    House house(4);
    auto engine = house.start(1);
    produce(*engine, 0, 1500);
    refuse(house, retryable("disk_full", "test"));
    int rounds = 1;
    REQUIRE(engine->drain([&] { return --rounds > 0; }));
    REQUIRE(engine->checkpointer().begin());
    REQUIRE(engine->drain());
    const auto stopped = engine->checkpointer().finish();
    REQUIRE(!stopped);
    CHECK(stopped.fault().code == "disk_full");
    refuse(house, std::nullopt);
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    CHECK(content(house.log) == calm_topics());
    for (const auto& task : engine->tasks()) CHECK(task->checkpointed_position() == task->position().next);
  }

  TEST_CASE("CK-3: a batch that waits for room in the middle of its write is told of, and goes on by itself") {
    House house(4);
    auto engine = house.start(1);
    produce(*engine, 0, 1500);
    fill(house, true);
    REQUIRE(engine->drain());
    const auto waits = engine->checkpointer().finish();
    REQUIRE(!waits);
    CHECK(waits.fault().code == "disk_full");
    CHECK(waits.fault().kind == Fault::Kind::retry);
    CHECK_FALSE(engine->checkpointer().run());
    fill(house, false);
    REQUIRE(engine->close());
    CHECK(content(house.log) == calm_topics());
    for (const auto& task : engine->tasks()) CHECK(task->checkpointed_position() == task->position().next);
  }

  TEST_CASE("CK-3: it holds up no stop, and the next start finds everything") {
    House house(4);
    auto engine = house.start(1);
    produce(*engine, 0, 1500);
    fill(house, true);
    REQUIRE(engine->drain());
    REQUIRE_FALSE(engine->close());
    engine.reset();
    house.log.crash();
    fill(house, false);
    engine = house.start(1);
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    CHECK(content(house.log) == calm_topics());
  }

  TEST_CASE("what is given up was never cut: the next checkpoint holds all of it") {
    House house(4);
    auto engine = house.start(1);
    produce(*engine, 0, 1500);
    refuse(house, retryable("disk_full", "test"));
    int rounds = 1;
    REQUIRE(engine->drain([&] { return --rounds > 0; }));
    REQUIRE(engine->checkpointer().begin());
    REQUIRE(engine->checkpointer().run());
    engine->checkpointer().drop();
    for (const auto& task : engine->tasks()) CHECK_FALSE(task->space().cutting());
    refuse(house, std::nullopt);
    REQUIRE(engine->checkpointer().finish());
    engine.reset();
    house.log.crash();
    engine = house.start(1);
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    CHECK(content(house.log) == calm_topics());
  }

  TEST_CASE("CK-3: a store that fails for good is told of") {
    House house(2);
    auto engine = house.start(1);
    produce(*engine, 0, 300);
    refuse(house, fatal("io", "test"));
    REQUIRE(engine->drain());
    const auto stopped = engine->checkpointer().finish();
    REQUIRE(!stopped);
    CHECK(stopped.fault().code == "io");
    const auto again = engine->checkpointer().run();
    REQUIRE(!again);
    CHECK(again.fault().code == "io");
  }

  TEST_CASE("CK-4: what was folded over a row that could not be read is not written") {
    House house(1);
    auto engine = house.start(1, 1);
    produce(*engine, 0, 300);
    REQUIRE(engine->drain());
    REQUIRE(engine->checkpointer().finish());
    const std::uint64_t before = applies(house);
    for (auto& [name, disk] : house.disks) {
      const std::lock_guard lock(disk->mutex);
      disk->unreadable = fatal("corrupt", "test");
    }
    produce(*engine, 300, 900);
    const auto folded = engine->drain();
    REQUIRE(!folded);
    CHECK(folded.fault().code == "corrupt");
    const auto stopped = engine->checkpointer().finish();
    REQUIRE(!stopped);
    CHECK(stopped.fault().code == "corrupt");
    CHECK(applies(house) == before);
  }

  TEST_CASE("CK-1: no batch is written before the log is on stable storage") {
    // A log that cannot be hardened, and a task over it.
    class SoftLog final : public log::Log {
     public:
      explicit SoftLog(log::Log& inner) : inner_(inner) {}
      Result<void> harden() override {
        ++asked;
        return soft ? Result<void>(retryable("io", "test")) : Result<void>();
      }
      const TopicTable& topics() const override { return inner_.topics(); }
      Offset start(TopicPartition tp) const override { return inner_.start(tp); }
      Offset end(TopicPartition tp) const override { return inner_.end(tp); }
      Result<void> fetch(TopicPartition tp, Offset from, std::size_t n, std::size_t bytes, log::Batch& b) const override {
        return inner_.fetch(tp, from, n, bytes, b);
      }
      Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override { return inner_.offset_at(tp, time); }
      Result<std::vector<Offset>> append(const log::Frame& frame) override { return inner_.append(frame); }
      void write_after(std::function<Result<void>()> first) override { inner_.write_after(std::move(first)); }
      Result<void> flush() override { return inner_.flush(); }
      std::optional<log::TaskPosition> committed(TopicPartition inbox) const override { return inner_.committed(inbox); }
      std::vector<log::TaskPosition> all_committed() const override { return inner_.all_committed(); }
      std::string environment() const override { return inner_.environment(); }
      std::atomic<int> asked{0};
      std::atomic<bool> soft{true};

     private:
      log::Log& inner_;
    };
    House house(1);
    SoftLog log(house.log);
    engine::Services services{log, house.keys, house.keys, [] { return Result<void>(); }, [&](const std::string& stage, Partition p) {
      auto& disk = house.disks[stage + std::to_string(p.value)];
      if (!disk) disk = std::make_shared<state::MemoryDisk>();
      return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>(disk));
    }};
    engine::Engine engine(house.topology, services, engine::Options{.environment = "env"});
    REQUIRE(engine.open());
    produce(engine, 0, 100);
    REQUIRE(engine.drain());
    CHECK_FALSE(engine.checkpointer().finish());
    CHECK(log.asked > 0);
    CHECK(applies(house) == 0);
    log.soft = false;
    REQUIRE(engine.close());
    CHECK(applies(house) > 0);
  }
}

}  // namespace millrace::test
