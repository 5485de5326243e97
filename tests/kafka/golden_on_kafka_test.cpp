// The golden scenarios that hold in any order (tests/golden, GO-2) on a real broker: what comes in at the front of the memory
// log comes in here, record by record and tick by tick, a member of a group folds it, and every topic holds the same
// records. Topics are stamped by their writers here, since the stories have times of their own.
#include <map>

#include "engine/group_runner.h"
#include "keys/derived_keyring.h"
#include "log/kafka/member.h"
#include "log/kafka/reader.h"
#include "state/memory_kv.h"
#include "tests/golden/scenarios.h"
#include "tests/kafka/cluster.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::log::kafka {

namespace {

const std::string kStories = MILLRACE_TEST_DIR "/golden";

// A fold of a history namespace, whose facts carry their own time.
class InHistory final : public Fold {
 public:
  explicit InHistory(std::unique_ptr<Fold> fold) : fold_(std::move(fold)) {}
  Verdict step(const Record& record, Step& step) override {
    step.history = true;
    return fold_->step(record, step);
  }
  void fire(const Timer& timer, Step& step) override {
    step.history = true;
    fold_->fire(timer, step);
  }
  std::string id_of(const Record& record) const override { return fold_->id_of(record); }
  About about(std::string_view bytes, const Headers& headers) const override { return fold_->about(bytes, headers); }
  std::string_view policy_sha256() const override { return fold_->policy_sha256(); }
  std::size_t timers_a_step() const override { return fold_->timers_a_step(); }

 private:
  std::unique_ptr<Fold> fold_;
};

// The whole topology at one member of a group on the cluster.
class HouseOnKafka {
 public:
  // `keys`: those under which the doors sealed what comes in.
  explicit HouseOnKafka(DerivedKeyring& keys) : environment_(test::golden_environment()), topology_(make_topology(test::kGoldenPartitions, environment_)), cluster_(topology_.topics), keys_(keys) {
    cluster_.create();
    for (engine::StageSpec& stage : topology_.stages) {
      stage.make = [made = stage.make](state::TableSpace& space, Partition p) { return std::make_unique<InHistory>(made(space, p)); };
      inboxes_.push_back(stage.inbox);
    }
    appender_ = cluster_.appender();
    reader_ = must(KafkaReader::open(cluster_.settings, topology_.topics));
    member_ = must(open_member(cluster_.settings, topology_.topics, {.group = cluster_.settings.name_space, .identity = cluster_.settings.name_space + "/0"}));
    engine::GroupServices services{*member_, *reader_, keys_, keys_};
    services.ship_keys = [](Group&) { return Result<void>(); };
    services.keys_shipped = [] { return Result<void>(); };
    services.learn_keys = [] { return Result<bool>(true); };
    services.open_kv = [](const std::string&, Partition) { return Result<std::unique_ptr<state::Kv>>(std::make_unique<state::MemoryKv>()); };
    engine::GroupOptions options;
    options.inboxes = inboxes_;
    options.environment = environment_.hash;
    options.commit_gap = std::chrono::milliseconds(0);
    runner_ = std::make_unique<engine::GroupRunner>(topology_, services, options);
    must(runner_->join());
  }

  void take(const test::Front& front) {
    const std::vector<NewRecord> record{{front.to, front.at, front.key, front.value, front.headers}};
    must(appender_->append(record));
    settle();
  }
  // From now on what is put out is shown.
  void show() {
    for (std::uint8_t t = 0; t < topology_.topics.size(); ++t)
      for (std::uint16_t p = 0; p < topology_.topics.partitions(TopicId{t}); ++p) from_[{TopicId{t}, Partition{p}}] = reader_->end({TopicId{t}, Partition{p}});
  }
  std::vector<std::string> out() const { return test::lines_out(topology_.topics, *reader_, from_); }
  void close() { must(runner_->close()); }

 private:
  // Until as many records are folded as lie on the inboxes, where every transaction has ended: a commit is answered before its
  // markers are everywhere, and until then what it holds cannot be read.
  void settle() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    for (;;) {
      const bool worked = must(runner_->turn(std::chrono::milliseconds(5)));
      if (worked) continue;
      const bool ended = all_ended();
      must(reader_->refresh());
      if (runner_->folded() == on_inboxes() && ended) return;
      REQUIRE_MESSAGE(std::chrono::steady_clock::now() < until, "folded " << runner_->folded() << " of " << on_inboxes());
    }
  }
  bool all_ended() {
    std::vector<KafkaAdmin::Part> parts;
    for (const TopicId inbox : inboxes_)
      for (std::uint16_t p = 0; p < topology_.topics.partitions(inbox); ++p) parts.push_back({topology_.topics[inbox].name, p});
    const auto marks = must(cluster_.admin->watermarks(parts));
    return std::all_of(marks.begin(), marks.end(), [](const KafkaAdmin::Watermarks& m) { return m.stable == m.high; });
  }
  std::uint64_t on_inboxes() {
    for (const TopicId inbox : inboxes_)
      for (std::uint16_t p = 0; p < topology_.topics.partitions(inbox); ++p) {
        const TopicPartition tp{inbox, Partition{p}};
        for (Offset& at = counted_.try_emplace(tp, Offset{0}).first->second; at < reader_->end(tp); at = batch_.next) {
          must(reader_->fetch(tp, at, 1000, 1 << 20, batch_));
          records_ += batch_.records.size();
        }
      }
    return records_;
  }

  Environment environment_;
  engine::Topology topology_;
  Cluster cluster_;
  DerivedKeyring& keys_;
  std::vector<TopicId> inboxes_;
  std::unique_ptr<KafkaAppender> appender_;
  std::unique_ptr<KafkaReader> reader_;
  std::unique_ptr<Group> member_;
  std::unique_ptr<engine::GroupRunner> runner_;
  Batch batch_;
  std::map<TopicPartition, Offset> counted_, from_;
  std::uint64_t records_ = 0;
};

// On another log records have other positions, which name the dead letters of what was refused, and seal their bodies.
std::vector<std::string> without_positions(const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (const std::string& line : test::without_turns(lines)) {
    nlohmann::json each = nlohmann::json::parse(line);
    if (auto& record = each.at("record"); record.is_object() && record.value("type", "") == "record.dead_lettered") {
      record.erase("id");
      record.at("data").erase("body");
    }
    out.push_back(each.dump());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> only_in(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  std::vector<std::string> out;
  std::set_difference(one.begin(), one.end(), other.begin(), other.end(), std::back_inserter(out));
  return out;
}

}  // namespace

TEST_SUITE_BEGIN("kafka/golden");

TEST_CASE("GO-2: order-free scenarios put out the same records on Kafka as on the memory log") {
  int told = 0;
  for (const std::string& name : test::scenarios(kStories)) {
    if (!test::order_free(kStories, name)) continue;
    ++told;
    test::GoldenHouse in_memory(false);
    test::tell(in_memory, kStories, name);
    HouseOnKafka on_kafka(in_memory.keys());
    std::size_t taken = 0;
    for (const test::Front& front : in_memory.fronts()) {
      if (taken++ == in_memory.fronts_included()) on_kafka.show();
      on_kafka.take(front);
    }
    const auto got = without_positions(on_kafka.out()), expected = without_positions(in_memory.out());
    const auto missing = only_in(expected, got), surplus = only_in(got, expected);
    CHECK_MESSAGE(missing.empty(), name << " lacks " << missing.size() << ": " << (missing.empty() ? "" : missing.front()));
    CHECK_MESSAGE(surplus.empty(), name << " has " << surplus.size() << " more: " << (surplus.empty() ? "" : surplus.front()));
    MESSAGE(name << ": " << taken << " records came in, " << in_memory.out().size() << " lines came out");
    on_kafka.close();
  }
  CHECK(told >= 5);
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
