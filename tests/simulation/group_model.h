// A consumer group in memory over a modelled broker: partitions are shared out among the members, batches commit whole, and a
// seed decides when the sharing changes, which commits end how, and when a member hears where its records lie. What a broker
// does, without one.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "log/group.h"
#include "log/kafka/chain.h"
#include "tests/simulation/broker_model.h"

namespace millrace::test {

class GroupModel;

class ModelMember final : public log::Group {
 public:
  explicit ModelMember(GroupModel& group);
  ~ModelMember() override { leave(); }

  Result<void> join(const std::vector<TopicId>& inboxes, log::GroupListener& listener) override;
  Result<void> resume(TopicPartition inbox, Offset next) override {
    chain_.resume(inbox, next);
    fetch_[inbox] = next;
    return {};
  }
  Result<std::span<const log::Delivery>> poll(std::chrono::milliseconds) override;
  Result<std::span<const log::Delivery>> chained(std::chrono::milliseconds) override;
  bool chaining() const override { return !reports_.empty(); }
  Result<void> send(const NewRecord& record) override;
  Result<log::CommitEnd> commit(std::span<const log::TaskPosition> positions, const std::string& environment) override;
  Result<bool> commit_aside(std::span<const log::TaskPosition> positions, const std::string& environment) override;
  Result<std::optional<log::CommitEnd>> commit_ended(bool wait) override;
  bool ends_aside() const { return aside_.has_value(); }
  Result<void> abort() override {
    aside_.reset();
    close(false, {}, {}, false);
    return {};
  }
  Result<log::Assignment> committed(TopicPartition inbox) override;
  void leave() override;

 private:
  friend class GroupModel;
  void write(const NewRecord& record);
  Result<log::CommitEnd> end_batch(std::span<const log::TaskPosition> positions, const std::string& environment);
  void close(bool commit, std::span<const log::TaskPosition> positions, const std::string& environment, bool known);
  void give_up();  // its partitions

  GroupModel& group_;
  log::GroupListener* listener_ = nullptr;
  log::kafka::Chain chain_;
  std::map<TopicPartition, Offset> fetch_;  // resumed: where its reading of the topic stands
  BrokerModel::Txn txn_ = 0;
  std::vector<NewRecord> batch_;
  struct Report {
    TopicPartition to;
    std::int64_t offset;
    std::size_t which;
  };
  std::vector<Report> reports_;  // under way to this member
  bool chained_ = false;
  std::vector<log::Delivery> deliveries_, from_memory_;
  std::map<TopicPartition, log::Batch> fetched_;
  struct Aside {
    std::vector<log::TaskPosition> positions;
    std::string environment;
    std::vector<NewRecord> next;  // what was sent for the batch behind it
    std::optional<log::CommitEnd> took;  // how it has ended on the broker, while nobody here knows
  };
  std::optional<Aside> aside_;
  bool stale_ = false;  // the sharing has changed since
  bool zombie_ = false;  // thrown out without its knowledge
};

class GroupModel {
 public:
  GroupModel(BrokerModel& log, unsigned seed) : log_(log), random_(seed) {}
  BrokerModel& log() { return log_; }
  bool chain = false;
  // Of a thousand commits so many end as lost; as behind; without an answer, the group at the batch's start, or at its end.
  int lost_of_1000 = 0, behind_of_1000 = 0, torn_start_of_1000 = 0, torn_end_of_1000 = 0;
  int unknown_of_1000 = 0;  // reports without an offset
  // Ends the process at its n-th call of the group, 0: never; a commit counts before and after it takes effect.
  std::uint64_t die_at = 0, calls = 0;
  std::uint64_t chained = 0;  // records that came from memory
  std::uint64_t aside = 0;    // batches that were committed beside the folding of the next one
  // Throws a member out as a session time-out does: its partitions go to others, and it does not know.
  void throw_out(ModelMember& member) {
    std::erase(members_, &member);
    member.zombie_ = true;
    reshare();
  }

 private:
  friend class ModelMember;
  void enter(ModelMember& member, const std::vector<TopicId>& inboxes) {
    inboxes_ = inboxes;
    members_.push_back(&member);
    reshare();
  }
  void exit(ModelMember& member) {
    std::erase(members_, &member);
    reshare();
  }
  void reshare() {
    for (ModelMember* member : members_) member->stale_ = true;
  }
  // What the `index`-th member gets: a range of partitions of every inbox.
  std::vector<TopicPartition> share_of(const ModelMember& member) const {
    std::vector<TopicPartition> share;
    const auto index = static_cast<std::size_t>(std::find(members_.begin(), members_.end(), &member) - members_.begin());
    for (const TopicId inbox : inboxes_)
      for (std::uint16_t p = 0; p < log_.topics().partitions(inbox); ++p)
        if (p % members_.size() == index) share.push_back({inbox, Partition{p}});
    return share;
  }
  // Eager, as range assignment is: a partition is given only when every member has given up what it held.
  bool all_gave_up() const {
    return std::none_of(members_.begin(), members_.end(), [](const ModelMember* m) { return m->stale_ && !m->chain_.ours().empty(); });
  }
  bool one_in_1000(int n) { return static_cast<int>(random_() % 1000) < n; }
  std::optional<Fault> died() {
    if (die_at == 0 || ++calls != die_at) return std::nullopt;
    die_at = 0;
    return retryable("died", "at its " + std::to_string(calls) + "th call");
  }

  BrokerModel& log_;
  std::mt19937 random_;
  std::vector<ModelMember*> members_;
  std::vector<TopicId> inboxes_;
  std::vector<BrokerModel::Txn> orphans_;  // of dead members; a new owner ends them (MB-4)
};

inline ModelMember::ModelMember(GroupModel& group) : group_(group), chain_(group.log().topics()) {}

inline Result<void> ModelMember::join(const std::vector<TopicId>& inboxes, log::GroupListener& listener) {
  listener_ = &listener;
  group_.enter(*this, inboxes);
  return {};
}

inline Result<log::Assignment> ModelMember::committed(TopicPartition inbox) {
  return log::Assignment{inbox, group_.log_.committed(inbox), group_.log_.environment()};
}

inline void ModelMember::give_up() {
  aside_.reset();
  close(false, {}, {}, false);
  chain_.disown_all();
  fetch_.clear();
}

inline Result<std::span<const log::Delivery>> ModelMember::poll(std::chrono::milliseconds) {
  if (auto died = group_.died()) return *died;
  deliveries_.clear();
  if (zombie_) {  // it hears of it now, and comes back
    if (const auto ours = chain_.ours(); !ours.empty()) listener_->revoked(ours, true);  // what it would still commit is refused
    zombie_ = false;
    give_up();
    group_.enter(*this, group_.inboxes_);
    return std::span<const log::Delivery>(deliveries_);
  }
  if (const auto ours = chain_.ours(); stale_ && !ours.empty()) {
    listener_->revoked(ours, false);
    give_up();
  }
  if (stale_ && chain_.ours().empty() && group_.all_gave_up()) {
    stale_ = false;
    for (const BrokerModel::Txn orphan : std::exchange(group_.orphans_, {})) group_.log_.end(orphan, false);
    std::vector<log::Assignment> given;
    for (const TopicPartition inbox : group_.share_of(*this)) {
      chain_.own(inbox);
      given.push_back(*committed(inbox));
    }
    listener_->assigned(given);
  }
  for (auto& [inbox, next] : fetch_) {
    if (next >= group_.log_.end(inbox) || group_.random_() % 3 == 0) continue;
    if (auto got = group_.log_.fetch(inbox, next, 1 + group_.random_() % 40, 1 << 20, fetched_[inbox]); !got) return got.fault();
    next = fetched_[inbox].next;
    log::Delivery delivery{inbox, {}};
    for (const Record& r : fetched_[inbox].records)
      if (chain_.lane(inbox)->take(r.at.offset.value)) delivery.records.push_back(r);
    if (!delivery.records.empty()) deliveries_.push_back(std::move(delivery));
  }
  return std::span<const log::Delivery>(deliveries_);
}

inline Result<std::span<const log::Delivery>> ModelMember::chained(std::chrono::milliseconds) {
  if (auto died = group_.died()) return *died;
  from_memory_.clear();
  if (!group_.chain || aside_) return std::span<const log::Delivery>();
  // Reports come in order; how many of them by now is chance.
  const std::size_t come = reports_.empty() ? 0 : 1 + group_.random_() % reports_.size();
  for (std::size_t i = 0; i < come; ++i) chain_.wrote(reports_[i].to, reports_[i].offset, reports_[i].which);
  reports_.erase(reports_.begin(), reports_.begin() + static_cast<std::ptrdiff_t>(come));
  std::vector<log::kafka::Chain::Ready> ready;
  chain_.take(ready);
  for (const auto& one : ready) {
    if (from_memory_.empty() || from_memory_.back().inbox != one.inbox) from_memory_.push_back({one.inbox, {}});
    const NewRecord& r = batch_[one.which];
    from_memory_.back().records.push_back({{one.inbox.topic, one.inbox.partition, Offset{one.offset}}, r.timestamp, r.key, r.value, r.headers});
  }
  chained_ = chained_ || !ready.empty();
  group_.chained += ready.size();
  return std::span<const log::Delivery>(from_memory_);
}

inline void ModelMember::write(const NewRecord& record) {
  const Offset at = group_.log_.write(record, txn_);
  if (group_.chain && chain_.is_ours(record.to))
    reports_.push_back({record.to, group_.one_in_1000(group_.unknown_of_1000) ? -1 : at.value, batch_.size()});
}

inline Result<void> ModelMember::send(const NewRecord& record) {
  if (auto died = group_.died()) return *died;
  if (aside_) {
    aside_->next.push_back(record);
    return {};
  }
  if (txn_ == 0) txn_ = group_.log_.begin();
  write(record);
  batch_.push_back(record);
  return {};
}

inline void ModelMember::close(bool commit, std::span<const log::TaskPosition> positions, const std::string& environment, bool known) {
  if (txn_ == 0 && commit) txn_ = group_.log_.begin();
  for (const Report& r : std::exchange(reports_, {})) chain_.wrote(r.to, r.offset, r.which);
  if (txn_ != 0) group_.log_.end(std::exchange(txn_, 0), commit, positions, environment);
  chain_.ended(commit && known);
  batch_.clear();
  chained_ = false;
}

inline Result<log::CommitEnd> ModelMember::commit(std::span<const log::TaskPosition> positions, const std::string& environment) {
  REQUIRE_MESSAGE(!aside_, "GP-6");
  if (auto died = group_.died()) return *died;
  return end_batch(positions, environment);
}

// When it takes effect on the broker, and when its member hears of that, is chance.
inline Result<bool> ModelMember::commit_aside(std::span<const log::TaskPosition> positions, const std::string& environment) {
  REQUIRE_MESSAGE(!aside_, "GP-6");
  if (auto died = group_.died()) return *died;
  if (chained_) return false;
  reports_.clear();  // nothing of it is chained any more
  chain_.ended(false);
  ++group_.aside;
  aside_.emplace(Aside{{positions.begin(), positions.end()}, environment, {}, {}});
  return true;
}

inline Result<std::optional<log::CommitEnd>> ModelMember::commit_ended(bool wait) {
  REQUIRE_MESSAGE(aside_, "GP-6");
  if (auto died = group_.died()) return *died;
  if (!aside_->took && (wait || group_.random_() % 2 == 0)) {
    const auto end = end_batch(aside_->positions, aside_->environment);
    if (!end) return end.fault();
    aside_->took = *end;
  }
  if (!aside_->took || (!wait && group_.random_() % 2 == 0)) return std::optional<log::CommitEnd>();
  const Aside ended = *std::exchange(aside_, std::nullopt);
  if (ended.took == log::CommitEnd::committed)
    for (const NewRecord& record : ended.next)
      if (auto sent = send(record); !sent) return sent.fault();
  return ended.took;
}

inline Result<log::CommitEnd> ModelMember::end_batch(std::span<const log::TaskPosition> positions, const std::string& environment) {
  const auto ends_as = [this](log::CommitEnd how) {
    close(false, {}, {}, false);
    return how;
  };
  if (zombie_ || group_.one_in_1000(group_.lost_of_1000)) return ends_as(log::CommitEnd::lost);
  if (group_.one_in_1000(group_.behind_of_1000)) return ends_as(log::CommitEnd::behind);
  if (group_.one_in_1000(group_.torn_start_of_1000)) {  // aborted: the same again, at other offsets
    if (chained_) return ends_as(log::CommitEnd::behind);
    for (const Report& r : std::exchange(reports_, {})) chain_.wrote(r.to, r.offset, r.which);
    group_.log_.end(txn_, false);
    chain_.ended(false);
    txn_ = group_.log_.begin();
    for (const NewRecord& record : std::vector<NewRecord>(std::exchange(batch_, {}))) {
      write(record);
      batch_.push_back(record);
    }
  }
  close(true, positions, environment, !group_.one_in_1000(group_.torn_end_of_1000));
  if (auto died = group_.died()) return *died;
  return log::CommitEnd::committed;
}

inline void ModelMember::leave() {
  if (!listener_) return;
  listener_ = nullptr;
  aside_.reset();
  if (txn_ != 0) group_.orphans_.push_back(std::exchange(txn_, 0));
  group_.exit(*this);
}

}  // namespace millrace::test
