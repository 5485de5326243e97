// A broker that goes away and comes back under a reader and an appender: tests/kafka/outage.sh starts one of its own, and
// names it by BROKERS and the commands that end and start it by BROKER_STOP and BROKER_START.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <thread>

#include "cluster.h"
#include "log/kafka/reader.h"

namespace millrace::log::kafka {
namespace {

constexpr TopicPartition part0{TopicId{0}, Partition{0}};

void run(const char* name) { REQUIRE(std::system((std::string(std::getenv(name)) + " >/dev/null 2>&1").c_str()) == 0); }

std::vector<NewRecord> hundred(const std::vector<std::string>& values) {
  std::vector<NewRecord> records;
  for (const std::string& v : values) records.push_back({part0, 1, "k", v, {}});
  return records;
}

}  // namespace

TEST_CASE("AP-2, AP-3, KR-3: a broker that goes away is a fault to be retried, and is picked up when it comes back") {
  Cluster cluster(TopicTable({{"leads.scored", 1}}));
  cluster.create();
  AppenderLimits patient, hasty;
  patient.wait_ms = 120'000;
  hasty.wait_ms = 1'000;
  auto waits = must(KafkaAppender::open(cluster.settings, cluster.layout.topics, patient));
  auto gives_up = must(KafkaAppender::open(cluster.settings, cluster.layout.topics, hasty));
  ReaderLimits limits;
  limits.wait_ms = 1'000;
  auto reader = must(KafkaReader::open(cluster.settings, cluster.layout.topics, limits));

  std::vector<std::string> values;
  for (int i = 0; i < 100; ++i) values.push_back("before-" + std::to_string(i));
  must(waits->append(hundred(values)));
  must(reader->refresh());
  Batch batch;
  must(reader->fetch(part0, Offset{0}, 10, 1 << 20, batch));

  run("BROKER_STOP");
  const auto moved = reader->refresh();
  REQUIRE_FALSE(moved);
  CHECK(moved.fault().kind == Fault::Kind::retry);
  CHECK(says(moved.fault().message, brokers()));
  // What was fetched ahead is still given; what was not is waited for within the bound.
  for (Offset from{10}; from < reader->end(part0);) {
    if (!reader->fetch(part0, from, 10, 1 << 20, batch)) break;
    from = batch.next;
  }
  const auto given_up = gives_up->append(hundred({"lost"}));
  REQUIRE_FALSE(given_up);
  CHECK(given_up.fault().code == "broker_unreachable");
  CHECK(given_up.fault().kind == Fault::Kind::retry);
  CHECK(says(given_up.fault().message, "check that the brokers run"));
  CHECK(says(given_up.fault().message, "0 of 1 records were written"));
  CHECK(gives_up->outcomes()[0].kind == KafkaAppender::Outcome::Kind::unwritten);

  // One batch is under way while the broker comes back: it is written once, in order.
  for (int i = 0; i < 100; ++i) values.push_back("after-" + std::to_string(i));
  std::thread starter([] { run("BROKER_START"); });
  const auto offsets = waits->append(hundred({values.begin() + 100, values.end()}));
  starter.join();
  must(offsets);
  CHECK(offsets->front() == Offset{100});
  CHECK(must(gives_up->append(hundred({"last"}))).front() == Offset{200});
  values.push_back("last");

  bool seen = false;
  for (int tries = 0; tries < 60 && !seen; ++tries) seen = static_cast<bool>(reader->refresh());
  REQUIRE(seen);
  CHECK(reader->end(part0) == Offset{201});
  std::vector<std::string> read;
  for (Offset from{0}; from < reader->end(part0); from = batch.next) {
    must(reader->fetch(part0, from, 1'000, 1 << 20, batch));
    for (const Record& r : batch.records) read.emplace_back(r.value);
  }
  CHECK(read == values);
}

}  // namespace millrace::log::kafka

int main(int argc, char** argv) {
  for (const char* name : {"BROKERS", "BROKER_STOP", "BROKER_START"})
    if (!std::getenv(name)) {
      std::fprintf(stderr, "%s is not set: run tests/kafka/outage.sh\n", name);
      return 1;
    }
  return doctest::Context(argc, argv).run();
}
