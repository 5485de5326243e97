// A log in memory, for tests and simulations: the contract of log.h without a disk, and verbs to make it fail.
//
//   MemoryLog log(topics::make_table(2));
//   log.refuse_flush(retryable("disk_full", "test"));   // the next flushes fail until allow_flush()
//   log.crash();                                        // what was not flushed is gone, as after kill -9
//
// ML-1  crash() leaves exactly the frames that a successful flush covered.      Tests: tests/contract/memory_log_test.cpp
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "log/log.h"
#include "log/partition_index.h"

namespace millrace::log {

class MemoryLog final : public Log {
 public:
  explicit MemoryLog(TopicTable topics);

  const TopicTable& topics() const override { return topics_; }
  Offset start(TopicPartition tp) const override;
  Offset end(TopicPartition tp) const override;
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                     Batch& batch) const override;
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override;
  Result<std::vector<Offset>> append(const Frame& frame) override;
  void write_after(std::function<Result<void>()> first) override;
  Result<void> flush() override;
  std::optional<TaskPosition> committed(TopicPartition inbox) const override;
  std::vector<TaskPosition> all_committed() const override;
  std::string environment() const override;
  Result<void> drop_before(const std::function<Offset(TopicPartition)>& floor,
                           std::optional<TimeMs> older_than) override;
  std::uint32_t free_share() const override;

  void refuse_append(Fault fault);  // appends fail with it until allow_append()
  void allow_append();
  void refuse_flush(Fault fault);
  void allow_flush();
  void set_free_share(std::uint32_t basis_points);
  void crash();
  std::uint64_t frames() const;  // appended and not lost
  std::uint64_t flushes() const;

 private:
  struct Stored {
    TimeMs timestamp;
    std::string key, value;
    Headers headers;
  };
  struct Column {
    std::int64_t start = 0;
    std::deque<Stored> records;
    std::int64_t end() const { return start + static_cast<std::int64_t>(records.size()); }
  };
  struct Moved {  // what a crash goes back to, beside the records
    std::map<TopicPartition, TaskPosition> positions;
    std::string environment;
    std::uint64_t frames = 0;
  };

  const Column& column(TopicPartition tp) const;

  const TopicTable topics_;
  const PartitionIndex index_;
  std::function<Result<void>()> first_;
  std::mutex flush_mutex_;  // taken before the other
  mutable std::mutex mutex_;
  std::vector<Column> columns_;
  Moved now_, flushed_;
  std::vector<std::int64_t> flushed_ends_;
  std::optional<Fault> refuse_append_, refuse_flush_;
  std::uint32_t free_share_ = 10000;
  std::uint64_t flushes_ = 0;
};

}  // namespace millrace::log
