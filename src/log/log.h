// The log port: topics, partitions, offsets; read by fetch, written by frames. Behind it: the embedded journal
// (src/log/embedded), a memory log for tests (src/log/memory) and Apache Kafka (src/log/kafka). One contract suite,
// tests/contract/log_contract.h, runs on each.
//
// LG-1  A frame is one commit: its outputs and its task positions become visible and durable together or not at all.
// LG-2  Offsets of a topic partition rise and never change; start() moves only up (retention). The embedded and the
//       memory log leave none out; on Kafka transaction markers and aborted records take offsets that hold no record, so
//       a reader goes on from Batch::next, never from a count.
// LG-3  append() is visible to this process at once and in order; nothing that left the process (an answer, another
//       reader, an effect) may rest on it before flush() has given success.
// LG-4  A record names a topic partition of topics(); another one is a bug of the caller and ends the process.
// LG-5  No byte of a record is written before what write_after() was given has succeeded, called after the record's append():
//       so what it makes durable (keys) is durable before any record that needs it, whoever flushes, and whenever.
//
// Threads: any thread may call any function. Appends are taken one after another; a flush covers every append that
// returned before the flush began. Each Batch belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/record.h"
#include "core/result.h"

namespace millrace::log {

// A task is a stage on one partition of its inbox; the id is the inbox partition, since an inbox has one stage.
struct TaskPosition {
  TopicPartition inbox;
  std::int64_t next = 0;       // next offset to fold
  std::uint64_t cursor = 0;    // next ordinal when the record at `next` was folded in part; else 0
  std::uint64_t digest = 0;    // cumulative digest of the task's outputs up to here
  TimeMs now_ms = 0;
  std::uint64_t folded = 0, duplicates = 0, ignored = 0, dead_letters = 0, forwarded = 0;  // law 7, cumulative

  friend bool operator==(const TaskPosition&, const TaskPosition&) = default;
};

// The loader of a history namespace is a task whose "inbox" is history.in.

// One commit: what several tasks put out in a round and how far they have folded. Records of one topic partition are
// appended in the order in which they stand here. Either list may be empty: a producer's frame moves no task, and a
// round may fold records without an output.
struct Frame {
  std::vector<TaskPosition> positions;
  std::vector<NewRecord> records;  // views stay valid until append() returns
  std::string environment;         // hash of what the folds needed from outside; read only when positions move
};

// Records of one fetch; the vector and the buffer are reused from fetch to fetch. The views of `records` are valid
// until the next fetch into this batch or its end, also when the log is closed or has dropped the records meanwhile.
struct Batch {
  std::vector<Record> records;
  Offset next;         // where to go on: past the last record, and past offsets that hold none
  std::string buffer;  // owner of the bytes when the log cannot lend views
  std::shared_ptr<const void> lease;  // keeps lent memory (a mapped segment) alive
};

// The reading half: what tail, re-folds and proofs need.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual const TopicTable& topics() const = 0;

  virtual Offset start(TopicPartition tp) const = 0;
  virtual Offset end(TopicPartition tp) const = 0;  // one past the last record visible to this process
  // Fills `batch` (after clearing it) with the records from `from` on: at least one if there is one, and as many as
  // there are until max_records or, after the first, max_bytes of values. Empty at end(); `batch.next` is above `from`
  // unless `from` is the end, also where only offsets without a record follow.
  // Fails: out_of_range when `from` lies before start() or after end(); corrupt.
  virtual Result<void> fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes,
                             Batch& batch) const = 0;
  // The first offset whose timestamp is >= `time`; end() when there is none. Timestamps need not rise. Fails: corrupt.
  virtual Result<Offset> offset_at(TopicPartition tp, TimeMs time) const = 0;
  // This partition will not be read on soon: what was fetched ahead of it may go.
  virtual void release(TopicPartition) const {}
};

class Log : public Reader {
 public:
  // Appends a frame. Gives the offset of each record, in order. Fails: disk_full (retry: nothing was appended), io.
  virtual Result<std::vector<Offset>> append(const Frame& frame) = 0;
  // Called by every flush that has something to write, when that is noted and before any of it is written (LG-5). Its fault is
  // the flush's. Needs: set before the first append.
  virtual void write_after(std::function<Result<void>()> first) = 0;
  // Makes everything appended so far durable (as configured) and visible to other processes. Fails: disk_full (retry:
  // what was appended stays pending and the next flush writes it), io.
  virtual Result<void> flush() = 0;
  // A flush that survives a power loss, however durability is configured.
  virtual Result<void> sync() { return flush(); }
  // Makes what earlier flushes covered survive a power loss, and writes nothing that none did. A checkpoint stands on
  // it. Flushes and appends of other threads go on meanwhile. Fails: io.
  virtual Result<void> harden() { return {}; }

  // The last committed position of a task; nullopt when it never committed.
  virtual std::optional<TaskPosition> committed(TopicPartition inbox) const = 0;
  virtual std::vector<TaskPosition> all_committed() const = 0;  // ordered by inbox
  // The environment of the last frame that moved a task; empty on a new log.
  virtual std::string environment() const = 0;

  // Drops old records: none at or above `floor` of its topic partition, none stamped at or after `older_than` when
  // that is given. A log drops in units of its own, so start() may stay below the floor.
  virtual Result<void> drop_before(const std::function<Offset(TopicPartition)>& floor,
                                   std::optional<TimeMs> older_than) {
    (void)floor, (void)older_than;
    return {};
  }
  // Free space where the log lies, in basis points of the whole; 10000 where it has no bound.
  virtual std::uint32_t free_share() const { return 10000; }
};

}  // namespace millrace::log
