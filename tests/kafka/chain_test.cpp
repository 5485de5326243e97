// A member that chains, on a real broker: what it has from memory is what the topics hold.
#include <algorithm>

#include "cluster.h"
#include "log/kafka/member.h"
#include "log/kafka/reader.h"

namespace millrace::log::kafka {
namespace {

constexpr TopicId kDoor{0}, kHop{1};

// One member that has both topics, from their starts.
struct Chained : Cluster, GroupListener {
  Chained() : Cluster(TopicTable({{"crm.events", 1}, {"leads.scored", 1}})) {
    layout.doors = {kDoor};  // its records carry the time at which they were appended
    create();
    member = must(open_member(settings, layout.topics,
                              {.group = settings.prefixed("spine"), .identity = settings.prefixed("one"), .chain = true}));
    must(member->join({kDoor, kHop}, *this));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!mine && std::chrono::steady_clock::now() < until) must(member->poll(std::chrono::milliseconds(50)));
    REQUIRE(mine);
  }
  void assigned(const std::vector<Assignment>& given) override {
    for (const Assignment& a : given) must(member->resume(a.inbox, Offset{0}));
    mine = true;
  }
  void revoked(const std::vector<TopicPartition>&, bool) override {}

  struct Seen {
    Position at;
    TimeMs timestamp;
    std::string key, value;
    std::uint8_t hop;
    Position cause, root, set_by;
    bool moved, broadcast;
    friend bool operator==(const Seen&, const Seen&) = default;
  };
  static Seen seen(const Record& r) {
    return {r.at, r.timestamp, std::string(r.key), std::string(r.value), r.headers.hop, r.headers.cause, r.headers.root, r.headers.set_by, r.headers.moved, r.headers.broadcast};
  }
  std::vector<Seen> from_memory() {
    std::vector<Seen> all;
    do {
      for (const Delivery& delivery : must(member->chained(std::chrono::milliseconds(100))))
        for (const Record& record : delivery.records) all.push_back(seen(record));
    } while (member->chaining());
    return all;
  }
  void commit(std::int64_t door, std::int64_t hop) {
    std::vector<TaskPosition> positions(2);
    positions[0].inbox = {kDoor, Partition{0}};
    positions[0].next = door;
    positions[1].inbox = {kHop, Partition{0}};
    positions[1].next = hop;
    positions[0].digest = positions[1].digest = static_cast<std::uint64_t>(door + hop);
    REQUIRE(must(member->commit(positions, "env")) == CommitEnd::committed);
  }
  std::vector<Seen> on_topics() {
    const auto reader = must(KafkaReader::open(settings, layout.topics));
    std::vector<Seen> all;
    log::Batch batch;
    for (const TopicId topic : {kDoor, kHop}) {
      const TopicPartition tp{topic, Partition{0}};
      for (Offset at{0}; at < reader->end(tp); at = batch.next) {
        must(reader->fetch(tp, at, 100, 1 << 20, batch));
        for (const Record& record : batch.records) all.push_back(seen(record));
      }
    }
    return all;
  }

  std::unique_ptr<Group> member;
  bool mine = false;
};

}  // namespace

TEST_SUITE_BEGIN("kafka/chain");

TEST_CASE("GP-5: what a member has from memory is what the topics hold: place, time, key, value and headers") {
  Chained t;
  Headers headers;
  headers.hop = 2;
  headers.cause = {kHop, Partition{0}, Offset{7}};
  headers.root = {kDoor, Partition{0}, Offset{3}};
  headers.moved = true;
  std::vector<Chained::Seen> from_memory;
  for (int batch = 0; batch < 3; ++batch) {  // the second and the third go on behind a marker
    const std::string first = "first" + std::to_string(batch), second = "second" + std::to_string(batch);
    must(t.member->send({{kDoor, Partition{0}}, 1'700'000'000'000, "k", first, headers}));
    must(t.member->send({{kHop, Partition{0}}, 1'700'000'000'001, "k", first, {}}));
    must(t.member->send({{kHop, Partition{0}}, 0, "", second, headers}));
    const auto some = t.from_memory();
    CHECK(some.size() == 3);
    from_memory.insert(from_memory.end(), some.begin(), some.end());
    t.commit(2 * batch + 1, 3 * batch + 2);
  }
  const auto order = [](const Chained::Seen& a, const Chained::Seen& b) { return a.at < b.at; };
  std::stable_sort(from_memory.begin(), from_memory.end(), order);
  const auto topics = t.on_topics();
  CHECK(topics.size() == 9);
  CHECK(from_memory == topics);
  // The topics bring nothing of it a second time.
  for (int i = 0; i < 20; ++i) CHECK(must(t.member->poll(std::chrono::milliseconds(20))).empty());
}

TEST_CASE("CA-2: another producer's record between ends the chain, and the topic brings both") {
  Chained t;
  must(t.member->send({{kHop, Partition{0}}, 1, "k", "ours", {}}));
  CHECK(t.from_memory().size() == 1);
  t.commit(0, 1);
  const std::vector<NewRecord> other{{{kHop, Partition{0}}, 1, "k", "theirs", {}}};
  must(t.appender()->append(other));
  must(t.member->send({{kHop, Partition{0}}, 1, "k", "ours too", {}}));
  CHECK(t.from_memory().empty());
  t.commit(1, 1);
  std::vector<std::string> read;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (read.size() < 2 && std::chrono::steady_clock::now() < until)
    for (const Delivery& delivery : must(t.member->poll(std::chrono::milliseconds(50))))
      for (const Record& record : delivery.records) read.emplace_back(record.value);
  CHECK(read == std::vector<std::string>{"theirs", "ours too"});
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
