#include "log/kafka/transactions.h"

#include <librdkafka/rdkafka.h>

#include <chrono>

#include "core/outputs.h"
#include "log/kafka/faults.h"
#include "log/kafka/membership.h"
#include "log/kafka/within.h"

namespace millrace::log::kafka {

namespace {

// Within this a batch is committed or aborted; then the coordinator aborts it (DESIGN.md: session 10 s, transaction 15 s).
constexpr int kTransactionMs = 15'000;
constexpr int kCallMs = 10'000;
constexpr int kInitMs = 10'000;
constexpr int kInitSliceMs = 2'000;
constexpr int kLeaveMs = 1'000;
constexpr int kGraceMs = 1'000;  // behind the time that a call was given
constexpr int kHurryMs = 100;  // for what is under way before a commit; then the commit itself waits for it
constexpr int kLeftMax = 16;  // calls of this process that do not end; each holds a client with its threads
constexpr int kHasteMs = 5'000;  // for all calls of a commit or an abort, once the member is to leave

}  // namespace

Transactions::Transactions(const KafkaSettings& settings, std::string id, const TopicTable& topics,
                           const Options& options)
    : settings_(settings), id_(std::move(id)), topics_(topics), options_(options) {}

Transactions::~Transactions() { disconnect(); }

Result<std::unique_ptr<Transactions>> Transactions::open(const KafkaSettings& settings, const std::string& id,
                                                         const TopicTable& topics, const Options& options) {
  std::unique_ptr<Transactions> made(new Transactions(settings, id, topics, options));
  if (auto up = made->connect(); !up) return up.fault();
  return made;
}

void Transactions::disconnect() {
  if (!client_) return;
  if (open_) rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  sender_.reset();
  client_.reset();
  open_ = false;
}

Result<void> Transactions::connect() {
  if (calls_left_behind() >= kLeftMax)
    return retryable("coordinator_away", "the brokers at " + settings_.brokers + " have not said for minutes which of them coordinates the group: " +
                                             std::to_string(kLeftMax) + " commits wait for that and did not end. Look at the brokers' logs "
                                             "and at their topic __consumer_offsets; work goes on when one of them has ended");
  watch_ = std::make_shared<RequestWatch>();
  Client::Properties properties{{"enable.idempotence", "true"},
                                {"allow.auto.create.topics", "false"},  // one that was deleted would come back empty
                                {"compression.codec", settings_.compression},
                                {"linger.ms", "2"},
                                {"message.max.bytes", std::to_string(kMessageMax)},
                                {"batch.num.messages", "10000"},
                                {"queue.buffering.max.messages", "1000000"},
                                {"retry.backoff.ms", "1"}};  // 100 makes back-to-back transactions wait 100 ms
  if (options_.transactional) {
    properties["transactional.id"] = id_;
    properties["transaction.timeout.ms"] = std::to_string(kTransactionMs);
  } else {
    properties["message.timeout.ms"] = std::to_string(kTransactionMs);
  }
  undelivered_ = 0;
  auto client = Client::open(Client::Kind::producer, settings_, properties, [this](rd_kafka_conf_t* conf) {
    watch_->attach(conf);
    if (!options_.transactional || options_.written) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  }, options_.figures ? &options_.figures->producer : nullptr);
  if (!client) return client.fault();
  client_ = *std::move(client);
  client_->owner = this;
  if (!options_.transactional) {
    sender_ = std::make_unique<Sender>(client_, settings_, topics_);
    return {};
  }
  const auto until = Clock::now() + std::chrono::milliseconds(kInitMs);
  for (;;) {
    const Said said = said_of(rd_kafka_init_transactions(client_->get(), kInitSliceMs));
    if (said.code == 0) break;
    if (road_of(said, Call::init_transactions) != Road::retry || Clock::now() >= until || leaving()) {
      Fault fault = client_->fault(said, Call::init_transactions, "start the transactional producer", id_);
      disconnect();
      return fault;
    }
  }
  client_->went_well();
  sender_ = std::make_unique<Sender>(client_, settings_, topics_);
  return {};
}

// A new handle of the same identity: its init_transactions() ends what the old one left under way.
Result<void> Transactions::fence() { return client_ ? Result<void>() : connect(); }

Result<void> Transactions::begin() {
  if (!client_)
    if (auto up = connect(); !up) return up;
  if (open_) return {};
  client_->serve();  // statistics
  if (!options_.transactional) {
    open_ = true;
    return {};
  }
  const Said said = said_of(rd_kafka_begin_transaction(client_->get()));
  if (said.code != 0) return client_->fault(said, Call::begin_transaction, "begin a transaction as", id_);
  open_ = true;
  return {};
}

Result<void> Transactions::send(const NewRecord& record, std::uint64_t tag) {
  if (auto begun = begin(); !begun) return begun;
  for (;;) {
    const int code = sender_->send(record, reinterpret_cast<void*>(static_cast<std::uintptr_t>(tag)));  // NOLINT(performance-no-int-to-ptr)
    if (code == 0) return {};
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(client_->get(), 10);
      continue;
    }
    Said said = said_of(code);
    said.must_abort = code == RD_KAFKA_RESP_ERR__STATE;  // the transaction has failed since its last record
    return client_->fault(said, Call::produce, "add a record to the transaction on",
                          settings_.prefixed(topics_[record.to.topic].name));
  }
}

Result<Ended> Transactions::commit(const rd_kafka_topic_partition_list_s* offsets,
                                   const rd_kafka_consumer_group_metadata_s* metadata) {
  if (auto begun = begin(); !begun) {
    if (begun.fault().kind == Fault::Kind::fatal) return begun.fault();
    return Ended::unknown;
  }
  if (!options_.transactional) return flush();
  const auto until = Clock::now() + std::chrono::milliseconds(kTransactionMs);
  while (offsets) {
    const auto said = send_offsets(offsets, metadata);
    if (!said) return over();
    if (said->code == 0) break;
    if (const auto ended = after(*said, Call::send_offsets, until)) return *ended;
  }
  for (const auto hurried = Clock::now() + std::chrono::milliseconds(kHurryMs); hurry() && Clock::now() < hurried;) {
  }
  for (;;) {
    const Said said = said_of(rd_kafka_commit_transaction(client_->get(), call_ms()));
    if (said.code == 0) break;
    if (const auto ended = after(said, Call::commit_transaction, until)) return *ended;
  }
  open_ = false;
  if (options_.watch && watch_->torn()) return over();
  return Ended::committed;
}

// While it looks for the group's coordinator the library forgets the time that it was given (confluentinc/librdkafka, issue 5456):
// a broker that was away at the wrong moment held a member for ever. nullopt: this handle will not return.
std::optional<Said> Transactions::send_offsets(const rd_kafka_topic_partition_list_s* offsets, const rd_kafka_consumer_group_metadata_s* metadata) {
  struct Held {
    std::shared_ptr<RequestWatch> watch;  // which the client's threads tell
    std::shared_ptr<Client> client;
    Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy> offsets;
    GroupMetadata metadata;
  };
  const auto held = std::make_shared<Held>();
  held->watch = watch_;
  held->client = client_;
  held->offsets.reset(rd_kafka_topic_partition_list_copy(offsets));
  held->metadata = copy_of(metadata);
  auto said = within<Said>(std::chrono::milliseconds(call_ms() + kGraceMs), [held, most = call_ms()] {
    return said_of(rd_kafka_send_offsets_to_transaction(held->client->get(), held->offsets.get(), held->metadata.get(), most));
  }, [this] { return hurry(); });
  if (said) return said;
  // Its records are views of ours: none may be under way when this returns.
  client_->owner = nullptr;
  rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_->get(), kLeaveMs);
  return std::nullopt;
}

// Lets a millisecond pass in which nothing lingers; true: some records are still under way. (The library's own commit looks
// only every 10 ms whether they have arrived, where nobody asks for reports.)
bool Transactions::hurry() {
  rd_kafka_flush(client_->get(), 1);
  return rd_kafka_outq_len(client_->get()) > 0;
}

void Transactions::serve(std::chrono::milliseconds wait) {
  if (!client_) return;
  if (wait.count() > 0) rd_kafka_flush(client_->get(), static_cast<int>(wait.count()));  // does not linger
  else rd_kafka_poll(client_->get(), 0);
}

void Transactions::delivered(rd_kafka_s*, const rd_kafka_message_s* message, void* client) {
  if (!static_cast<Client*>(client)->owner) return;  // left behind
  Transactions& self = *static_cast<Transactions*>(static_cast<Client*>(client)->owner);
  if (!self.options_.transactional) {
    if (message->err) self.undelivered_ = message->err;
    return;
  }
  const auto tag = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(message->_private));
  if (tag == 0) return;
  rd_kafka_timestamp_type_t type;
  self.options_.written(tag, message->err ? -1 : message->offset, rd_kafka_message_timestamp(message, &type));
}

// Until every record is written, or one could not be.
Result<Ended> Transactions::flush() {
  const auto began = Clock::now();
  const auto late = [&] { return Clock::now() >= began + std::chrono::milliseconds(leaving() ? kHasteMs : kTransactionMs + kCallMs); };
  while (undelivered_ == 0 && rd_kafka_outq_len(client_->get()) > 0 && !late())
    static_cast<void>(rd_kafka_flush(client_->get(), 1'000));
  if (undelivered_ != 0 || rd_kafka_outq_len(client_->get()) > 0) return over();
  open_ = false;
  return Ended::committed;
}

bool Transactions::leaving() const { return options_.leaving && *options_.leaving; }
int Transactions::call_ms() const { return leaving() ? kHasteMs : kCallMs; }

// The same call again? Not by count: one that fails at once while a broker restarts may take ten seconds where all are away.
bool Transactions::again(Clock::time_point until) const { return Clock::now() < until && !leaving(); }

// nullopt: the same call again.
std::optional<Result<Ended>> Transactions::after(const Said& said, Call call, Clock::time_point until) {
  const bool not_member = word_of(said.code) == "membership_lost" || word_of(said.code) == "instance_fenced";
  const Road road = not_member && !said.fatal ? Road::abort : road_of(said, call);
  if (options_.watch && watch_->torn()) return over();
  switch (road) {
    case Road::retry:
      if (again(until)) {
        rd_kafka_poll(client_->get(), 100);
        return std::nullopt;
      }
      return over();
    case Road::abort:
      if (auto aborted = abort(); !aborted) return Result<Ended>(aborted.fault());
      return Result<Ended>(not_member ? Ended::refused : Ended::unknown);
    case Road::renew: return over();
    case Road::fatal: break;
  }
  if (said.fatal) return over();  // the handle's end, not the process's
  Fault fault = client_->fault(said, call, "commit a transaction as", id_);
  disconnect();
  return Result<Ended>(std::move(fault));
}

// A cluster that is away does not end the process: fence(), or the next use, connects.
Result<Ended> Transactions::over() {
  if (options_.figures) ++options_.figures->renewed;
  disconnect();
  if (auto up = connect(); !up && up.fault().kind == Fault::Kind::fatal) return up.fault();
  return Ended::unknown;
}

Result<void> Transactions::abort() {
  if (!client_ || !open_) return {};
  if (options_.figures) ++options_.figures->aborted;
  if (!options_.transactional) {
    const auto ended = over();
    return ended ? Result<void>() : Result<void>(ended.fault());
  }
  for (const auto until = Clock::now() + std::chrono::milliseconds(kTransactionMs);;) {
    const Said said = said_of(rd_kafka_abort_transaction(client_->get(), call_ms()));
    if (said.code == 0) break;
    if (road_of(said, Call::abort_transaction) == Road::retry && again(until)) continue;
    const auto ended = over();
    return ended ? Result<void>() : Result<void>(ended.fault());
  }
  open_ = false;
  if (options_.watch && watch_->torn()) {
    const auto ended = over();
    return ended ? Result<void>() : Result<void>(ended.fault());
  }
  return {};
}

void Transactions::leave() {
  if (client_ && open_ && options_.transactional && said_of(rd_kafka_abort_transaction(client_->get(), kLeaveMs)).code == 0) open_ = false;
  disconnect();
}

}  // namespace millrace::log::kafka
