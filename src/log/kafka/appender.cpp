#include "log/kafka/appender.h"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <mutex>

#include "core/outputs.h"
#include "log/kafka/client.h"
#include "log/kafka/sender.h"
#include "log/partition_index.h"

namespace millrace::log::kafka {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReportSliceMs = 50;            // between two looks at the clock while reports are awaited
constexpr int kLookMs = 1'000;          // for a look at the cluster when a record timed out
constexpr DurationMs kGraceMs = 2'000;  // after the library should have given up on a record by itself

// One record on its way. The library carries a pointer to it and gives it back with the report.
struct Slot {
  KafkaAppender::Outcome outcome;
  Said error;
  std::size_t* open = nullptr;  // records without a report
};

void reported(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  Slot& slot = *static_cast<Slot*>(message->_private);
  --*slot.open;
  if (!message->err) {
    slot.outcome = {KafkaAppender::Outcome::Kind::written, Offset{message->offset}};
    return;
  }
  const bool surely_not = rd_kafka_message_status(message) == RD_KAFKA_MSG_STATUS_NOT_PERSISTED;
  slot.outcome.kind = surely_not ? KafkaAppender::Outcome::Kind::unwritten : KafkaAppender::Outcome::Kind::unknown;
  slot.error = said_of(message->err);
}

bool was_withdrawn(int code) {
  return code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

}  // namespace

struct KafkaAppender::Parts {
  const KafkaSettings settings;
  const TopicTable topics;
  const AppenderLimits limits;
  const PartitionIndex index;

  std::mutex mutex;  // one append at a time
  std::shared_ptr<Client> client;
  std::unique_ptr<Sender> sender;  // before the client goes
  std::vector<Outcome> outcomes;

  Parts(const KafkaSettings& s, const TopicTable& t, const AppenderLimits& l)
      : settings(s), topics(t), limits(l), index(topics) {}

  Result<void> open() {
    const Client::Properties own = {
        {"enable.idempotence", "true"},
        {"acks", "all"},
        {"compression.codec", settings.compression},
        {"allow.auto.create.topics", "false"},
        {"message.timeout.ms", std::to_string(limits.wait_ms)},
        {"queue.buffering.max.kbytes", std::to_string(std::max<std::size_t>(limits.buffer_bytes / 1024, 1))},
        {"queue.buffering.max.messages", "1000000"},
        {"linger.ms", "1"},
        {"message.max.bytes", std::to_string(kMessageMax)},
    };
    auto opened = Client::open(Client::Kind::producer, settings, own,
                               [](rd_kafka_conf_t* conf) { rd_kafka_conf_set_dr_msg_cb(conf, &reported); });
    if (!opened) return opened.fault();
    client = *std::move(opened);
    sender = std::make_unique<Sender>(client, settings, topics);
    return {};
  }
  void close() {
    sender.reset();
    client.reset();
  }

  // Hands one record over, waiting for room. Gives an error code.
  int hand_over(const NewRecord& record, Slot& slot, Clock::time_point until) {
    for (;;) {
      const int code = sender->send(record, &slot);
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || Clock::now() >= until) return code;
      rd_kafka_poll(client->get(), kReportSliceMs);
    }
  }

  // Waits for every report; what has none when the time is over is withdrawn.
  void await(const std::size_t& open, Clock::time_point until) {
    while (open > 0 && Clock::now() < until) rd_kafka_poll(client->get(), kReportSliceMs);
    if (open == 0) return;
    rd_kafka_purge(client->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    until = Clock::now() + std::chrono::milliseconds(kGraceMs);
    while (open > 0 && Clock::now() < until) rd_kafka_poll(client->get(), kReportSliceMs);
  }

  // A record for a topic that is not there only times out; the cluster knows better.
  Said explained(const Said& said, const NewRecord& record) const {
    const rd_kafka_metadata_t* seen = nullptr;
    const Owned<rd_kafka_topic_t, rd_kafka_topic_destroy> topic(
        rd_kafka_topic_new(client->get(), settings.prefixed(topics[record.to.topic].name).c_str(), nullptr));
    if (!topic || rd_kafka_metadata(client->get(), 0, topic.get(), &seen, kLookMs) != RD_KAFKA_RESP_ERR_NO_ERROR) return said;
    const Owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy> owned(seen);
    return seen->topic_cnt == 1 && seen->topics[0].err ? said_of(seen->topics[0].err) : said;
  }

  std::string called(const NewRecord& record) const {
    return settings.prefixed(topics[record.to.topic].name) + "/" + std::to_string(record.to.partition.value);
  }
};

KafkaAppender::KafkaAppender(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
KafkaAppender::~KafkaAppender() { parts_->close(); }

Result<std::unique_ptr<KafkaAppender>> KafkaAppender::open(const KafkaSettings& settings, const TopicTable& topics,
                                                           const AppenderLimits& limits) {
  auto parts = std::make_unique<Parts>(settings, topics, limits);
  if (auto opened = parts->open(); !opened) return opened.fault();
  if (auto connected = parts->client->connect(limits.wait_ms); !connected) return connected.fault();
  return std::unique_ptr<KafkaAppender>(new KafkaAppender(std::move(parts)));
}

const std::vector<KafkaAppender::Outcome>& KafkaAppender::outcomes() const { return parts_->outcomes; }

Result<std::vector<Offset>> KafkaAppender::append(std::span<const NewRecord> records) {
  Parts& p = *parts_;
  std::lock_guard hold(p.mutex);
  for (const NewRecord& r : records)
    INVARIANT("LG-4", p.index.contains(r.to), "a record for no topic partition of this namespace");
  p.outcomes.assign(records.size(), {});
  if (!p.client)
    if (auto opened = p.open(); !opened) return opened.fault();

  const auto until = Clock::now() + std::chrono::milliseconds(p.limits.wait_ms);
  std::vector<Slot> slots(records.size());
  std::size_t open = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    slots[i].open = &open;
    ++open;
    if (const int code = p.hand_over(records[i], slots[i], until); code != 0) {
      --open;
      slots[i].error = said_of(code);
      break;  // those behind it stay unwritten: order within a partition
    }
    if (i % 256 == 255) p.client->serve();
  }
  p.await(open, until + std::chrono::milliseconds(kGraceMs));

  std::vector<Offset> offsets;
  const Slot* failed = nullptr;
  std::size_t first_failed = 0, written = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    p.outcomes[i] = slots[i].outcome;
    offsets.push_back(slots[i].outcome.offset);
    if (slots[i].outcome.kind == Outcome::Kind::written) {
      ++written;
    } else if (slots[i].error.code != 0 && (!failed || was_withdrawn(failed->error.code))) {
      failed = &slots[i];
      first_failed = i;
    }
  }
  if (written == records.size()) {
    p.client->went_well();
    return offsets;
  }
  Said said = failed ? failed->error : said_of(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
  if (was_withdrawn(said.code)) said = said_of(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
  if (word_of(said.code) == "timed_out") said = p.explained(said, records[first_failed]);
  Fault fault = p.client->fault(said, Call::produce, "append to", p.called(records[first_failed]));
  fault.message += " (" + std::to_string(written) + " of " + std::to_string(records.size()) + " records were written)";
  // A producer that gave a record up cannot say what of it arrives later: the next append has a new one.
  p.close();
  return fault;
}

}  // namespace millrace::log::kafka
