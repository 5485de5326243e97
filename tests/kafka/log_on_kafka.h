// log::Log over what Millrace uses on a cluster, so that the contract of the log port runs there as it stands: frames that
// move tasks go through a member of a group, in one transaction with the positions; the others through the appender of the
// front door; all is read by the reader. For tests.
//
// What differs from a log of one's own, and is no clause there (contract::Holds):
//   - a frame is committed when append() returns, and readable: until then nobody may read it (LG-3), so nothing is pending;
//   - markers of transactions take offsets (LG-2);
//   - each position carries its own environment: environment() needs those that are committed to agree;
//   - a position that its inbox has no record for is committed like any other, but a member would not fold from it.
#pragma once

#include <map>
#include <set>
#include <thread>

#include "log/kafka/member.h"
#include "log/kafka/reader.h"
#include "tests/kafka/cluster.h"

namespace millrace::log::kafka {

class LogOnKafka final : public Log, private GroupListener {
 public:
  explicit LogOnKafka(Cluster& cluster) : cluster_(cluster), topics_(cluster.layout.topics) { open(); }

  // As a kill does, between the sends of a frame and its commit; and again from what the cluster has.
  void cut(const Frame& frame) {
    std::map<TopicPartition, Offset> before = ends(frame);
    for (const NewRecord& r : frame.records) must(member_->send(r));
    const auto until = deadline();
    for (bool all = false; !all;) {  // its records lie on the topics, under way
      serve(std::chrono::milliseconds(1));
      all = true;
      for (const auto& [tp, end] : before) all = all && mark(tp).high > end;
      REQUIRE(std::chrono::steady_clock::now() < until);
    }
    reopen();
  }
  void reopen() {
    member_.reset();
    appender_.reset();
    reader_.reset();
    open();
  }

  const TopicTable& topics() const override { return topics_; }
  Offset start(TopicPartition tp) const override { return reader_->start(tp); }
  Offset end(TopicPartition tp) const override { return reader_->end(tp); }
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes, Batch& batch) const override {
    return reader_->fetch(tp, from, max_records, max_bytes, batch);
  }
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override { return reader_->offset_at(tp, time); }

  Result<std::vector<Offset>> append(const Frame& frame) override {
    std::map<TopicPartition, Offset> next = ends(frame);
    if (frame.positions.empty()) {
      auto offsets = appender_->append(frame.records);
      if (offsets) await_readable(next);
      return offsets;
    }
    serve(std::chrono::milliseconds(0));
    for (const NewRecord& r : frame.records)
      if (auto sent = member_->send(r); !sent) return sent.fault();
    const auto committed = member_->commit(frame.positions, frame.environment);
    if (!committed) return committed.fault();
    if (*committed != CommitEnd::committed) return retryable("membership_lost", "the frame was not committed");
    await_readable(next);
    // Nobody else writes here, so what lies behind the former end is what was sent, in its order.
    std::vector<Offset> offsets;
    log::Batch batch;
    for (const NewRecord& r : frame.records) {
      Offset& at = next[r.to];
      if (auto got = reader_->fetch(r.to, at, 1, 1, batch); !got) return got.fault();
      REQUIRE(batch.records.size() == 1);
      CHECK(batch.records[0].value == r.value);
      offsets.push_back(batch.records[0].at.offset);
      at = offsets.back() + 1;
    }
    return offsets;
  }
  void write_after(std::function<Result<void>()>) override {}  // keys go into the transaction of the records that need them
  Result<void> flush() override { return {}; }

  std::optional<TaskPosition> committed(TopicPartition inbox) const override { return must(member_->committed(inbox)).committed; }
  std::vector<TaskPosition> all_committed() const override {
    std::vector<TaskPosition> all;
    for (const Assignment& a : assignments()) all.push_back(*a.committed);
    return all;
  }
  std::string environment() const override {
    std::set<std::string> all;
    for (const Assignment& a : assignments()) all.insert(a.environment);
    REQUIRE(all.size() <= 1);
    return all.empty() ? "" : *all.begin();
  }
  Result<void> drop_before(const std::function<Offset(TopicPartition)>& floor, std::optional<TimeMs> older_than) override {
    std::vector<KafkaAdmin::Floor> floors;
    for (const TopicPartition tp : partitions()) {
      Offset before = std::min(floor(tp), reader_->end(tp));
      if (older_than) {
        const auto young = reader_->offset_at(tp, *older_than);
        if (!young) return young.fault();
        before = std::min(before, *young);
      }
      if (before > reader_->start(tp)) floors.push_back({{topics_[tp.topic].name, tp.partition.value}, before});
    }
    if (auto dropped = cluster_.admin->delete_records(floors); !dropped) return dropped;
    const auto seen = reader_->refresh();
    return seen ? Result<void>() : Result<void>(seen.fault());
  }

 private:
  static std::chrono::steady_clock::time_point deadline() { return std::chrono::steady_clock::now() + std::chrono::seconds(60); }

  void open() {
    appender_ = cluster_.appender();
    reader_ = must(KafkaReader::open(cluster_.settings, topics_));
    member_ = must(open_member(cluster_.settings, topics_, {.group = cluster_.settings.prefixed("spine"), .identity = cluster_.settings.prefixed("one")}));
    ours_ = 0;
    std::vector<TopicId> all;
    for (std::uint8_t t = 0; t < topics_.size(); ++t) all.push_back(TopicId{t});
    must(member_->join(all, *this));
    for (const auto until = deadline(); ours_ < partitions().size();) {
      serve(std::chrono::milliseconds(20));
      REQUIRE(std::chrono::steady_clock::now() < until);
    }
  }
  // Lets the member do its part in the group. The suite's positions lie where they like, and a member says so when it finds
  // none of their records; here nothing is folded, so nothing is missed.
  void serve(std::chrono::milliseconds wait) {
    if (const auto polled = member_->poll(wait); !polled && polled.fault().code != "out_of_range") must(Result<void>(polled.fault()));
  }
  // Nothing is resumed: what the tasks would fold is not asked for.
  void assigned(const std::vector<Assignment>& given) override { ours_ += given.size(); }
  void revoked(const std::vector<TopicPartition>&, bool) override { ours_ = 0; }

  std::vector<TopicPartition> partitions() const {
    std::vector<TopicPartition> all;
    for (std::uint8_t t = 0; t < topics_.size(); ++t)
      for (std::uint16_t p = 0; p < topics_.partitions(TopicId{t}); ++p) all.push_back({TopicId{t}, Partition{p}});
    return all;
  }
  std::vector<Assignment> assignments() const {
    std::vector<Assignment> all;
    for (const TopicPartition tp : partitions())
      if (auto one = must(member_->committed(tp)); one.committed) all.push_back(std::move(one));
    return all;
  }
  KafkaAdmin::Watermarks mark(TopicPartition tp) const {
    return must(cluster_.admin->watermarks({{topics_[tp.topic].name, tp.partition.value}}))[0];
  }
  std::map<TopicPartition, Offset> ends(const Frame& frame) const {
    std::map<TopicPartition, Offset> all;
    for (const NewRecord& r : frame.records) all.emplace(r.to, mark(r.to).high);
    return all;
  }
  // A commit is answered before its markers are everywhere.
  void await_readable(const std::map<TopicPartition, Offset>& wrote) {
    const auto until = deadline();
    for (const auto& [tp, before] : wrote)
      for (auto at = mark(tp); at.stable < at.high || at.high <= before; at = mark(tp)) REQUIRE(std::chrono::steady_clock::now() < until);
    must(reader_->refresh());
  }

  Cluster& cluster_;
  const TopicTable& topics_;
  std::unique_ptr<KafkaAppender> appender_;
  std::unique_ptr<KafkaReader> reader_;
  std::unique_ptr<Group> member_;
  std::size_t ours_ = 0;
};

}  // namespace millrace::log::kafka
