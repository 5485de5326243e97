#include "log/kafka/appender.h"

#include "cluster.h"
#include "core/outputs.h"

namespace millrace::log::kafka {
namespace {

constexpr TopicId events{0}, leads{1};

struct Topics : Cluster {
  Topics() : Cluster(TopicTable({{"crm.events", 4}, {"leads.scored", 2}})) {
    layout.doors = {events};
    create();
  }
  Offset end(const std::string& topic, int partition) { return must(admin->watermarks({{topic, partition}}))[0].high; }
};

NewRecord record(TopicId topic, int partition, std::string_view value, TimeMs at = 1'700'000'000'000) {
  return {{topic, Partition{static_cast<std::uint16_t>(partition)}}, at, "key", value, {}};
}

}  // namespace

TEST_SUITE_BEGIN("kafka/appender");

TEST_CASE("AP-1: append gives the offset of each record, dense within each partition and batch after batch") {
  Topics t;
  auto appender = t.appender();
  std::vector<NewRecord> records;
  for (int i = 0; i < 1'000; ++i) records.push_back(record(events, i % 4, "v"));
  for (int batch = 0; batch < 3; ++batch) {
    const auto offsets = must(appender->append(records));
    REQUIRE(offsets.size() == 1'000);
    for (int i = 0; i < 1'000; ++i) REQUIRE(offsets[static_cast<std::size_t>(i)] == Offset{batch * 250 + i / 4});
  }
  CHECK(must(appender->append({})).empty());
  CHECK(t.end("crm.events", 2) == Offset{750});
}

TEST_CASE("AP-1: a batch larger than what may be under way waits for room") {
  Topics t;
  AppenderLimits limits;
  limits.buffer_bytes = 256 << 10;
  auto appender = must(KafkaAppender::open(t.settings, t.layout.topics, limits));
  const std::string value(10'000, 'v');
  std::vector<NewRecord> records(400, record(leads, 1, value));
  const auto offsets = must(appender->append(records));
  CHECK(offsets.back() == Offset{399});
}

TEST_CASE("a record that is too large is refused by name, and those before it are told to be written") {
  Topics t;
  auto appender = t.appender();
  const std::string large(kMessageMax + 1, 'x');
  const std::vector<NewRecord> records = {record(leads, 0, "small"), record(leads, 0, large), record(leads, 0, "after")};
  const auto appended = appender->append(records);
  REQUIRE_FALSE(appended);
  CHECK(appended.fault().code == "record_too_large");
  CHECK(appended.fault().kind == Fault::Kind::fatal);
  CHECK(says(appended.fault().message, t.settings.prefixed("leads.scored") + "/0"));
  CHECK(says(appended.fault().message, "1 of 3 records were written"));
  using Kind = KafkaAppender::Outcome::Kind;
  REQUIRE(appender->outcomes().size() == 3);
  CHECK(appender->outcomes()[0].kind == Kind::written);
  CHECK(appender->outcomes()[0].offset == Offset{0});
  CHECK(appender->outcomes()[1].kind == Kind::unwritten);
  CHECK(appender->outcomes()[2].kind == Kind::unwritten);
  CHECK(must(appender->append(std::vector<NewRecord>{record(leads, 0, "next")})).front() == Offset{1});
}

TEST_CASE("AP-3: a cluster that is away fails within the bound, to be retried, with what to do") {
  AppenderLimits limits;
  limits.wait_ms = 400;
  const auto appender = KafkaAppender::open(must(KafkaSettings::from({{"brokers", "127.0.0.1:1"}})),
                                            TopicTable({{"crm.events", 1}}), limits);
  REQUIRE_FALSE(appender);
  CHECK(appender.fault().code == "broker_unreachable");
  CHECK(appender.fault().kind == Fault::Kind::retry);
}

TEST_CASE("AP-3: a topic that is not there fails within the bound, and nothing is written later") {
  Topics t;
  AppenderLimits limits;
  limits.wait_ms = 1'500;
  TopicTable topics({{"crm.events", 4}, {"no.topic", 1}});
  auto appender = must(KafkaAppender::open(t.settings, topics, limits));
  const auto appended = appender->append(std::vector<NewRecord>{record(TopicId{1}, 0, "v")});
  REQUIRE_FALSE(appended);
  CHECK(appended.fault().code == "unknown_topic");
  CHECK(appended.fault().kind == Fault::Kind::retry);
  CHECK(says(appended.fault().message, "millrace topology --create"));
  CHECK(appender->outcomes()[0].kind == KafkaAppender::Outcome::Kind::unwritten);
  CHECK(must(appender->append(std::vector<NewRecord>{record(events, 0, "v")})).front() == Offset{0});
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
