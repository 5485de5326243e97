// The engine over a toy topology (toy.h), on logs and stores that crash: one seed replays any failure.
#include <algorithm>
#include <functional>
#include <map>
#include <random>

#include "engine/loader.h"
#include "engine/proof.h"
#include "tests/simulation/house.h"

namespace millrace::test {

namespace {

// Answers every sum, half an hour after it was said.
struct Echo final : engine::World {
  void observe(const Record& record, std::vector<Answer>& answers) override {
    const std::string id = "answer-" + std::to_string(record.at.partition.value) + "-" + std::to_string(record.at.offset.value);
    answers.push_back({record.timestamp + kHourMs / 2, id, std::string(record.key), "{\"id\":\"" + id + "\"}"});
  }
  std::vector<TopicId> watches() const override { return {kSums}; }
};

std::string calm_run(std::size_t threads, std::size_t cache = 1 << 20) {
  House house(4);
  auto engine = house.start(threads, cache);
  produce(*engine, 0, 1500);
  REQUIRE(engine->drain());
  REQUIRE(engine->close());
  return content(house.log);
}

// A log that others trim while it is read: before its n-th fetch the first half of every topic goes.
class Trimmed final : public log::Reader {
 public:
  Trimmed(log::MemoryLog& log, int at_fetch) : log_(log), left_(at_fetch) {}
  const TopicTable& topics() const override { return log_.topics(); }
  Offset start(TopicPartition tp) const override { return log_.start(tp); }
  Offset end(TopicPartition tp) const override { return log_.end(tp); }
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes, log::Batch& batch) const override {
    if (left_-- == 0) REQUIRE(log_.drop_before([&](TopicPartition of) { return Offset{log_.end(of).value / 2}; }, std::nullopt));
    return log_.fetch(tp, from, std::min<std::size_t>(max_records, 40), max_bytes, batch);
  }
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override { return log_.offset_at(tp, time); }
  bool done() const { return left_ < 0; }

 private:
  log::MemoryLog& log_;
  mutable int left_;
};

using Positions = std::function<std::optional<log::TaskPosition>(TopicPartition)>;

std::vector<log::TaskPosition> all_of(const House& house, const Positions& positions) {
  std::vector<log::TaskPosition> all;
  for (const log::TaskPosition& each : house.log.all_committed())
    if (auto at = positions(each.inbox)) all.push_back(*std::move(at));
  return all;
}

engine::ProofServices proof_services(House& house, const log::Reader& log, Positions committed) {
  return {house.topology, log, std::move(committed), house.keys, "env", false, [](const std::string&) {
    return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>());
  }};
}

// `now`: the positions when all is read; none: those of the log.
engine::Proof prove_on(House& house, const log::Reader& log, Positions committed, const Positions& now = {}) {
  engine::ProofServices services = proof_services(house, log, std::move(committed));
  services.committed_now = [&]() -> Result<std::vector<log::TaskPosition>> { return now ? all_of(house, now) : house.log.all_committed(); };
  auto proof = engine::prove(services);
  REQUIRE_MESSAGE(proof, (proof ? "" : proof.fault().message));
  return *std::move(proof);
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

  TEST_CASE("FO-3: a tick with more timers due than one step fires goes on in the next shares, each timer once, also over a crash") {
    const auto fired = [](bool crash) {
      House house(1);
      auto engine = house.start(1);
      for (int i = 0; i < 12'500; ++i) REQUIRE(engine->append({{{kIn, Partition{0}}, i, "k", "v", {}}}));  // 2,500 timers
      REQUIRE(engine->drain());
      Headers copy;
      copy.broadcast = true;
      REQUIRE(engine->append({{{kIn, Partition{0}}, 20'000, "", "tick", copy}}));
      REQUIRE(engine->append({{{kIn, Partition{0}}, 20'001, "other", "v", {}}}));
      int rounds = crash ? 2 : 100;  // so many are enough; a task that does not move on would take them all
      REQUIRE(engine->drain([&] { return rounds-- > 0; }));
      if (crash) {
        REQUIRE(engine->commit());
        engine.reset();
        house.log.crash();
        engine = house.start(1);
        rounds = 100;
        REQUIRE(engine->drain([&] { return rounds-- > 0; }));
      }
      CHECK(rounds > 0);
      for (const auto& task : engine->tasks()) CHECK(task->position().next == house.log.end(task->inbox()).value);
      REQUIRE(engine->close());
      return content(house.log);
    };
    const std::string calm = fired(false);
    CHECK(calm == fired(true));
    std::size_t timers = 0, counts = 12'500 / 3;  // what `count` sends to `sums`, `sum` tells `out`: the rest are timers
    for (std::size_t at = calm.find("\nout/"); at != std::string::npos; at = calm.find("\nout/", at + 1)) ++timers;
    CHECK(timers >= counts + 2'500);
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

  TEST_CASE("SG-1: figures count each record that is committed once, and nothing that is folded again after a crash") {
    House house(3);
    auto engine = house.start(2);
    produce(*engine, 0, 700);
    REQUIRE(engine->drain());
    REQUIRE(engine->commit());
    double passed = 0;
    for (const auto& task : engine->tasks()) passed += static_cast<double>(task->position().next);
    CHECK(counted(house.figures) == passed);
    double steps = 0, letters = 0;
    for (const Measure& measure : house.figures.measures()) {
      if (measure.name == "millrace_step_seconds") steps += static_cast<double>(measure.count);
      if (measure.name == "millrace_dlq_total") letters += measure.value;
    }
    CHECK(steps == passed);
    CHECK(letters == 8);  // i = 0, 97, …, 679
    engine.reset();
    house.log.crash();
    engine = house.start(1);
    REQUIRE(engine->commit());
    CHECK(counted(house.figures) == passed);
  }

  TEST_CASE("SG-1: figures of a long backlog are told before its end") {
    House house(1);
    auto engine = house.start(1);
    for (int i = 0; i < 1500; ++i) REQUIRE(engine->take({{{kHistory, Partition{0}}, i * kHourMs, "k" + std::to_string(i % 3), "v", {}}}));
    engine::Loader loader(*engine);
    REQUIRE(loader.open());
    double told = 0;
    REQUIRE(loader.run([&] {
      told = std::max(told, counted(house.figures));
      return true;
    }));
    CHECK(told > 0);
  }

  TEST_CASE("FO-4: an output larger than a message may be is left out with a dead letter, and its partition goes on") {
    House house(1);
    auto engine = house.start(1);
    REQUIRE(engine->append({{{kIn, Partition{0}}, 1, "k", "essays", {}}}));
    for (int i = 2; i < 5; ++i) REQUIRE(engine->append({{{kIn, Partition{0}}, i, "k", "v", {}}}));
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    const std::string topics = content(house.log);
    CHECK(topics.find("output_too_large") != std::string::npos);
    CHECK(topics.find("\"detail\":\"essay, ") != std::string::npos);
    std::size_t essays = 0, notes = 0;
    for (std::size_t at = 0; (at = topics.find("\"type\":\"essay\"", at)) != std::string::npos; ++at) ++essays;
    for (std::size_t at = 0; (at = topics.find("\"type\":\"note\"", at)) != std::string::npos; ++at) ++notes;
    CHECK(essays == 1);
    CHECK(notes == 3);  // the one behind the essay, and what came after it: the third of a key, and its sum
    const auto& in = engine->tasks().front()->position();
    CHECK(in.next == house.log.end({kIn, Partition{0}}).value);
    CHECK(in.dead_letters == 1);
    CHECK(in.folded + in.dead_letters == in.next);
  }

  TEST_CASE("PR-1: a proof looks at what the positions stand for, and not at what was folded since") {
    House house(3);
    auto engine = house.start(2);
    produce(*engine, 0, 500);
    int rounds = 1;
    REQUIRE(engine->drain([&] { return rounds-- > 0; }));  // what came of the first is still to be folded
    REQUIRE(engine->commit());
    std::map<TopicPartition, log::TaskPosition> at;
    for (const log::TaskPosition& p : house.log.all_committed()) at[p.inbox] = p;
    const auto then = [&](TopicPartition inbox) {
      const auto found = at.find(inbox);
      return found == at.end() ? std::nullopt : std::optional(found->second);
    };
    const auto before = prove_on(house, house.log, then);
    CHECK(before.problems.empty());
    CHECK(before.outputs > 100);
    produce(*engine, 500, 900);
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    const auto after = prove_on(house, house.log, then);
    CHECK_MESSAGE(after.problems.empty(), (after.problems.empty() ? "" : after.problems.front()));
    CHECK(after.outputs == before.outputs);
  }

  TEST_CASE("PR-3: outputs that no position covers, and an inbox whose position was lost, are not proven") {
    House house(2);
    auto engine = house.start(1);
    produce(*engine, 0, 300);
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    const auto lost = [&](TopicPartition inbox) {
      auto at = house.log.committed(inbox);
      return inbox.topic == house.topology.stages.front().inbox ? std::nullopt : at;
    };
    const auto early = [&](TopicPartition inbox) {
      auto at = house.log.committed(inbox);
      if (at && at->next > 0) --at->next;
      return at;
    };
    const auto start = [&](TopicPartition) { return std::optional<log::TaskPosition>(); };
    CHECK_FALSE(prove_on(house, house.log, lost, lost).problems.empty());
    CHECK_FALSE(prove_on(house, house.log, start, early).problems.empty());
    CHECK(prove_on(house, house.log, start).problems.empty());  // all of it was folded since
  }

  TEST_CASE("PR-3: all positions are asked for at once, a short outage is waited out, and positions that cannot be had are no problem found") {
    House house(4);
    auto engine = house.start(1);
    produce(*engine, 0, 300);
    REQUIRE(engine->drain());
    REQUIRE(engine->close());
    int asked = 0, away = 0;
    engine::ProofServices services = proof_services(house, house.log, [](TopicPartition) { return std::optional<log::TaskPosition>(); });
    services.committed_now = [&]() -> Result<std::vector<log::TaskPosition>> {
      ++asked;
      if (away-- > 0) return retryable("broker_unreachable", "gone");
      return house.log.all_committed();
    };
    REQUIRE(engine::prove(services));
    CHECK(asked == 1);  // of eight inboxes with outputs
    services.dense = false;
    away = 2;
    const auto later = engine::prove(services);
    REQUIRE(later);
    CHECK(later->problems.empty());
    CHECK(asked == 4);
    services.dense = true;  // not waited for
    away = 1;
    const auto never = engine::prove(services);
    REQUIRE_FALSE(never);
    CHECK(never.fault().code == "broker_unreachable");
  }

  TEST_CASE("PR-2: what is dropped while a proof reads is no problem, and named, whenever it goes") {
    std::size_t meanwhile = 0;
    for (int at_fetch = 0;; ++at_fetch) {
      House house(2);
      auto engine = house.start(1);
      produce(*engine, 0, 300);
      REQUIRE(engine->drain());
      REQUIRE(engine->close());
      const Trimmed log(house.log, at_fetch);
      const auto proof = prove_on(house, log, [&](TopicPartition inbox) { return house.log.committed(inbox); });
      CHECK_MESSAGE(proof.problems.empty(), "fetch " << at_fetch << ": " << (proof.problems.empty() ? "" : proof.problems.front()));
      if (!log.done()) break;
      meanwhile += proof.trimmed.size() < 4 ? 1 : 0;  // of the four inboxes some were folded before
    }
    CHECK(meanwhile > 5);
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

  TEST_CASE("LO-3: what a world answers comes once, behind the command, also when the loader begins again in the middle") {
    const auto load = [](int lives) {
      House house(2);
      auto engine = house.start(1);
      for (int i = 0; i < 200; ++i)
        REQUIRE(engine->append({{{kHistory, Partition{0}}, i * kHourMs / 3, "k" + std::to_string(i % 5), "v", {}}}));
      REQUIRE(engine->commit());
      for (int life = 1; life <= lives; ++life) {
        engine::Loader loader(*engine, std::make_unique<Echo>());
        REQUIRE(loader.open());
        int rounds = 7 * life;
        REQUIRE(loader.run([&] { return rounds-- > 0; }));
        CHECK(loader.floors().at({kSums, Partition{1}}) == Offset{0});  // it reads all of it when it begins again
        if (life % 2 == 0) REQUIRE(engine->commit());
        engine.reset();
        house.log.crash();
        engine = house.start(1);
      }
      engine::Loader loader(*engine, std::make_unique<Echo>());
      REQUIRE(loader.open());
      REQUIRE(loader.run());
      CHECK(loader.fed() == 200);
      REQUIRE(engine->close());
      return content(house.log);
    };
    const std::string calm = load(0);
    CHECK(calm == load(4));
    std::size_t answers = 0, sums = 0;
    for (std::size_t at = 0; (at = calm.find("{\"id\":\"answer-", at)) != std::string::npos; ++at) ++answers;
    for (std::size_t at = 0; (at = calm.find("\nsums/", at)) != std::string::npos; ++at) ++sums;
    CHECK(answers == sums);
    CHECK(answers > 50);
  }
}

}  // namespace millrace::test
