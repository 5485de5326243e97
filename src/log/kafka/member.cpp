#include "log/kafka/member.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "log/kafka/batch.h"
#include "log/kafka/chain.h"
#include "log/kafka/client.h"
#include "log/kafka/faults.h"
#include "log/kafka/lent_messages.h"
#include "log/kafka/membership.h"
#include "log/kafka/partition_list.h"
#include "log/kafka/standing.h"
#include "log/kafka/takeover.h"

namespace millrace::log::kafka {

namespace {

constexpr std::size_t kPollMessages = 500;
constexpr int kWakeMs = 1'000;

class Member final : public Group {
 public:
  Member(const KafkaSettings& settings, const TopicTable& topics, const MemberOptions& options)
      : settings_(settings), topics_(topics), options_(options), codec_(topics), takeover_(settings, topics),
        standing_(settings_, topics, options.group, options.identity, takeover_), chain_(topics),
        batch_(settings_, topics, options_, membership_, standing_, chain_) {
    for (std::size_t i = 0; i < topics.size(); ++i)
      ids_[settings.prefixed(topics[TopicId{static_cast<std::uint8_t>(i)}].name)] = TopicId{static_cast<std::uint8_t>(i)};
  }
  ~Member() override { leave(); }

  Result<void> open();
  Result<void> join(const std::vector<TopicId>& inboxes, GroupListener& listener) override;
  Result<void> resume(TopicPartition inbox, Offset next) override;
  Result<std::span<const Delivery>> poll(std::chrono::milliseconds wait) override;
  Result<std::span<const Delivery>> chained(std::chrono::milliseconds wait) override { return batch_.chained(wait); }
  bool chaining() const override { return batch_.chaining(); }
  Result<void> send(const NewRecord& record) override { return batch_.send(record); }
  Result<CommitEnd> commit(std::span<const TaskPosition> positions, const std::string& environment) override {
    return batch_.commit(positions, environment);
  }
  Result<bool> commit_aside(std::span<const TaskPosition> positions, const std::string& environment) override {
    return batch_.commit_aside(positions, environment);
  }
  Result<std::optional<CommitEnd>> commit_ended(bool wait) override { return batch_.commit_ended(wait); }
  Result<void> abort() override { return batch_.abort(); }
  Result<Assignment> committed(TopicPartition inbox) override;
  void leave() override;

 private:
  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions, void* client) {
    if (auto* const self = static_cast<Member*>(static_cast<Client*>(client)->owner)) self->rebalance(what, partitions);
  }
  void rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions);
  void take(rd_kafka_topic_partition_list_t* partitions);
  void wake_fetchers();
  bool take_message(rd_kafka_message_t* message);
  bool find_lane(const rd_kafka_message_t& message);

  const KafkaSettings settings_;
  const TopicTable& topics_;
  const MemberOptions options_;
  HeaderCodec codec_;
  std::unordered_map<std::string, TopicId> ids_;  // by full name
  std::shared_ptr<Client> consumer_;
  rd_kafka_queue_t* queue_ = nullptr;
  GroupListener* listener_ = nullptr;
  Takeover takeover_;           // of what those left open whose partitions came to us
  Standing standing_;
  Membership membership_;
  Chain chain_;  // the partitions that are ours, and what was delivered of them
  Batch batch_;
  std::optional<Fault> fault_;           // met in a callback; the next poll gives it
  std::vector<TopicPartition> resumed_;  // since the last poll

  std::vector<rd_kafka_message_t*> fetched_;
  std::unique_ptr<LentMessages> lent_;  // what the deliveries' views look at
  std::vector<Delivery> deliveries_;
  struct Lane {
    const rd_kafka_topic_t* topic = nullptr;
    std::int32_t partition = -1;
    TopicPartition inbox{};
    Chain::Lane* owned = nullptr;
    std::size_t delivery = 0;
  } lane_;  // of the last message, within one poll
};

Result<void> Member::open() {
  auto consumer = Client::open(Client::Kind::consumer, settings_,
                              {{"group.id", options_.group},
                               {"group.instance.id", options_.identity},
                               {"enable.auto.commit", "false"},
                               {"enable.auto.offset.store", "false"},
                               {"isolation.level", "read_committed"},
                               {"partition.assignment.strategy", "range"},
                               {"session.timeout.ms", "10000"},
                               {"heartbeat.interval.ms", "1000"},
                               {"max.poll.interval.ms", "600000"},
                               {"auto.offset.reset", "error"},
                               {"queued.min.messages", "1000000"},
                               {"fetch.wait.max.ms", "50"}},
                              [](rd_kafka_conf_t* conf) { rd_kafka_conf_set_rebalance_cb(conf, on_rebalance); },
                              options_.figures ? &options_.figures->consumer : nullptr);
  if (!consumer) return consumer.fault();
  consumer_ = *std::move(consumer);
  consumer_->owner = this;
  standing_.use(consumer_);
  membership_.use(consumer_);
  consumer_->poll_by_consumer();
  queue_ = rd_kafka_queue_get_consumer(consumer_->get());
  return batch_.open(consumer_);
}

Result<void> Member::join(const std::vector<TopicId>& inboxes, GroupListener& listener) {
  listener_ = &listener;
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(inboxes.size())));
  for (const TopicId inbox : inboxes)
    rd_kafka_topic_partition_list_add(list.get(), settings_.prefixed(topics_[inbox].name).c_str(), RD_KAFKA_PARTITION_UA);
  const Said said = said_of(rd_kafka_subscribe(consumer_->get(), list.get()));
  if (said.code != 0) return consumer_->fault(said, Call::join, "join the group", options_.group);
  return {};
}

// --- what partitions are ours

void Member::rebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions) {
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    take(partitions);
    return;
  }
  const bool lost = rd_kafka_assignment_lost(consumer_->get()) != 0;
  const std::vector<TopicPartition> gone = chain_.ours();
  membership_.revoked(lost);
  if (listener_ && !gone.empty()) listener_->revoked(gone, lost);
  if (batch_.is_open())
    if (auto aborted = abort(); !aborted) fault_ = aborted.fault();
  chain_.disown_all();
  standing_.forget();
  membership_.gone();
  rd_kafka_assign(consumer_->get(), nullptr);
}

void Member::take(rd_kafka_topic_partition_list_t* partitions) {
  std::vector<TopicPartition> ours;
  membership_.assigned();
  for (int i = 0; i < partitions->cnt; ++i) {
    const auto id = ids_.find(partitions->elems[i].topic);
    if (id == ids_.end()) continue;
    const TopicPartition tp{id->second, Partition{static_cast<std::uint16_t>(partitions->elems[i].partition)}};
    if (tp.partition.value >= topics_.partitions(tp.topic)) {  // MB-7
      fault_ = fatal("partitions_raised", "somebody has raised the partitions of " + std::string(partitions->elems[i].topic) + " from " +
                                              std::to_string(topics_.partitions(tp.topic)) + ": the count is fixed when a namespace is created, since keys "
                                              "move with it, and it cannot be lowered again. Begin a new namespace (`millrace topology --create "
                                              "--namespace NEW --data NEWFOLDER`) and produce its facts again");
      rd_kafka_assign(consumer_->get(), nullptr);
      return;
    }
    ours.push_back(tp);
  }
  auto committed = standing_.read(ours);
  if (!committed) {
    fault_ = committed.fault();
    rd_kafka_assign(consumer_->get(), nullptr);
    return;
  }
  // Assigned where the group stands, but held until resume(): state comes first.
  for (int i = 0; i < partitions->cnt; ++i) partitions->elems[i].offset = RD_KAFKA_OFFSET_BEGINNING;
  for (const Assignment& a : *committed) {
    const std::string name = settings_.prefixed(topics_[a.inbox.topic].name);
    if (auto* at = rd_kafka_topic_partition_list_find(partitions, name.c_str(), a.inbox.partition.value); at && a.committed)
      at->offset = a.committed->next;
    chain_.own(a.inbox);
    standing_.note(a);
  }
  rd_kafka_assign(consumer_->get(), partitions);
  rd_kafka_pause_partitions(consumer_->get(), partitions);
  listener_->assigned(*committed);
}

Result<void> Member::resume(TopicPartition inbox, Offset next) {
  if (!chain_.is_ours(inbox)) return {};
  chain_.resume(inbox, next);
  const PartitionList list = list_of(settings_, topics_, std::span(&inbox, 1));
  list->elems[0].offset = next.value;
  const TaskPosition* const at = standing_.of(inbox);
  if ((at ? at->next : 0) != next.value) {
    const Said sought = said_of(rd_kafka_seek_partitions(consumer_->get(), list.get(), 10'000));
    if (sought.code != 0) return consumer_->fault(sought, Call::read, "seek in", topics_[inbox.topic].name);
  }
  const Said said = said_of(rd_kafka_resume_partitions(consumer_->get(), list.get()));
  if (said.code != 0) return consumer_->fault(said, Call::read, "resume", topics_[inbox.topic].name);
  resumed_.push_back(inbox);
  return {};
}

// The library's threads sleep up to a second where every partition was held, and do not hear of a resume; a request to
// each partition's broker wakes them. Whether it is answered says nothing here: the next fetch will tell.
void Member::wake_fetchers() {
  if (resumed_.empty()) return;
  const PartitionList list = list_of(settings_, topics_, std::exchange(resumed_, {}));
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = RD_KAFKA_OFFSET_END;
  static_cast<void>(rd_kafka_offsets_for_times(consumer_->get(), list.get(), kWakeMs));
}

// --- what the group has committed

Result<Assignment> Member::committed(TopicPartition inbox) {
  auto all = standing_.read({inbox});
  if (!all) return all.fault();
  standing_.note(all->front());
  return all->front();
}

// --- records in

Result<std::span<const Delivery>> Member::poll(std::chrono::milliseconds wait) {
  if (auto looked = takeover_.turn(); !looked) return looked.fault();
  wake_fetchers();
  deliveries_.clear();
  lent_ = std::make_unique<LentMessages>(consumer_);
  fetched_.clear();
  // A batch call waits its whole time to fill: take one, then what is there.
  if (rd_kafka_message_t* first = rd_kafka_consumer_poll(consumer_->get(), static_cast<int>(wait.count()))) {
    fetched_.resize(kPollMessages);
    fetched_[0] = first;
    const ssize_t more = rd_kafka_consume_batch_queue(queue_, 0, fetched_.data() + 1, kPollMessages - 1);
    fetched_.resize(1 + static_cast<std::size_t>(std::max<ssize_t>(more, 0)));
  }
  lane_ = {};
  for (rd_kafka_message_t* message : fetched_)
    if (!take_message(message)) rd_kafka_message_destroy(message);
  if (fault_) {
    Fault fault = *std::move(fault_);
    fault_.reset();
    return fault;
  }
  return std::span<const Delivery>(deliveries_);
}

// False: it is not for us, and stays the caller's.
bool Member::take_message(rd_kafka_message_t* message) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Said said = said_of(message->err);
    if (message->err == RD_KAFKA_RESP_ERR__FATAL) {  // the handle is of no use any more, and says why elsewhere
      char text[512] = {};
      said = {rd_kafka_fatal_error(consumer_->get(), text, sizeof text), text};
      fault_ = consumer_->fault(said, Call::join, "stay in the group", options_.group);
      // A member that slept past its session can fence itself: a request under its former membership comes after its new
      // one. A new handle tells whether there is another process (node/cluster.cpp).
      if (fault_->code == "instance_fenced") fault_->kind = Fault::Kind::retry;
      return false;
    }
    if (road_of(said, Call::read) == Road::fatal)
      fault_ = consumer_->fault(said, Call::read, "read", message->rkt ? rd_kafka_topic_name(message->rkt) : options_.group);
    return false;
  }
  if ((message->rkt != lane_.topic || message->partition != lane_.partition) && !find_lane(*message)) return false;
  if (!lane_.owned->take(message->offset)) return false;
  if (lane_.delivery == deliveries_.size()) deliveries_.push_back({lane_.inbox, {}});
  deliveries_[lane_.delivery].records.push_back(lent_->take(message, deliveries_[lane_.delivery].inbox, codec_));
  return true;
}

// Messages come partition by partition, so where one goes is looked up once a stretch. False: it was fetched before a
// rebalance, and is not ours.
bool Member::find_lane(const rd_kafka_message_t& message) {
  lane_ = {};
  const auto id = ids_.find(rd_kafka_topic_name(message.rkt));
  if (id == ids_.end()) return false;
  const TopicPartition inbox{id->second, Partition{static_cast<std::uint16_t>(message.partition)}};
  Chain::Lane* const owned = chain_.lane(inbox);
  if (!owned) return false;
  const auto delivery = std::find_if(deliveries_.begin(), deliveries_.end(), [&](const Delivery& d) { return d.inbox == inbox; });
  lane_ = {message.rkt, message.partition, inbox, owned, static_cast<std::size_t>(delivery - deliveries_.begin())};
  return true;
}

void Member::leave() {
  if (!consumer_) return;
  deliveries_.clear();
  lent_.reset();
  listener_ = nullptr;
  batch_.leave();
  if (queue_) rd_kafka_queue_destroy(queue_);
  queue_ = nullptr;
  rd_kafka_consumer_close(consumer_->get());  // calls rebalance() once more
  standing_.use(nullptr);
  membership_.use(nullptr);
  consumer_.reset();
}

}  // namespace

Result<std::unique_ptr<Group>> open_member(const KafkaSettings& settings, const TopicTable& topics,
                                           const MemberOptions& options) {
  auto member = std::make_unique<Member>(settings, topics, options);
  if (auto up = member->open(); !up) return up.fault();
  return std::unique_ptr<Group>(std::move(member));
}

}  // namespace millrace::log::kafka
