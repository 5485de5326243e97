#include "log/memory/memory_log.h"

#include <algorithm>

#include "log/faults.h"

namespace millrace::log {

MemoryLog::MemoryLog(TopicTable topics)
    : topics_(std::move(topics)), index_(topics_), columns_(index_.size()), flushed_ends_(index_.size(), 0) {}

const MemoryLog::Column& MemoryLog::column(TopicPartition tp) const {
  INVARIANT("LG-4", index_.contains(tp), "not a topic partition of this namespace");
  return columns_[index_[tp]];
}

Offset MemoryLog::start(TopicPartition tp) const {
  std::lock_guard hold(mutex_);
  return Offset{column(tp).start};
}

Offset MemoryLog::end(TopicPartition tp) const {
  std::lock_guard hold(mutex_);
  return Offset{column(tp).end()};
}

Result<void> MemoryLog::fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                              Batch& batch) const {
  batch.records.clear();
  batch.buffer.clear();
  batch.lease.reset();
  batch.next = from;
  std::lock_guard hold(mutex_);
  const Column& c = column(tp);
  if (from.value < c.start || from.value > c.end())
    return out_of_range(topics_, tp, from, Offset{c.start}, Offset{c.end()});
  std::size_t count = 0, values = 0, bytes = 0;
  for (std::size_t i = static_cast<std::size_t>(from.value - c.start); i < c.records.size(); ++i, ++count) {
    const Stored& r = c.records[i];
    if (count > 0 && (count >= max_records || values + r.value.size() > max_bytes)) break;
    values += r.value.size();
    bytes += r.key.size() + r.value.size();
  }
  batch.buffer.reserve(bytes);  // the views below stay where they are
  for (std::size_t i = 0; i < count; ++i) {
    const Stored& r = c.records[static_cast<std::size_t>(from.value - c.start) + i];
    const std::size_t at = batch.buffer.size();
    batch.buffer.append(r.key).append(r.value);
    const std::string_view bytes_of(batch.buffer.data() + at, r.key.size() + r.value.size());
    batch.records.push_back({{tp.topic, tp.partition, from + static_cast<std::int64_t>(i)},
                             r.timestamp,
                             bytes_of.substr(0, r.key.size()),
                             bytes_of.substr(r.key.size()),
                             r.headers});
  }
  batch.next = from + static_cast<std::int64_t>(count);
  return {};
}

Result<Offset> MemoryLog::offset_at(TopicPartition tp, TimeMs time) const {
  std::lock_guard hold(mutex_);
  const Column& c = column(tp);
  const auto found =
      std::find_if(c.records.begin(), c.records.end(), [&](const Stored& r) { return r.timestamp >= time; });
  return Offset{c.start + (found - c.records.begin())};
}

Result<std::vector<Offset>> MemoryLog::append(const Frame& frame) {
  std::lock_guard hold(mutex_);
  if (refuse_append_) return *refuse_append_;
  for (const NewRecord& r : frame.records)
    INVARIANT("LG-4", index_.contains(r.to), "a record for no topic partition of this namespace");
  std::vector<Offset> offsets;
  offsets.reserve(frame.records.size());
  for (const NewRecord& r : frame.records) {
    Column& c = columns_[index_[r.to]];
    offsets.emplace_back(c.end());
    c.records.push_back({r.timestamp, std::string(r.key), std::string(r.value), r.headers});
  }
  for (const TaskPosition& p : frame.positions) now_.positions[p.inbox] = p;
  if (!frame.positions.empty()) now_.environment = frame.environment;
  ++now_.frames;
  return offsets;
}

void MemoryLog::write_after(std::function<Result<void>()> first) {
  std::lock_guard flushing(flush_mutex_);
  first_ = std::move(first);
}

Result<void> MemoryLog::flush() {
  std::lock_guard flushing(flush_mutex_);
  Moved moved;
  std::vector<std::int64_t> ends;
  {
    std::lock_guard hold(mutex_);
    moved = now_;
    for (const Column& c : columns_) ends.push_back(c.end());
  }
  if (first_)
    if (auto done = first_(); !done) return done;
  std::lock_guard hold(mutex_);
  if (refuse_flush_) return *refuse_flush_;
  flushed_ = std::move(moved);
  flushed_ends_ = std::move(ends);
  ++flushes_;
  return {};
}

std::optional<TaskPosition> MemoryLog::committed(TopicPartition inbox) const {
  std::lock_guard hold(mutex_);
  const auto found = now_.positions.find(inbox);
  if (found == now_.positions.end()) return std::nullopt;
  return found->second;
}

std::vector<TaskPosition> MemoryLog::all_committed() const {
  std::lock_guard hold(mutex_);
  std::vector<TaskPosition> all;
  for (const auto& [inbox, position] : now_.positions) all.push_back(position);
  return all;
}

std::string MemoryLog::environment() const {
  std::lock_guard hold(mutex_);
  return now_.environment;
}

Result<void> MemoryLog::drop_before(const std::function<Offset(TopicPartition)>& floor,
                                    std::optional<TimeMs> older_than) {
  std::vector<std::int64_t> floors;  // asked before the lock: who answers may look into this log
  for (std::size_t i = 0; i < index_.size(); ++i) floors.push_back(floor(index_.at(i)).value);
  std::lock_guard hold(mutex_);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& c = columns_[i];
    const std::int64_t below = std::min(floors[i], flushed_ends_[i]);
    while (c.start < below && (!older_than || c.records.front().timestamp < *older_than)) {
      c.records.pop_front();
      ++c.start;
    }
  }
  return {};
}

std::uint32_t MemoryLog::free_share() const {
  std::lock_guard hold(mutex_);
  return free_share_;
}

void MemoryLog::refuse_append(Fault fault) {
  std::lock_guard hold(mutex_);
  refuse_append_ = std::move(fault);
}
void MemoryLog::allow_append() {
  std::lock_guard hold(mutex_);
  refuse_append_.reset();
}
void MemoryLog::refuse_flush(Fault fault) {
  std::lock_guard hold(mutex_);
  refuse_flush_ = std::move(fault);
}
void MemoryLog::allow_flush() {
  std::lock_guard hold(mutex_);
  refuse_flush_.reset();
}
void MemoryLog::set_free_share(std::uint32_t basis_points) {
  std::lock_guard hold(mutex_);
  free_share_ = basis_points;
}

void MemoryLog::crash() {
  std::lock_guard hold(mutex_);
  for (std::size_t i = 0; i < columns_.size(); ++i)
    columns_[i].records.resize(static_cast<std::size_t>(flushed_ends_[i] - columns_[i].start));
  now_ = flushed_;
}

std::uint64_t MemoryLog::frames() const {
  std::lock_guard hold(mutex_);
  return now_.frames;
}
std::uint64_t MemoryLog::flushes() const {
  std::lock_guard hold(mutex_);
  return flushes_;
}

}  // namespace millrace::log
