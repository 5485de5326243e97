#include "log/kafka/reader.h"

#include <librdkafka/rdkafka.h>

#include <random>
#include <thread>

#include "cluster.h"
#include "log/kafka/faults.h"
#include "log/kafka/headers.h"
#include "tests/contract/reading_contract.h"

namespace millrace::log::kafka {
namespace {

using contract::control, contract::events, contract::leads, contract::events0, contract::kAll, contract::read_on;
constexpr TopicPartition leads0{leads, Partition{0}};
using Lines = std::vector<std::string>;

NewRecord record(TopicPartition to, TimeMs at, std::string_view key, std::string_view value, const Headers& headers = {}) {
  return {to, at, key, value, headers};
}

struct Topics : Cluster {
  Topics() : Cluster(TopicTable({{"control", 1}, {"crm.events", 4}, {"leads.scored", 4}})) {
    layout.doors = {control, events};
    create();
  }
  std::unique_ptr<KafkaReader> reader(const ReaderLimits& limits = {}) {
    return must(KafkaReader::open(settings, layout.topics, limits));
  }
  // `count` records "k=<i>@<1000 + i>" on one partition, in batches, so that there are several on the broker.
  void fill(KafkaAppender& to, TopicPartition tp, int count, int batch = 100) {
    std::vector<std::string> values;
    for (int i = 0; i < count; ++i) values.push_back(std::to_string(i));
    for (int i = 0; i < count; i += batch) {
      std::vector<NewRecord> records;
      for (int j = i; j < std::min(count, i + batch); ++j)
        records.push_back(record(tp, 1'000 + j, "k", values[static_cast<std::size_t>(j)]));
      must(to.append(records));
    }
  }
};

// A client that is not Millrace: it writes what it likes, in transactions if it likes.
class Foreign {
 public:
  Foreign(const KafkaSettings& settings, const std::string& transactional_id = "") : settings_(settings) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char problem[256];
    const auto set = [&](const char* name, const std::string& value) {
      REQUIRE(rd_kafka_conf_set(conf, name, value.c_str(), problem, sizeof problem) == RD_KAFKA_CONF_OK);
    };
    set("bootstrap.servers", settings.brokers);
    set("linger.ms", "0");
    if (!transactional_id.empty()) set("transactional.id", transactional_id);
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(conf, &reported);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, problem, sizeof problem);
    REQUIRE(producer_);
    if (!transactional_id.empty()) good(rd_kafka_init_transactions(producer_, 30'000));
  }
  ~Foreign() { rd_kafka_destroy(producer_); }

  using Header = std::pair<const char*, std::string_view>;
  void write(const std::string& topic, int partition, const char* key, std::optional<std::string_view> value,
             const std::vector<Header>& headers = {}) {
    const char* bytes = value ? value->data() : nullptr;
    const std::size_t size = value ? value->size() : 0, key_size = key ? std::string_view(key).size() : 0;
    rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
    for (const auto& [name, text] : headers)
      rd_kafka_header_add(list, name, -1, text.data(), static_cast<ssize_t>(text.size()));
    REQUIRE(rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(settings_.prefixed(topic).c_str()), RD_KAFKA_V_PARTITION(partition),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_KEY(key, key_size), RD_KAFKA_V_VALUE(const_cast<char*>(bytes), size),
                              RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  // As Millrace would write it; its offset comes into `reports`, in the order of sending, by the next flush.
  void send(const NewRecord& record, const TopicTable& topics) {
    const HeaderCodec codec(topics);
    HeaderCodec::Encoded encoded;
    codec.encode(record.headers, encoded);
    rd_kafka_headers_t* list = rd_kafka_headers_new(encoded.count);
    for (const auto& [name, text] : encoded)
      rd_kafka_header_add(list, name.data(), -1, text.data(), static_cast<ssize_t>(text.size()));
    const std::string topic = settings_.prefixed(topics[record.to.topic].name);
    reports.emplace_back(-1);
    REQUIRE(rd_kafka_producev(producer_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(record.to.partition.value),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(record.key.data(), record.key.size()),
                              RD_KAFKA_V_VALUE(const_cast<char*>(record.value.data()), record.value.size()),
                              RD_KAFKA_V_TIMESTAMP(record.timestamp), RD_KAFKA_V_HEADERS(list),
                              RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(reports.size())),
                              RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  std::vector<Offset> reports;
  void flush() { REQUIRE(rd_kafka_flush(producer_, 30'000) == RD_KAFKA_RESP_ERR_NO_ERROR); }
  void begin() { good(rd_kafka_begin_transaction(producer_)); }
  void commit() { good(rd_kafka_commit_transaction(producer_, 30'000)); }
  void abort() { good(rd_kafka_abort_transaction(producer_, 30'000)); }

 private:
  static void reported(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    const std::size_t number = reinterpret_cast<std::size_t>(message->_private);
    std::vector<Offset>& reports = static_cast<Foreign*>(self)->reports;
    if (number > 0 && number <= reports.size() && !message->err) reports[number - 1] = Offset{message->offset};
  }
  static void good(rd_kafka_error_t* error) {
    const Said said = said_of(error);
    REQUIRE_MESSAGE(said.code == 0, said.text);
  }
  const KafkaSettings settings_;
  rd_kafka_t* producer_ = nullptr;
};

// For the contract: topics of its own, each record put at once.
struct KafkaRig : Cluster {
  KafkaRig() : Cluster(contract::contract_topics()) { create(); }
  std::unique_ptr<KafkaReader> open;

  const Reader& reader() {
    if (!open) open = must(KafkaReader::open(settings, layout.topics));
    must(open->refresh());
    return *open;
  }
  void reopen() { open.reset(); }
};
// Put without a transaction: offsets are dense.
struct Appended : KafkaRig {
  std::unique_ptr<KafkaAppender> to = appender();
  std::vector<Offset> put(const std::vector<NewRecord>& records) { return must(to->append(records)); }
};
// Each put is a transaction, after one that was aborted: markers and aborted records lie between.
struct Committed : KafkaRig {
  Foreign to{settings, "w-" + settings.name_space};
  std::vector<Offset> put(const std::vector<NewRecord>& records) {
    to.begin();
    for (const NewRecord& r : records) to.send(r, layout.topics);
    to.flush();
    to.abort();
    to.begin();
    to.reports.clear();
    for (const NewRecord& r : records) to.send(r, layout.topics);
    to.commit();
    return to.reports;
  }
};

}  // namespace

TEST_SUITE_BEGIN("kafka/reader");

TEST_CASE_TEMPLATE_INVOKE(log::contract::reading_contract, Appended, Committed);

TEST_CASE("LM-3: a null key and a null value are told from empty ones") {
  Topics t;
  must(t.appender()->append(std::vector<NewRecord>{record(leads0, 1, "", ""), {leads0, 1, {}, {}, {}}}));
  Batch batch;
  must(t.reader()->fetch(leads0, Offset{0}, kAll, kAll, batch));
  REQUIRE(batch.records.size() == 2);
  CHECK(batch.records[0].key.data() != nullptr);
  CHECK(batch.records[0].value.data() != nullptr);
  CHECK(batch.records[1].key.data() == nullptr);
  CHECK(batch.records[1].value.data() == nullptr);
}

TEST_CASE("a door is stamped by the broker, whatever the producer says") {
  Topics t;
  must(t.appender()->append(std::vector<NewRecord>{record(events0, 1'000, "k", "v")}));
  Batch batch;
  must(t.reader()->fetch(events0, Offset{0}, kAll, kAll, batch));
  REQUIRE(batch.records.size() == 1);
  CHECK(batch.records[0].timestamp > 1'700'000'000'000);
}

TEST_CASE("LG-2: a position outside the log is refused by name, never reset") {
  Topics t;
  auto appender = t.appender();
  t.fill(*appender, leads0, 10);
  const auto reader = t.reader();
  Batch batch;
  CHECK(contract::fault_code(reader->fetch(leads0, Offset{11}, 1, 1, batch)) == "out_of_range");
  CHECK(contract::fault_code(reader->fetch(leads0, Offset{-1}, 1, 1, batch)) == "out_of_range");
  CHECK(contract::fault_code(reader->fetch(leads0, Offset{10}, 1, 1, batch)).empty());
  must(t.admin->delete_records({{{"leads.scored", 0}, Offset{4}}}));
  CHECK(contract::fault_code(reader->fetch(leads0, Offset{3}, 1, 1, batch)) == "out_of_range");
  CHECK(reader->start(leads0) == Offset{4});
  CHECK(*reader->offset_at(leads0, 0) == Offset{4});
  for (const TimeMs time : {1, 900, 1'000, 1'004}) CHECK(reader->offset_at(leads0, time)->value == 4);
  CHECK(reader->offset_at(leads0, 1'006)->value == 6);
  CHECK(reader->offset_at(leads0, 1'010)->value == 10);
  CHECK(read_on(*reader, leads0, Offset{8}) == Lines{"k=8@1008", "k=9@1009"});
}

TEST_CASE("offset_at knows no record that was dropped, wherever in a segment the log begins") {
  Topics t;
  auto appender = t.appender();
  t.fill(*appender, leads0, 300, 1);
  must(t.admin->delete_records({{{"leads.scored", 0}, Offset{220}}}));
  const auto reader = t.reader();
  for (const TimeMs time : {0, 1, 900, 1'100, 1'220}) {
    CAPTURE(time);
    CHECK(reader->offset_at(leads0, time)->value == 220);
  }
  CHECK(reader->offset_at(leads0, 1'250)->value == 250);
  CHECK(reader->offset_at(leads0, 1'300)->value == 300);
}

TEST_CASE("offset_at: where only a dropped record of an older segment is so late, what lies behind that segment is found") {
  Cluster c(TopicTable({{"control", 1}, {"crm.events", 4}, {"leads.scored", 4}}));
  auto plans = plan_topics(c.layout);
  for (TopicPlan& plan : plans) plan.settings["segment.bytes"] = "1048576";  // the least that release 4 takes
  must(c.admin->create(plans));
  std::mt19937 random(1);
  std::string large(700'000, ' ');  // two to a segment at most, compressed or not
  for (char& byte : large) byte = static_cast<char>(random());
  auto appender = c.appender();
  const auto put = [&](TimeMs at, std::string_view value) { must(appender->append(std::vector<NewRecord>{record(leads0, at, "k", value)})); };
  put(9'000, "dropped");
  put(1'000, large);
  put(1'000, large);
  for (int i = 0; i < 5; ++i) put(1'000, "old");
  put(9'500, "young");
  must(c.admin->delete_records({{{"leads.scored", 0}, Offset{1}}}));
  const auto reader = must(KafkaReader::open(c.settings, c.layout.topics));
  CHECK(reader->start(leads0) == Offset{1});
  CHECK(reader->offset_at(leads0, 5'000)->value == 8);
  CHECK(reader->offset_at(leads0, 9'600)->value == 9);
}

TEST_CASE("KR-1, KR-2: an open transaction ends the log, an aborted one is gone, markers are gone past") {
  Topics t;
  Foreign plain(t.settings), writer(t.settings, "w-" + t.settings.name_space);
  writer.begin();
  for (const char* v : {"1", "2"}) writer.write("leads.scored", 0, "k", v);
  writer.commit();  // 0 1, marker 2
  writer.begin();
  writer.write("leads.scored", 0, "k", "aborted");
  writer.flush();
  writer.abort();  // 3, marker 4
  writer.begin();
  writer.write("leads.scored", 0, "k", "3");
  writer.commit();  // 5, marker 6
  writer.begin();
  writer.write("leads.scored", 0, "k", "open");
  writer.flush();  // 7
  plain.write("leads.scored", 0, "k", "behind");
  plain.flush();  // 8

  const auto reader = t.reader();
  CHECK(reader->end(leads0) == Offset{7});
  const auto values = [&](Offset from, std::size_t max_records) {
    Lines out;
    for (const std::string& line : read_on(*reader, leads0, from, max_records)) out.push_back(line.substr(2, line.find('@') - 2));
    return out;
  };
  CHECK(values(Offset{0}, kAll) == Lines{"1", "2", "3"});
  CHECK(values(Offset{0}, 1) == Lines{"1", "2", "3"});
  CHECK(values(Offset{2}, kAll) == Lines{"3"});
  CHECK(values(Offset{3}, kAll) == Lines{"3"});
  CHECK(values(Offset{4}, 1) == Lines{"3"});
  CHECK(values(Offset{6}, 1).empty());
  Batch batch;
  must(reader->fetch(leads0, Offset{6}, kAll, kAll, batch));
  CHECK(batch.records.empty());
  CHECK(batch.next == Offset{7});

  const auto marks = must(t.admin->watermarks({{"leads.scored", 0}}));
  CHECK(marks[0].stable == Offset{7});
  CHECK(marks[0].high == Offset{9});

  writer.commit();  // marker 9
  CHECK(must(reader->refresh()));
  CHECK(reader->end(leads0) == Offset{10});
  CHECK(values(Offset{7}, 1) == Lines{"open", "behind"});
}

TEST_CASE("KR-2: a log that ends in an aborted transaction is read to its end") {
  Topics t;
  Foreign writer(t.settings, "w-" + t.settings.name_space);
  for (int i = 0; i < 20; ++i) {
    writer.begin();
    writer.write("leads.scored", 0, "k", "aborted");
    writer.flush();
    writer.abort();
  }
  const auto reader = t.reader();
  // The last marker comes when the coordinator gets to it.
  for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
       reader->end(leads0) < Offset{40} && std::chrono::steady_clock::now() < until;)
    must(reader->refresh());
  CHECK(reader->end(leads0) == Offset{40});
  CHECK(read_on(*reader, leads0, Offset{0}, 1).empty());
}

TEST_CASE("KR-3: partitions read in turns each go on where they stood, also when they are more than the streams") {
  Topics t;
  auto appender = t.appender();
  for (std::uint16_t p = 0; p < 4; ++p) {
    t.fill(*appender, {leads, Partition{p}}, 300);
    t.fill(*appender, {events, Partition{p}}, 300);
  }
  for (const std::size_t streams : {std::size_t{64}, std::size_t{3}}) {
    CAPTURE(streams);
    ReaderLimits limits;
    limits.streams = streams;
    const auto reader = t.reader(limits);
    std::vector<std::int64_t> next(8, 0);
    Batch batch;
    for (int turn = 0; turn < 6; ++turn)
      for (std::size_t i = 0; i < next.size(); ++i) {
        const TopicPartition tp{i < 4 ? leads : events, Partition{static_cast<std::uint16_t>(i % 4)}};
        must(reader->fetch(tp, Offset{next[i]}, 50, kAll, batch));
        REQUIRE(batch.records.size() == 50);
        for (const Record& r : batch.records) REQUIRE(r.value == std::to_string(next[i]++));
        REQUIRE(batch.next == Offset{next[i]});
      }
  }
}

TEST_CASE("KR-3: a partition longer than what is fetched ahead is read to its end, by several threads at once too") {
  Topics t;
  auto appender = t.appender();
  const std::string value(1'000, 'v');
  for (int i = 0; i < 10; ++i) must(appender->append(std::vector<NewRecord>(1'000, record(leads0, 1, "k", value))));
  ReaderLimits limits;
  limits.ahead_bytes = 1 << 20;
  const auto reader = t.reader(limits);
  std::vector<std::thread> threads;
  std::vector<std::size_t> counts(3, 0);
  for (std::size_t i = 0; i < counts.size(); ++i)
    threads.emplace_back([&, i] {
      Batch batch;
      Offset from{0};
      while (from < Offset{10'000}) {
        if (!reader->fetch(leads0, from, 2'000, kAll, batch) || batch.next <= from) return;
        counts[i] += batch.records.size();
        from = batch.next;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(counts == std::vector<std::size_t>(3, 10'000));
}

TEST_CASE("wait ends when a partition that is being read has more, and fetch gives it without a refresh") {
  Topics t;
  auto appender = t.appender();
  const auto reader = t.reader();
  Batch batch;
  must(reader->fetch(leads0, Offset{0}, kAll, kAll, batch));
  CHECK(batch.records.empty());
  std::thread later([&] { must(appender->append(std::vector<NewRecord>{record(leads0, 1, "k", "late")})); });
  for (int tries = 0; tries < 600 && batch.records.empty(); ++tries) {
    reader->wait(50);
    must(reader->fetch(leads0, Offset{0}, kAll, kAll, batch));
  }
  later.join();
  REQUIRE(batch.records.size() == 1);
  CHECK(batch.records[0].value == "late");
  CHECK(reader->end(leads0) == Offset{1});
}

TEST_CASE("KR-4: who follows hears of what comes where it reads, and soon of what comes where it does not") {
  Topics t;
  auto appender = t.appender();
  const auto reader = t.reader();
  const TopicPartition elsewhere{leads0.topic, Partition{1}};
  Batch batch;
  must(reader->fetch(leads0, Offset{0}, kAll, kAll, batch));
  must(appender->append(std::vector<NewRecord>{record(leads0, 1, "k", "here"), record(elsewhere, 1, "k", "there")}));
  Lines seen;
  const auto follow_until = [&](const std::function<bool()>& enough) {
    for (int tries = 0; tries < 600 && !enough(); ++tries) {
      must(reader->follow(50));
      must(reader->fetch(leads0, batch.next, kAll, kAll, batch));
      for (const Record& r : batch.records) seen.emplace_back(r.value);
    }
  };
  follow_until([&] { return reader->end(leads0) == Offset{1} && reader->end(elsewhere) == Offset{1}; });
  CHECK(seen == Lines{"here"});
  CHECK(reader->end(elsewhere) == Offset{1});
  Foreign writer(t.settings, "w-" + t.settings.name_space);
  writer.begin();
  writer.write("leads.scored", 0, "k", "open");
  writer.flush();
  for (int turn = 0; turn < 5; ++turn) CHECK(!must(reader->follow(50)));  // KR-1
  writer.commit();
  follow_until([&] { return seen.size() == 2; });
  CHECK(seen == Lines{"here", "open"});
}

TEST_CASE("LM-2: a foreign client's binary and structured events are one text, and its broken headers harm nobody") {
  Topics t;
  Foreign client(t.settings);
  const std::string_view data = R"({"email":"ann@example.com"})";
  const std::string_view structured = R"({"id":"e2","data":{}})";
  client.write("crm.events", 0, "acme", data, {{"ce_id", "e1"}, {"ce_type", "lead.captured"}, {"content-type", "application/json"}});
  client.write("crm.events", 0, "acme", structured, {{"content-type", "Application/CloudEvents+json"}});
  client.write("crm.events", 0, nullptr, structured, {{"x-millrace-chain", "no sense"}, {"x-millrace-moved", "perhaps"}, {"traceparent", ""}});
  client.write("crm.events", 0, "acme", std::nullopt, {{"ce_id", "e3"}});
  client.write("crm.events", 0, "acme", std::nullopt);
  client.flush();
  const auto reader = t.reader();
  Batch batch;
  must(reader->fetch(events0, Offset{0}, kAll, kAll, batch));
  REQUIRE(batch.records.size() == 5);
  CHECK(batch.records[0].value == R"({"data":{"email":"ann@example.com"},"id":"e1","type":"lead.captured"})");
  CHECK(batch.records[0].key == "acme");
  CHECK(batch.records[1].value == structured);
  CHECK(batch.records[2].value == structured);
  CHECK(batch.records[2].key.empty());
  CHECK(batch.records[2].headers.hop == 0);
  CHECK_FALSE(batch.records[2].headers.moved);
  CHECK(batch.records[3].value == R"({"id":"e3"})");
  CHECK(batch.records[4].value.empty());
}

TEST_CASE("a topic that is not there, and a cluster that is away, are faults that say what to do") {
  Topics t;
  const auto missing = KafkaReader::open(t.settings, TopicTable({{"no.topic", 1}}));
  REQUIRE_FALSE(missing);
  CHECK(missing.fault().code == "unknown_topic");
  CHECK(says(missing.fault().message, "millrace topology --create"));
  ReaderLimits limits;
  limits.wait_ms = 400;
  const auto away = KafkaReader::open(must(KafkaSettings::from({{"brokers", "127.0.0.1:1"}})), t.layout.topics, limits);
  REQUIRE_FALSE(away);
  CHECK(away.fault().code == "broker_unreachable");
  CHECK(away.fault().kind == Fault::Kind::retry);
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
