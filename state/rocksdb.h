// State on disk: RocksDB behind the key-value port. With waiting_files.h the only place that knows RocksDB.
//
//   RocksEnvironment rocks({});                       // one per process: cache, write buffers and threads for all stores
//   auto kv = rocks.open("data/state/score-3");
//   if (!kv) return kv.fault();
//
// RK-1  All stores of a process share one block cache, one write-buffer budget and one thread pool.
// RK-2  A damaged file is a Fault `corrupt`, when the store is opened or when the damage is read; never a wrong row.
//       The one exception is the write-ahead log: a store whose log is torn or damaged opens at the last checkpoint
//       before the damage, as after a power cut, and the rest is folded again from the record log.
// RK-3  On a full disk apply() fails disk_full before RocksDB has seen the batch; what RocksDB writes in the background
//       waits (waiting_files.h). So the store works on as soon as there is space.
//
// RK-4  load() builds its store beside the folder and moves it there when it is whole.
//
// Faults: corrupt (fatal), disk_full (retry), locked (fatal: another process has it), io (fatal). Each message names
// the folder and what to do; what mends a damaged one is its owner's affair. Nothing is synced to the device unless apply() is told to.
// Tests: tests/contract/kv_test.cpp, tests/integration/kill9.sh, tests/integration/full_disk.sh
#pragma once

#include "state/kv.h"

namespace millrace::state {

struct RocksLimits {
  std::size_t block_cache_bytes = 64u << 20;    // holds index and filter blocks too
  std::size_t write_buffer_bytes = 64u << 20;   // of all stores together
  std::size_t store_buffer_bytes = 8u << 20;    // of one store, before it is flushed
  int background_threads = 2;
};

class RocksEnvironment {
 public:
  explicit RocksEnvironment(RocksLimits limits);
  ~RocksEnvironment();
  RocksEnvironment(const RocksEnvironment&) = delete;
  RocksEnvironment& operator=(const RocksEnvironment&) = delete;

  // Opens the store in `folder`, made when absent (its parent must exist). Stores may outlive the environment.
  // Makes a store in `folder` from sorted runs, in place of one that is there. Fails: io. It keeps the environment alive.
  Result<std::unique_ptr<KvLoader>> load(const std::string& folder);
  // `mend`: what to do about damage.
  Result<std::unique_ptr<Kv>> open(const std::string& folder, std::string_view mend = kFoldAgain);
  // Opens a store that another process may have open and write, to be read as it is now. `own_folder` is for what RocksDB
  // writes of its own. apply() fails.
  Result<std::unique_ptr<Kv>> open_beside(const std::string& folder, const std::string& own_folder, std::string_view mend = kFoldAgain);
  static constexpr std::string_view kFoldAgain = "Check the disk, then remove this folder: state is folded again from the log";
  // Bytes held in the shared block cache, and in write buffers.
  std::size_t cache_bytes() const;
  std::size_t write_buffer_bytes() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace millrace::state
