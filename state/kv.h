// The ordered key-value port under all state: RocksDB in production (state/rocksdb.h), a sorted map beside it for
// tests (state/memory_kv.h). One store belongs to one task; keys are bytes in memcmp order.
//
//   auto batch = kv.batch();
//   batch->put("a", "1");
//   batch->erase("b");
//   if (auto done = kv.apply(*batch, false); !done) return done.fault();
//
// Threads  one task; but apply() may run on another thread while the task reads.
//
// KV-1  apply() is atomic and is the only writer; what it acknowledged survives a crash of the process, and of the
//       machine when `sync` was set.
// KV-2  A read that failed answers as if there were nothing and leaves its fault in fault(), for good: whoever reads
//       looks there before anything that stands on what was read becomes durable.
// KV-3  An iterator sees the store as it stood when it was made.
// Tests: tests/contract/kv_test.cpp (both), tests/integration/kill9.sh (RocksDB)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace millrace::state {

struct KvWrite {
  std::string key;
  std::optional<std::string> value;  // nullopt: delete
};

// Writes that become visible together, in the order in which they were added: the last word on a key counts.
class KvBatch {
 public:
  virtual ~KvBatch() = default;
  virtual void put(std::string_view key, std::string_view value) = 0;
  virtual void erase(std::string_view key) = 0;
  // All keys in [first, last), those put earlier in this batch included.
  virtual void erase_range(std::string_view first, std::string_view last) = 0;
  virtual std::size_t bytes() const = 0;
  // Adds what stands here to another one, in order.
  virtual void replay(KvBatch& into) const = 0;
};

// Not valid until the first seek(). Must not outlive its store.
class KvIterator {
 public:
  virtual ~KvIterator() = default;
  virtual void seek(std::string_view key) = 0;  // first key >= `key`
  virtual bool valid() const = 0;               // false at the end, and after a failed read (Kv::fault)
  virtual void next() = 0;
  virtual std::string_view key() const = 0;     // until the iterator moves
  virtual std::string_view value() const = 0;
};

class Kv {
 public:
  virtual ~Kv() = default;
  // False when there is no such key. `value` is overwritten when there is.
  virtual bool get(std::string_view key, std::string& value) = 0;
  virtual std::unique_ptr<KvIterator> iterate() = 0;
  // A batch of this store's own kind.
  virtual std::unique_ptr<KvBatch> batch() = 0;
  // Fails: disk_full (retry: nothing was written, the batch may be applied again), corrupt, io.
  virtual Result<void> apply(KvBatch& batch, bool sync) = 0;
  Result<void> apply(const std::vector<KvWrite>& writes, bool sync) {
    auto all = batch();
    for (const auto& write : writes) {
      if (write.value) all->put(write.key, *write.value);
      else all->erase(write.key);
    }
    return apply(*all, sync);
  }
  // Why a write that has begun cannot go on for now (disk_full); it goes on by itself. Any thread may ask.
  virtual std::optional<Fault> waiting() const { return {}; }
  // From now on such a write fails instead, and the store may refuse every later one: before it goes. Any thread.
  virtual void end_waiting() {}
  // Puts what apply() acknowledged on stable storage. Fails: io.
  virtual Result<void> sync() { return {}; }
  // The first read that failed.
  virtual const std::optional<Fault>& fault() const = 0;
  // A hard-linked copy of the store as it stands, for epochs and tests. Fails where the port cannot (memory).
  virtual Result<void> link_copy(const std::string& folder) = 0;
  // Bytes on disk, roughly.
  virtual std::uint64_t size_bytes() const = 0;
};

// A new store, made from sorted runs of rows without going through its log.
//
//   for (...) if (auto added = loader.add_run(rows); !added) return added;
//   if (auto made = loader.finish(); !made) return made;         // now it can be opened
//
// KV-4  finish() puts the new store in the place of one that was there before, which nobody may have open; without it
//       nothing has changed. What a crash leaves is the old store, none, or the new one.
class KvLoader {
 public:
  struct Row {
    std::string_view key;
    std::optional<std::string_view> value;  // nullopt: no such row, whatever earlier runs said
  };
  virtual ~KvLoader() = default;
  // Rows in rising key order, each key once. A later run overwrites earlier ones. Fails: disk_full (retry), io.
  virtual Result<void> add_run(const std::vector<Row>& rows) = 0;
  virtual Result<void> finish() = 0;
};

}  // namespace millrace::state
