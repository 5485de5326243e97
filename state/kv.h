// The ordered key-value port under all state: RocksDB in production (state/rocksdb.cpp), a sorted map beside it for
// tests (state/memory_kv.cpp). One store belongs to one task; keys are bytes in memcmp order.
//
// KV-1  apply() is atomic and is the only writer; what it acknowledged survives a crash of the process, and of the
//       machine when `sync` was set.
#pragma once

#include <functional>
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

class KvIterator {
 public:
  virtual ~KvIterator() = default;
  virtual void seek(std::string_view key) = 0;  // first key >= `key`
  virtual bool valid() const = 0;
  virtual void next() = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
};

class Kv {
 public:
  virtual ~Kv() = default;
  // False when there is no such key. `value` is overwritten.
  virtual bool get(std::string_view key, std::string& value) = 0;
  virtual std::unique_ptr<KvIterator> iterate() = 0;
  virtual Result<void> apply(const std::vector<KvWrite>& writes, bool sync) = 0;
  // A hard-linked copy of the store as it stands, for epochs and tests. Fails where the port cannot (memory).
  virtual Result<void> link_copy(const std::string& folder) = 0;
  // Bytes on disk, roughly.
  virtual std::uint64_t size_bytes() const = 0;
};

}  // namespace millrace::state
