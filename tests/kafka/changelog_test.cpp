// What a broker makes of a changelog, and what a restore makes of that: control records, aborted tails, compacted holes,
// tombstones that are gone.
#include <librdkafka/rdkafka.h>

#include "engine/changelog.h"
#include "log/kafka/reader.h"
#include "log/kafka/transactions.h"
#include "state/memory_kv.h"
#include "state/table_space.h"
#include "tests/kafka/cluster.h"

namespace millrace::log::kafka {

namespace {

constexpr TopicPartition kRows{TopicId{0}, Partition{0}};

struct Changelog {
  TopicTable topics{{{"rows", 1}}};
  KafkaSettings settings = settings_for(fresh_namespace());
  std::unique_ptr<KafkaAdmin> admin = must(KafkaAdmin::open(settings));
  std::unique_ptr<Transactions> producer;
  std::map<std::string, std::string> last;  // what the store must hold

  explicit Changelog(std::map<std::string, std::string> more = {}) {
    more.emplace("cleanup.policy", "compact");
    must(admin->create({{"rows", 1, more}}));
    producer = must(Transactions::open(settings, settings.name_space + "/writer", topics, {}));
  }
  ~Changelog() { static_cast<void>(admin->remove({"rows"})); }

  // A checkpoint of these rows, an empty value deletes; its meta row says `at`. The first one names their table, as a store's does.
  void checkpoint(std::map<std::string, std::string> rows, const std::string& at, bool commit = true) {
    if (last.empty()) rows["n0"] = "rows";
    const std::string meta = state::kLayoutVersion + at;
    for (const auto& [key, value] : rows) must(producer->send({kRows, 0, key, value.empty() ? std::string_view() : value, {}}));
    must(producer->send({kRows, 0, "m", meta, {}}));
    if (!commit) {
      must(producer->abort());
      return;
    }
    const auto offsets = rd_kafka_topic_partition_list_new(0);
    const auto group = rd_kafka_consumer_group_metadata_new("nobody");
    const auto ended = producer->commit(offsets, group);
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    REQUIRE(must(Result<Ended>(ended)) == Ended::committed);
    for (const auto& [key, value] : rows) value.empty() ? static_cast<void>(last.erase(key)) : static_cast<void>(last[key] = value);
    last["m"] = meta;
  }
  Offset high() { return must(admin->watermarks({{"rows", 0}})).front().high; }
  engine::LoadedChangelog load(std::map<std::string, std::string>& rows) {
    const std::atomic<bool> never{false};
    const auto disk = std::make_shared<state::MemoryDisk>();
    state::MemoryLoader loader(disk);
    const auto reader = must(KafkaReader::open(settings, topics));
    const auto loaded = must(engine::load_changelog(*reader, kRows, high(), loader, never));
    must(loader.finish());
    rows = {disk->rows->begin(), disk->rows->end()};
    return loaded;
  }
};

std::map<std::string, std::string> many(int from, int to, const std::string& value) {
  std::map<std::string, std::string> rows;
  for (int i = from; i < to; ++i) rows["t0" + std::to_string(i)] = value;
  return rows;
}

}  // namespace

TEST_SUITE("kafka/changelog") {
  TEST_CASE("CH-1: a changelog that ends in control records, and in an aborted checkpoint, gives the last one that was committed") {
    Changelog changelog;
    changelog.checkpoint(many(0, 100, "one"), "1");
    changelog.checkpoint(many(50, 120, "two"), "2");
    std::map<std::string, std::string> rows;
    auto loaded = changelog.load(rows);
    CHECK(loaded.whole);
    CHECK(loaded.records == 173);
    CHECK(rows == changelog.last);

    changelog.checkpoint(many(0, 500, "never"), "3", false);
    loaded = changelog.load(rows);
    CHECK(loaded.whole);
    CHECK(loaded.records == 173);
    CHECK(rows == changelog.last);
  }

  TEST_CASE("CH-2: an empty changelog, or one without a meta row at its end, is not whole") {
    Changelog changelog;
    std::map<std::string, std::string> rows;
    CHECK_FALSE(changelog.load(rows).whole);
    const auto appender = must(KafkaAppender::open(changelog.settings, changelog.topics));
    const std::vector<NewRecord> half{{kRows, 0, "t1", "half", {}}};
    CHECK(must(appender->append(half)).size() == 1);
    CHECK_FALSE(changelog.load(rows).whole);
  }

  TEST_CASE("CH-2: one that does not begin with a store's first checkpoint is not whole") {
    Changelog changelog;
    changelog.last["m"] = "of an earlier topic";
    changelog.checkpoint(many(0, 10, "one"), "7");
    std::map<std::string, std::string> rows;
    CHECK_FALSE(changelog.load(rows).whole);
  }

  // The broker's cleaner works when it likes: what it leaves must give the same store whenever it is read.
  TEST_CASE("CH-1: compacted holes and tombstones that are gone change nothing") {
    Changelog changelog({{"segment.ms", "100"}, {"min.cleanable.dirty.ratio", "0.01"}, {"delete.retention.ms", "0"},
                         {"max.compaction.lag.ms", "100"}});
    int round = 0;
    std::map<std::string, std::string> rows;
    engine::LoadedChangelog loaded;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    do {  // each round writes as much again, and deletes what the one before made
      changelog.checkpoint(many(round * 50, round * 50 + 100, "value " + std::to_string(round)), std::to_string(round));
      changelog.checkpoint(many(round * 50, round * 50 + 50, ""), std::to_string(round) + " and less");
      ++round;
      loaded = changelog.load(rows);
      REQUIRE(loaded.whole);
      REQUIRE(rows == changelog.last);
      // 152 records a round: that some of the early ones are gone is what is waited for.
    } while (loaded.records + 200 > static_cast<std::uint64_t>(152 * round) && std::chrono::steady_clock::now() < until);
    CHECK_MESSAGE(loaded.records + 200 <= static_cast<std::uint64_t>(152 * round), "the broker has not compacted within 90 s");
    CHECK(rows.size() == 52);
  }
}

}  // namespace millrace::log::kafka
