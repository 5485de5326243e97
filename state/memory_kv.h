// The key-value port as a sorted map: the model that RocksDB is held against, and the store of tests.
//
//   auto disk = std::make_shared<MemoryDisk>();
//   auto space = TableSpace(std::make_unique<MemoryKv>(disk), 1 << 20);   // dropping the space is a crash of the process
//
// A MemoryDisk outlives the stores opened on it, as a folder does.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>

#include "state/kv.h"

namespace millrace::state {

struct MemoryDisk {
  using Rows = std::map<std::string, std::string, std::less<>>;

  std::mutex mutex;
  std::shared_ptr<Rows> rows = std::make_shared<Rows>();
  std::optional<Fault> refuse;     // test verb, under mutex: what apply() fails with while it is set
  std::optional<Fault> unreadable; // test verb: what the next read fails with
  bool held = false;               // test verb, under mutex: apply() takes its time while it is set
  bool full = false;               // test verb, under mutex: apply() begins and waits for room while it is set
  std::condition_variable released;
  std::atomic<std::uint64_t> gets = 0, iterators = 0, applies = 0;
};

class MemoryKv final : public Kv {
 public:
  explicit MemoryKv(std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>()) : disk_(std::move(disk)) {}

  bool get(std::string_view key, std::string& value) override;
  std::unique_ptr<KvIterator> iterate() override;
  std::unique_ptr<KvBatch> batch() override;
  using Kv::apply;
  Result<void> apply(KvBatch& batch, bool sync) override;
  std::optional<Fault> waiting() const override;
  void end_waiting() override;
  const std::optional<Fault>& fault() const override { return fault_; }
  Result<void> link_copy(const std::string& folder) override;
  std::uint64_t size_bytes() const override;

 private:
  std::shared_ptr<MemoryDisk> disk_;
  std::optional<Fault> fault_;
  bool waits_ = false, patient_ = true;  // under the disk's mutex
};

class MemoryLoader final : public KvLoader {
 public:
  explicit MemoryLoader(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}
  Result<void> add_run(const std::vector<Row>& rows) override;
  Result<void> finish() override;

 private:
  std::shared_ptr<MemoryDisk> disk_;
  MemoryDisk::Rows rows_;
};

}  // namespace millrace::state
