// The committing thread over a commit that is held, refused and let go, and an engine that folds on meanwhile.
#include "engine/committer.h"

#include <poll.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>

#include "tests/simulation/house.h"

namespace millrace::test {

namespace {

using engine::Committer;
using engine::Ticket;

// What a commit does: it may be held, and the next ones refused.
class Work {
 public:
  Result<void> operator()() {
    std::unique_lock lock(mutex_);
    ++begun_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    ++ended_;
    if (refusals_.empty()) return {};
    const Fault fault = refusals_.front();
    refusals_.pop_front();
    return fault;
  }
  void hold(bool held) {
    {
      const std::lock_guard lock(mutex_);
      held_ = held;
    }
    changed_.notify_all();
  }
  void refuse_next(Fault fault) {
    const std::lock_guard lock(mutex_);
    refusals_.push_back(std::move(fault));
  }
  void await_begun(int times) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(30), [&] { return begun_ >= times; }));
  }
  int begun() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  int ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false;
  int begun_ = 0, ended_ = 0;
  std::deque<Fault> refusals_;
};

Fault no_space() { return retryable("disk_full", "test"); }
bool readable(int file, int wait_ms) {
  pollfd look{file, POLLIN, 0};
  return ::poll(&look, 1, wait_ms) == 1;
}

// A house whose keys can be held back.
struct KeyedHouse : House {
  explicit KeyedHouse(std::uint16_t partitions) : House(partitions) {
    sync_keys = [this] { return key_sync(); };
  }
  std::uint64_t applies() {
    std::uint64_t sum = 0;
    for (auto& [name, disk] : disks) sum += disk->applies;
    return sum;
  }
  Work key_sync;
};

NewRecord fact(const std::string& key, const std::string& value, std::uint16_t partitions) {
  return {{kIn, Partition{partition_of(key, partitions)}}, 1, key, value, {}};
}

}  // namespace

TEST_SUITE("committer") {
  TEST_CASE("CM-1: a ticket is good only after a commit that began after it was asked for") {
    Work work;
    Committer committer([&] { return work(); });
    CHECK(committer.outcome(0));
    work.hold(true);
    const Ticket first = committer.ask();
    work.await_begun(1);
    const Ticket second = committer.ask();
    CHECK(!committer.outcome(first));
    work.hold(false);
    CHECK(committer.wait(second));
    CHECK(work.begun() == 2);
    CHECK(committer.wait(first));
  }

  TEST_CASE("CM-1: one commit answers all that was asked while the one before was under way") {
    Work work;
    Committer committer([&] { return work(); });
    work.hold(true);
    (void)committer.ask();
    work.await_begun(1);
    Ticket last = 0;
    for (int i = 0; i < 100; ++i) last = committer.ask();
    work.hold(false);
    CHECK(committer.wait(last));
    CHECK(work.begun() == 2);
  }

  TEST_CASE("CM-2: a commit that fails fails what was asked before it began, and nothing that was asked since") {
    Work work;
    Committer committer([&] { return work(); });
    work.hold(true);
    const Ticket first = committer.ask();
    work.await_begun(1);
    const Ticket second = committer.ask();
    work.refuse_next(no_space());
    work.hold(false);
    CHECK(committer.wait(second));
    CHECK(committer.wait(first));  // a later commit made it good after all
    work.refuse_next(no_space());
    const auto refused = committer.wait(committer.ask());
    REQUIRE(!refused);
    CHECK(refused.fault().code == "disk_full");
    CHECK(committer.outcome(second)->operator bool());
  }

  TEST_CASE("CM-3: a commit that failed is not tried again until somebody asks") {
    Work work;
    Committer committer([&] { return work(); });
    work.refuse_next(no_space());
    const Ticket first = committer.ask();
    CHECK(!committer.wait(first));
    CHECK(work.begun() == 1);
    CHECK(committer.wait(committer.ask()));
    CHECK(work.begun() == 2);
    CHECK(committer.wait(first));
  }

  TEST_CASE("CM-4: the end waits for the commit under way") {
    Work work;
    auto committer = std::make_unique<Committer>([&] { return work(); });
    work.hold(true);
    (void)committer->ask();
    work.await_begun(1);
    std::thread release([&] { work.hold(false); });
    committer.reset();
    CHECK(work.ended() == work.begun());
    release.join();
  }

  TEST_CASE("who watches a ticket is woken by its outcome, good or not, and by no other") {
    Work work;
    Committer committer([&] { return work(); });
    CHECK(committer.wait(committer.ask()));
    CHECK(!readable(committer.file(), 0));
    work.hold(true);
    const Ticket ticket = committer.ask();
    committer.watch(ticket);
    CHECK(!readable(committer.file(), 0));
    work.refuse_next(no_space());
    work.hold(false);
    CHECK(readable(committer.file(), 30'000));
    CHECK(!*committer.outcome(ticket));
    committer.clear();
    CHECK(!readable(committer.file(), 0));
    committer.watch(ticket);  // its outcome is known already
    CHECK(readable(committer.file(), 0));
  }

  TEST_CASE("EN-4 EN-1: what is appended is folded while keys are synced; no frame and no state is written before they are") {
    KeyedHouse house(2);
    auto engine = house.start(2);
    house.key_sync.hold(true);
    for (int i = 0; i < 200; ++i) REQUIRE(engine->take({fact("k" + std::to_string(i % 7), "v", 2)}));
    const Ticket ticket = engine->commit_soon();
    house.key_sync.await_begun(1);
    REQUIRE(engine->drain());
    CHECK(engine->idle());
    CHECK(house.log.end({kOut, Partition{0}}).value + house.log.end({kOut, Partition{1}}).value > 0);
    REQUIRE(engine->checkpointer().begin());
    REQUIRE(engine->checkpointer().run());
    CHECK(!engine->committer().outcome(ticket));
    CHECK(house.log.flushes() == 0);
    CHECK(house.applies() == 0);
    house.key_sync.hold(false);
    CHECK(engine->committer().wait(ticket));
    REQUIRE(engine->close());
    CHECK(house.applies() > 0);
    engine = house.start(2);  // recovery proves the state against the log
    CHECK(engine->idle());
  }

  TEST_CASE("SG-1: a batch is counted when its commit has ended, also when more was folded meanwhile and nothing asks again") {
    KeyedHouse house(1);
    auto engine = house.start(1);
    REQUIRE(engine->commit());
    const double before = counted(house.figures);
    const auto folded = [&](int facts) {
      for (int i = 0; i < facts; ++i) REQUIRE(engine->take({fact("k", "v", 1)}));
      REQUIRE(engine->drain());
      REQUIRE(engine->commit_beside());
    };
    house.key_sync.hold(true);
    const int begun = house.key_sync.begun();
    folded(2);
    house.key_sync.await_begun(begun + 1);
    folded(3);
    CHECK(counted(house.figures) == before);
    house.key_sync.hold(false);
    REQUIRE(engine->committer().wait(engine->commit_soon()));
    for (int turn = 0; turn < 2; ++turn) REQUIRE(engine->commit_beside());  // of the idle loop
    double passed = 0;
    for (const auto& task : engine->tasks()) passed += static_cast<double>(task->position().next);
    CHECK(counted(house.figures) == passed);
  }

  TEST_CASE("EN-3: a machine whose commit failed waits until one has ended well, also while it is tried again") {
    KeyedHouse house(1);
    auto engine = house.start(1);
    REQUIRE(engine->take({fact("k", "v", 1)}));
    house.key_sync.refuse_next(no_space());
    CHECK(!engine->committer().wait(engine->commit_soon()));
    house.key_sync.hold(true);
    const int begun = house.key_sync.begun();
    CHECK(!engine->commit_beside());
    house.key_sync.await_begun(begun + 1);
    CHECK(!engine->commit_beside());  // nobody knows yet whether there is space now
    house.key_sync.hold(false);
    REQUIRE(engine->committer().wait(engine->commit_soon()));
    CHECK(engine->commit_beside());
    CHECK(house.key_sync.begun() == begun + 1);
  }

  TEST_CASE("EN-1: a process that is killed at any moment of its commits loses nothing that was answered") {
    for (unsigned seed = 1; seed <= 30; ++seed) {
      CAPTURE(seed);
      std::mt19937 random(seed);
      KeyedHouse house(3);
      int made = 0;
      for (int life = 0; life < 4; ++life) {
        auto engine = house.start(1 + seed % 2);
        std::vector<std::pair<Ticket, std::string>> owed;
        std::vector<std::string> answered;
        const auto look = [&] {
          std::erase_if(owed, [&](const auto& each) {
            const auto outcome = engine->committer().outcome(each.first);
            if (outcome && *outcome) answered.push_back(each.second);
            return outcome.has_value();
          });
        };
        for (int i = 0; i < 40; ++i) {
          const std::string value = "v" + std::to_string(++made);
          REQUIRE(engine->take({fact("k" + std::to_string(random() % 9), value, 3)}));
          owed.emplace_back(engine->commit_soon(), value);
          if (random() % 4 == 0) house.key_sync.hold(random() % 2 == 0);
          if (random() % 3 == 0) {
            int rounds = static_cast<int>(random() % 3);
            REQUIRE(engine->drain([&] { return rounds-- > 0; }));
          }
          if (random() % 5 == 0) REQUIRE(engine->checkpoint());
          look();
        }
        house.key_sync.hold(false);  // what is under way ends as it may; what is not begun never is
        look();
        engine.reset();
        house.log.crash();
        const std::string kept = content(house.log);
        for (const std::string& value : answered) CHECK_MESSAGE(kept.find(" " + value + " ") != std::string::npos, value);
      }
      auto engine = house.start(2);  // recovers, and proves that no state ran ahead
      REQUIRE(engine->drain());
      REQUIRE(engine->close());
    }
  }
}

}  // namespace millrace::test
