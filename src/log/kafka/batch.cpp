#include "log/kafka/batch.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "log/kafka/committed.h"
#include "log/kafka/faults.h"
#include "log/kafka/partition_list.h"
#include "log/kafka/takeover.h"
#include "log/kafka/topic_plan.h"

namespace millrace::log::kafka {

static constexpr int kSettleTries = 20;

Result<void> Batch::open(std::shared_ptr<Client> consumer) {
  consumer_ = std::move(consumer);
  if (at_least_once())  // what an earlier life left open under the other guarantee would hide what is written from now on
    if (auto ended = Takeover::end(settings_, topics_, options_.identity); !ended) return ended;
  decltype(Transactions::Options::written) written;
  if (options_.chain && !at_least_once())
    written = [this](std::uint64_t tag, std::int64_t offset, TimeMs timestamp) { this->written(tag, offset, timestamp); };
  auto producer = Transactions::open(settings_, options_.identity, topics_,
                                     {.watch = options_.watch_requests, .transactional = !at_least_once(), .figures = options_.figures, .leaving = options_.leaving, .written = written});
  if (!producer) return producer.fault();
  producer_ = *std::move(producer);
  return {};
}

Result<void> Batch::send(const NewRecord& record) {
  records_.push_back(record);
  if (broken_ || held_ || at_least_once()) return {};
  if (auto sent = say(records_.size() - 1); !sent) {
    if (sent.fault().kind == Fault::Kind::fatal) return sent;
    broken_ = true;
  }
  return {};
}

Result<void> Batch::say(std::size_t which) {
  const NewRecord& record = records_[which];
  const bool wanted = options_.chain && chain_.is_ours(record.to);
  under_way_ += wanted;
  return producer_->send(record, wanted ? std::uint64_t{number_} << 32 | which : 0);
}

// What did not go out breaks the batch. Fails: fatal.
Result<void> Batch::say_held() {
  held_ = false;
  for (std::size_t i = 0; i < records_.size() && !broken_; ++i)
    if (auto sent = say(i); !sent) {
      if (sent.fault().kind == Fault::Kind::fatal) return sent;
      broken_ = true;
    }
  return {};
}

// Needs: nothing of the batch was delivered from memory (MB-5).
Result<void> Batch::say_again() {
  broken_ = false;
  hear_no_more();
  for (std::size_t i = 0; i < records_.size(); ++i)
    if (auto sent = say(i); !sent) {
      broken_ = true;
      return sent;
    }
  return {};
}

// Nothing of what went out until now is chained.
void Batch::hear_no_more() {
  chain_.ended(false);
  under_way_ = 0;
  ++number_;
}

void Batch::written(std::uint64_t tag, std::int64_t offset, TimeMs timestamp) {
  if (tag >> 32 != number_) return;
  const auto which = static_cast<std::size_t>(tag & 0xffffffff);
  --under_way_;
  if (timestamp > 0) records_[which].timestamp = timestamp;  // the topic's own, where it has one
  chain_.wrote(records_[which].to, offset, which);
}

std::span<const Delivery> Batch::chained(std::chrono::milliseconds wait) {
  deliveries_.clear();
  if (!options_.chain || broken_ || aside_ || held_ || records_.empty()) return deliveries_;
  producer_->serve(chaining() ? wait : std::chrono::milliseconds(0));
  ready_.clear();
  chain_.take(ready_);
  for (const Chain::Ready& one : ready_) {
    if (deliveries_.empty() || deliveries_.back().inbox != one.inbox) deliveries_.push_back({one.inbox, {}});
    const NewRecord& r = records_[one.which];
    deliveries_.back().records.push_back({{one.inbox.topic, one.inbox.partition, Offset{one.offset}}, r.timestamp, r.key, r.value, r.headers});
  }
  chained_ = chained_ || !ready_.empty();
  return deliveries_;
}

CommitEnd Batch::ended(CommitEnd how, bool known) {
  chain_.ended(how == CommitEnd::committed && known);
  records_.clear();
  broken_ = chained_ = held_ = false;
  under_way_ = 0;
  ++number_;
  return how;
}

PartitionList Batch::offsets_of(const std::vector<TaskPosition>& wanted, const std::string& environment) const {
  std::vector<TopicPartition> inboxes;
  for (const TaskPosition& p : wanted) inboxes.push_back(p.inbox);
  PartitionList offsets = list_of(settings_, topics_, inboxes);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string text = encode_committed(wanted[i], environment, at_least_once() ? std::string() : options_.identity);
    offsets->elems[i].offset = wanted[i].next;
    offsets->elems[i].metadata = std::memcpy(rd_kafka_mem_malloc(nullptr, text.size()), text.data(), text.size());
    offsets->elems[i].metadata_size = text.size();
  }
  return offsets;
}

Result<CommitEnd> Batch::commit(std::span<const TaskPosition> positions, const std::string& environment) {
  INVARIANT("GP-6", !aside_, "two batches end at once");
  if (positions.empty() && records_.empty()) return CommitEnd::committed;
  const std::vector<TaskPosition> wanted(positions.begin(), positions.end());
  const PartitionList offsets = offsets_of(wanted, environment);
  if (held_)
    if (auto said = say_held(); !said) return said.fault();
  return at_least_once() ? write_and_commit(*offsets, wanted) : transact(*offsets, wanted);
}

Result<CommitEnd> Batch::transact(const rd_kafka_topic_partition_list_t& offsets, const std::vector<TaskPosition>& wanted) {
  for (int tries = 0; tries < kSettleTries; ++tries) {
    if (!may_commit()) {
      if (auto aborted = abort(); !aborted) return aborted.fault();
      return CommitEnd::lost;
    }
    if (broken_) {  // a record did not go out: what did is taken back, and all goes again
      if (auto aborted = producer_->abort(); !aborted) return aborted.fault();
      if (chained_) return ended(CommitEnd::behind);
      if (auto sent = say_again(); !sent) {
        if (sent.fault().kind == Fault::Kind::fatal || tries + 1 == kSettleTries) return sent.fault();
        continue;
      }
    }
    // Without the check, the metadata of nobody: no generation, no names.
    const Owned<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy> nobody(
        options_.check_membership || membership_.metadata() ? nullptr : rd_kafka_consumer_group_metadata_new(options_.group.c_str()));
    const auto end = producer_->commit(&offsets, nobody ? nobody.get() : membership_.metadata());
    if (!end) return end.fault();
    const auto settled = settle(*end, wanted);
    if (!settled) return settled.fault();
    if (*settled) return **settled;
    broken_ = true;  // the same bytes again
  }
  return retryable("commit_unsettled", "a batch of " + options_.identity + " could not be committed on " + settings_.brokers +
                                       " in many tries; it begins anew from its checkpoints, nothing is lost. If it stays so, look at the brokers' load and logs");
}

// nullopt: the group stands at the batch's start.
Result<std::optional<CommitEnd>> Batch::settle(Ended end, const std::vector<TaskPosition>& wanted) {
  if (end == Ended::refused) return std::optional(ended(CommitEnd::lost));
  if (end == Ended::committed) {
    standing_.note(wanted);
    return std::optional(ended(CommitEnd::committed));
  }
  // A request of the old handle that is still on its way could commit after we looked, so it is fenced first.
  if (auto fenced = producer_->fence(); !fenced) return fenced.fault();
  const auto settled = standing_.settle(wanted);
  if (!settled) return settled.fault();  // the next life finds out
  if (*settled) ended(**settled, false);
  return *settled;
}

// --- aside (MB-6)

Result<bool> Batch::commit_aside(std::span<const TaskPosition> positions, const std::string& environment) {
  INVARIANT("GP-6", !aside_, "two batches end at once");
  if (at_least_once() || chained_ || broken_ || !options_.check_membership || !may_commit()) return false;
  hear_no_more();  // reports of what is written come on the thread that commits from now on
  auto aside = std::make_unique<Aside>();
  aside->records = std::exchange(records_, {});
  aside->wanted.assign(positions.begin(), positions.end());
  aside->offsets = offsets_of(aside->wanted, environment);
  aside->metadata = copy_of(membership_.metadata());
  aside->end = std::async(std::launch::async, [producer = producer_.get(), &batch = *aside, unsaid = held_]() -> Result<std::optional<Ended>> {
    for (std::size_t i = 0; unsaid && i < batch.records.size(); ++i)
      if (auto sent = producer->send(batch.records[i]); !sent)
        return sent.fault().kind == Fault::Kind::fatal ? Result<std::optional<Ended>>(sent.fault()) : std::optional<Ended>();
    const auto end = producer->commit(batch.offsets.get(), batch.metadata.get());
    return end ? Result<std::optional<Ended>>(std::optional(*end)) : Result<std::optional<Ended>>(end.fault());
  });
  aside_ = std::move(aside);
  held_ = true;
  return true;
}

Result<std::optional<CommitEnd>> Batch::commit_ended(bool wait) {
  INVARIANT("GP-6", aside_, "no batch ends aside");
  if (!wait && aside_->end.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::optional<CommitEnd>();
  const auto end = aside_->end.get();
  const auto aside = std::exchange(aside_, nullptr);
  std::vector<NewRecord> next = std::exchange(records_, aside->records);
  if (!end) return end.fault();
  std::optional<CommitEnd> how;
  if (*end) {
    const auto settled = settle(**end, aside->wanted);
    if (!settled) return settled.fault();
    how = *settled;
  }
  if (!how) {
    broken_ = true;  // the group stands at its start: the same bytes again
    const auto again = transact(*aside->offsets, aside->wanted);
    if (!again) return again.fault();
    how = *again;
  }
  if (*how != CommitEnd::committed) return how;
  records_ = std::move(next);
  held_ = true;
  return how;
}

// At least once: everything is written, then the positions are committed; what happens in between happens again after a
// crash. Keys go first: without a transaction nothing else keeps a record from being seen before the key that it names.
Result<CommitEnd> Batch::write_and_commit(const rd_kafka_topic_partition_list_t& offsets, const std::vector<TaskPosition>& wanted) {
  if (!may_commit()) return ended(CommitEnd::lost);
  std::stable_partition(records_.begin(), records_.end(), [this](const NewRecord& r) { return topics_[r.to.topic].name == kKeysTopic; });
  bool keys = true;
  for (const NewRecord& record : records_) {
    if (std::exchange(keys, keys && topics_[record.to.topic].name == kKeysTopic) != keys)
      if (const auto written = producer_->commit(nullptr, nullptr); !written || *written != Ended::committed)
        return written ? Result<CommitEnd>(CommitEnd::behind) : Result<CommitEnd>(written.fault());
    if (auto sent = producer_->send(record); !sent) return sent.fault();
  }
  const auto written = producer_->commit(nullptr, nullptr);
  if (!written) return written.fault();
  if (*written != Ended::committed) return CommitEnd::behind;
  const Said said = said_of(rd_kafka_commit(consumer_->get(), &offsets, 0));
  ended(CommitEnd::committed);
  if (said.code == 0) {
    standing_.note(wanted);
    return CommitEnd::committed;
  }
  const std::string_view word = word_of(said.code);
  if (word == "membership_lost" || word == "instance_fenced") return CommitEnd::lost;
  if (road_of(said, Call::send_offsets) == Road::fatal) return consumer_->fault(said, Call::send_offsets, "commit the positions of", options_.group);
  return CommitEnd::behind;
}

Result<void> Batch::abort() {
  aside_.reset();  // waits for its thread
  ended(CommitEnd::lost);
  return producer_->abort();
}

void Batch::leave() {
  aside_.reset();
  ended(CommitEnd::lost);
  if (producer_) producer_->leave();
  producer_.reset();
  consumer_.reset();
}

}  // namespace millrace::log::kafka
