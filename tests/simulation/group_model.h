// A consumer group in memory over a memory log: partitions are shared out among the members, batches commit whole, and a
// seed decides when the sharing changes and which commits end how. What a broker does, without one.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "log/group.h"
#include "log/memory/memory_log.h"

namespace millrace::test {

class GroupModel;

class ModelMember final : public log::Group {
 public:
  explicit ModelMember(GroupModel& group) : group_(group) {}
  ~ModelMember() override { leave(); }

  Result<void> join(const std::vector<TopicId>& inboxes, log::GroupListener& listener) override;
  Result<void> resume(TopicPartition inbox, Offset next) override {
    next_[inbox] = next;
    return {};
  }
  Result<std::span<const log::Delivery>> poll(std::chrono::milliseconds) override;
  Result<void> send(const NewRecord& record) override {
    batch_.push_back(record);
    return {};
  }
  Result<log::CommitEnd> commit(std::span<const log::TaskPosition> positions, const std::string& environment) override;
  Result<void> abort() override {
    batch_.clear();
    return {};
  }
  Result<log::Assignment> committed(TopicPartition inbox) override;
  void leave() override;

 private:
  friend class GroupModel;
  GroupModel& group_;
  log::GroupListener* listener_ = nullptr;
  std::vector<TopicPartition> ours_;
  std::map<TopicPartition, Offset> next_;  // resumed
  std::vector<NewRecord> batch_;
  std::vector<log::Delivery> deliveries_;
  std::map<TopicPartition, log::Batch> fetched_;
  bool stale_ = false;  // the sharing has changed since
  bool zombie_ = false;  // thrown out without its knowledge
};

class GroupModel {
 public:
  GroupModel(log::MemoryLog& log, unsigned seed) : log_(log), random_(seed) {}
  log::MemoryLog& log() { return log_; }
  // Of a thousand commits so many end as lost, and so many as behind.
  int lost_of_1000 = 0, behind_of_1000 = 0;
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
    return std::none_of(members_.begin(), members_.end(), [](const ModelMember* m) { return m->stale_ && !m->ours_.empty(); });
  }
  bool one_in_1000(int n) { return static_cast<int>(random_() % 1000) < n; }

  log::MemoryLog& log_;
  std::mt19937 random_;
  std::vector<ModelMember*> members_;
  std::vector<TopicId> inboxes_;
};

inline Result<void> ModelMember::join(const std::vector<TopicId>& inboxes, log::GroupListener& listener) {
  listener_ = &listener;
  group_.enter(*this, inboxes);
  return {};
}

inline Result<log::Assignment> ModelMember::committed(TopicPartition inbox) {
  return log::Assignment{inbox, group_.log_.committed(inbox), group_.log_.environment()};
}

inline Result<std::span<const log::Delivery>> ModelMember::poll(std::chrono::milliseconds) {
  deliveries_.clear();
  if (zombie_) {  // it hears of it now, and comes back
    if (!ours_.empty()) listener_->revoked(ours_, true);  // what it would still commit is refused
    zombie_ = false;
    batch_.clear();
    ours_.clear();
    next_.clear();
    group_.enter(*this, group_.inboxes_);
    return std::span<const log::Delivery>(deliveries_);
  }
  if (stale_ && !ours_.empty()) {
    listener_->revoked(ours_, false);
    batch_.clear();
    ours_.clear();
    next_.clear();
  }
  if (stale_ && ours_.empty() && group_.all_gave_up()) {
    stale_ = false;
    ours_ = group_.share_of(*this);
    std::vector<log::Assignment> given;
    for (const TopicPartition inbox : ours_) given.push_back(*committed(inbox));
    listener_->assigned(given);
  }
  for (auto& [inbox, next] : next_) {
    if (next >= group_.log_.end(inbox) || group_.random_() % 3 == 0) continue;
    if (auto got = group_.log_.fetch(inbox, next, 1 + group_.random_() % 40, 1 << 20, fetched_[inbox]); !got) return got.fault();
    deliveries_.push_back({inbox, fetched_[inbox].records});
    next = fetched_[inbox].next;
  }
  return std::span<const log::Delivery>(deliveries_);
}

inline Result<log::CommitEnd> ModelMember::commit(std::span<const log::TaskPosition> positions, const std::string& environment) {
  if (zombie_ || group_.one_in_1000(group_.lost_of_1000)) {
    batch_.clear();
    return log::CommitEnd::lost;
  }
  if (group_.one_in_1000(group_.behind_of_1000)) {
    batch_.clear();
    return log::CommitEnd::behind;
  }
  log::Frame frame;
  frame.positions.assign(positions.begin(), positions.end());
  frame.records = std::move(batch_);
  batch_.clear();
  frame.environment = environment;
  if (auto appended = group_.log_.append(frame); !appended) return appended.fault();
  if (auto flushed = group_.log_.flush(); !flushed) return flushed.fault();
  return log::CommitEnd::committed;
}

inline void ModelMember::leave() {
  if (!listener_) return;
  listener_ = nullptr;
  batch_.clear();
  group_.exit(*this);
}

}  // namespace millrace::test
