// A disk that fills up and empties again, under the engine: nothing is lost, nothing is restarted, nothing differs.
#include <random>

#include "engine/loader.h"
#include "log/embedded/file_layer.h"
#include "tests/simulation/house.h"

namespace millrace::test {

namespace {

using engine::Intake;
using engine::Pace;

constexpr int kRecords = 800;

class Heard final : public Events {
 public:
  bool wants(Level) const override { return true; }
  void tell(const Event& event) override {
    const std::lock_guard hold(mutex_);
    if (event.name == "fault" || event.name == "retry") words.push_back(std::string(event.name) + " " + std::string(event.code));
  }
  std::vector<std::string> words;

 private:
  std::mutex mutex_;
};

std::string calm() {
  House house(3);
  auto engine = house.start(2);
  produce(*engine, 0, kRecords);
  REQUIRE(engine->drain());
  REQUIRE(engine->close());
  return content(house.log);
}

Fault disk_full() { return retryable("disk_full", "test"); }
NewRecord fact() { return {{kIn, Partition{0}}, 1, "k", "v", {}}; }

Pace pace_of(Result<Pace> drained) {
  REQUIRE_MESSAGE(drained, (drained ? "" : drained.fault().message));
  return *drained;
}

}  // namespace

TEST_SUITE("full disk") {
  TEST_CASE("RM-1: blocks that are free and not ours make no disk full") {
    CHECK(log::free_basis_points(100, 40, 35) == 3684);  // 60 used, 35 to have: 63 % used, as df says
    CHECK(log::free_basis_points(1000, 730, 90) == 2500);  // most of it beyond a quota
    CHECK(log::free_basis_points(100, 5, 0) == 0);
    CHECK(log::free_basis_points(0, 0, 0) == 10'000);  // a file system that does not tell
  }

  TEST_CASE("RM-1: below 10 % free facts are refused with disk_low and retry, an operator's word is not, stages drain") {
    House house(3);
    auto engine = house.start(2);
    produce(*engine, 0, kRecords);
    house.log.set_free_share(999);
    const auto refused = engine->append({fact()});
    REQUIRE(!refused);
    CHECK(refused.fault().code == "disk_low");
    CHECK(refused.fault().kind == Fault::Kind::retry);
    CHECK(engine->append({fact()}, Intake::control));
    CHECK(pace_of(engine->drain()) == Pace::done);
    CHECK(engine->idle());
    house.log.set_free_share(1000);
    CHECK(engine->append({fact()}));
  }

  TEST_CASE("RM-2 RM-3: below 3 % stages pause after a checkpoint, and go on when there is room") {
    House house(3);
    Heard heard;
    auto engine = house.start(2, 1 << 20, heard);
    produce(*engine, 0, kRecords);
    int rounds = 2;
    CHECK(pace_of(engine->drain([&] { return --rounds > 0; })) == Pace::stopped);
    house.log.set_free_share(299);
    CHECK(!engine->append({fact()}, Intake::control));
    for (int look = 0; look < 3; ++look) {
      const std::uint64_t frames = house.log.frames();
      CHECK(pace_of(engine->drain()) == Pace::out_of_room);
      CHECK(house.log.frames() == frames);
      for (const auto& task : engine->tasks()) CHECK(task->checkpointed_position() == task->position().next);
    }
    CHECK(!engine->idle());
    CHECK(engine->stall() == "disk_low");
    house.log.set_free_share(300);
    CHECK(pace_of(engine->drain()) == Pace::done);
    CHECK(engine->stall().empty());
    REQUIRE(engine->close());
    CHECK(content(house.log) == calm());
    CHECK(heard.words == std::vector<std::string>{"fault disk_low", "retry disk_low"});  // told once, however often it looked
  }

  TEST_CASE("RO-3: a frame that finds no space is kept and appended as it was folded, and no state runs ahead of it") {
    const std::string undisturbed = calm();
    for (unsigned seed = 1; seed <= 20; ++seed) {
      std::mt19937 random(seed);
      House house(3);
      auto engine = house.start(1 + seed % 3);
      produce(*engine, 0, kRecords);
      for (int times = 0; times < 5; ++times) {
        int rounds = static_cast<int>(random() % 3);
        pace_of(engine->drain([&] { return rounds-- > 0; }));
        const bool at_append = random() % 2 == 0;
        if (at_append) house.log.refuse_append(disk_full());
        else house.log.refuse_flush(disk_full());
        if (!engine->idle() && at_append) CHECK(pace_of(engine->drain()) == Pace::out_of_room);
        else (void)engine->drain();
        CHECK(!engine->commit() == !at_append);
        REQUIRE(engine->checkpoint());
        if (random() % 4 == 0) {  // killed while the disk was full
          engine.reset();
          house.log.crash();
          house.log.allow_append();
          house.log.allow_flush();
          engine = house.start(2);
        }
        house.log.allow_append();
        house.log.allow_flush();
      }
      CHECK(pace_of(engine->drain()) == Pace::done);
      REQUIRE(engine->close());
      CHECK_MESSAGE(content(house.log) == undisturbed, "seed " << seed);
    }
  }

  TEST_CASE("CK-3: a store that finds no space keeps its checkpoint, which is written when there is some") {
    House house(2);
    Heard heard;
    auto engine = house.start(1, 1 << 20, heard);
    produce(*engine, 0, kRecords);
    const auto refuse = [&](const std::optional<Fault>& fault) {
      for (auto& [name, disk] : house.disks) {
        const std::lock_guard hold(disk->mutex);
        disk->refuse = fault;
      }
    };
    refuse(disk_full());
    REQUIRE(engine->drain());
    const auto full = engine->close();
    REQUIRE(!full);
    CHECK(full.fault().kind == Fault::Kind::retry);
    for (int look = 0; look < 3; ++look) CHECK(engine->checkpoint());
    CHECK(heard.words == std::vector<std::string>{"fault disk_full"});
    refuse(std::nullopt);
    REQUIRE(engine->close());
    for (const auto& task : engine->tasks()) CHECK(task->checkpointed_position() == task->position().next);
    engine.reset();
    engine = house.start(2);  // recovery proves the state against the log
    CHECK(engine->idle());
  }

  TEST_CASE("CK-1: a checkpoint whose log could not be synced writes no state, also when it is tried again") {
    House house(2);
    auto engine = house.start(1);
    produce(*engine, 0, kRecords);
    REQUIRE(engine->drain());
    house.log.refuse_flush(disk_full());
    std::uint64_t before = 0;
    for (auto& [name, disk] : house.disks) before += disk->applies;
    for (int times = 0; times < 3; ++times) CHECK(!engine->checkpointer().finish());
    std::uint64_t after = 0;
    for (auto& [name, disk] : house.disks) after += disk->applies;
    CHECK(after == before);
    house.log.allow_flush();
    CHECK(engine->checkpointer().finish());
  }

  TEST_CASE("RM-1: the loader of a history waits for room like a producer, and loses nothing") {
    const auto load = [](bool disturbed) {
      House house(1);
      auto engine = house.start(1);
      for (int i = 0; i < 200; ++i) REQUIRE(engine->append({{{kHistory, Partition{0}}, i * kHourMs / 2, "k" + std::to_string(i % 3), "v", {}}}));
      engine::Loader loader(*engine);
      REQUIRE(loader.open());
      for (int i = 0; disturbed && i < 12; ++i) {
        int rounds = i % 4;
        pace_of(loader.run([&] { return rounds-- > 0; }));
        house.log.set_free_share(999);
        CHECK(pace_of(loader.run()) == Pace::out_of_room);
        house.log.set_free_share(10000);
        house.log.refuse_append(disk_full());
        CHECK(pace_of(loader.run()) == Pace::out_of_room);
        house.log.allow_append();
      }
      CHECK(pace_of(loader.run()) == Pace::done);
      REQUIRE(engine->close());
      return content(house.log);
    };
    CHECK(load(true) == load(false));
  }
}

}  // namespace millrace::test
