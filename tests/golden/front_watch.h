// A log that notes what comes in at its front, in order: what another log has to be given to tell the same story.
#pragma once

#include <string>
#include <vector>

#include "log/memory/memory_log.h"
#include "topology/topics.h"

namespace millrace::test {

struct Front {
  TopicPartition to;
  TimeMs at;
  std::string key, value;
  Headers headers;
};

class FrontWatch final : public log::Log {
 public:
  explicit FrontWatch(log::MemoryLog& under) : under_(under) {}
  const std::vector<Front>& fronts() const { return fronts_; }

  const TopicTable& topics() const override { return under_.topics(); }
  Offset start(TopicPartition tp) const override { return under_.start(tp); }
  Offset end(TopicPartition tp) const override { return under_.end(tp); }
  Result<void> fetch(TopicPartition tp, Offset from, std::size_t records, std::size_t bytes, log::Batch& batch) const override {
    return under_.fetch(tp, from, records, bytes, batch);
  }
  Result<Offset> offset_at(TopicPartition tp, TimeMs time) const override { return under_.offset_at(tp, time); }
  // What a round puts out moves tasks; what comes in moves the loader at most. The load itself is no inbox.
  Result<std::vector<Offset>> append(const log::Frame& frame) override {
    bool comes_in = true;
    for (const log::TaskPosition& p : frame.positions) comes_in = comes_in && p.inbox.topic == topics::history_in;
    for (const NewRecord& r : frame.records)
      if (comes_in && r.to.topic != topics::history_in) fronts_.push_back({r.to, r.timestamp, std::string(r.key), std::string(r.value), r.headers});
    return under_.append(frame);
  }
  void write_after(std::function<Result<void>()> first) override { under_.write_after(std::move(first)); }
  Result<void> flush() override { return under_.flush(); }
  std::optional<log::TaskPosition> committed(TopicPartition inbox) const override { return under_.committed(inbox); }
  std::vector<log::TaskPosition> all_committed() const override { return under_.all_committed(); }
  std::string environment() const override { return under_.environment(); }

 private:
  log::MemoryLog& under_;
  std::vector<Front> fronts_;
};

}  // namespace millrace::test
