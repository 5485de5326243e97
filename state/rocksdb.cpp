#include "state/rocksdb.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <atomic>
#include <filesystem>

#include "state/waiting_files.h"

namespace millrace::state {
namespace {

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// A store's folder, and what its owner does when it is damaged.
struct Home {
  std::string folder, mend;
};

Fault fault_of(const rocksdb::Status& status, std::string_view doing, const Home& home) {
  const std::string what = std::string(doing) + " the store in " + home.folder + ": " + status.ToString() + ". ";
  if (status.IsNoSpace()) return retryable("disk_full", what + "Free space on this disk; the same work is tried again");
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos)
    return fatal("locked", what + "Another process has this folder open; stop it, or ask it through its socket");
  if (status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument() ||
      (status.IsIOError() && status.subcode() == rocksdb::Status::kPathNotFound))
    return fatal("corrupt", what + home.mend);
  return fatal("io", what + "Check the disk and the permissions of this folder, then start again");
}

class RocksBatch final : public KvBatch {
 public:
  explicit RocksBatch(std::size_t bytes) : batch(bytes) {}
  void put(std::string_view key, std::string_view value) override { batch.Put(slice(key), slice(value)); }
  void erase(std::string_view key) override { batch.Delete(slice(key)); }
  void erase_range(std::string_view first, std::string_view last) override {
    if (first >= last) return;
    batch.DeleteRange(slice(first), slice(last));
    ranges.emplace_back(first, last);
  }
  std::size_t bytes() const override { return batch.GetDataSize(); }
  void replay(KvBatch& into) const override {
    struct Player final : rocksdb::WriteBatch::Handler {
      explicit Player(KvBatch& batch) : into(batch) {}
      rocksdb::Status PutCF(std::uint32_t, const rocksdb::Slice& key, const rocksdb::Slice& value) override {
        into.put(view(key), view(value));
        return {};
      }
      rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice& key) override {
        into.erase(view(key));
        return {};
      }
      rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice& first, const rocksdb::Slice& last) override {
        into.erase_range(view(first), view(last));
        return {};
      }
      KvBatch& into;
    } player(into);
    (void)batch.Iterate(&player);
  }

  rocksdb::WriteBatch batch;
  std::vector<std::pair<std::string, std::string>> ranges;
};

class RocksIterator final : public KvIterator {
 public:
  RocksIterator(std::unique_ptr<rocksdb::Iterator> it, const Home& home, std::optional<Fault>& fault)
      : it_(std::move(it)), home_(home), fault_(fault) {}
  void seek(std::string_view key) override {
    it_->Seek(slice(key));
    check();
  }
  bool valid() const override { return it_->Valid(); }
  void next() override {
    it_->Next();
    check();
  }
  std::string_view key() const override { return view(it_->key()); }
  std::string_view value() const override { return view(it_->value()); }

 private:
  void check() {
    if (!it_->Valid() && !it_->status().ok() && !fault_) fault_ = fault_of(it_->status(), "reading", home_);
  }
  std::unique_ptr<rocksdb::Iterator> it_;
  const Home& home_;
  std::optional<Fault>& fault_;
};

}  // namespace

namespace {

// RocksDB's own log says nothing that a Status does not, and its writer aborts the process once its disk was full.
class NoLog final : public rocksdb::Logger {
 public:
  NoLog() : Logger(rocksdb::InfoLogLevel::HEADER_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace

// A filter block is close to a megabyte in a large store; of many small shards it would push all else out.
constexpr int kCacheShardBits = 2;

struct RocksEnvironment::Shared {
  explicit Shared(const RocksLimits& limits)
      : cache(rocksdb::NewLRUCache(limits.block_cache_bytes, kCacheShardBits)),
        buffers(std::make_shared<rocksdb::WriteBufferManager>(limits.write_buffer_bytes)) {
    auto* env = rocksdb::Env::Default();
    env->SetBackgroundThreads(limits.background_threads, rocksdb::Env::LOW);
    env->SetBackgroundThreads(1, rocksdb::Env::HIGH);
    (void)env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow);  // merges give way to folding

    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.block_size = 8 << 10;
    table.cache_index_and_filter_blocks = true;
    table.cache_index_and_filter_blocks_with_high_priority = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    table.checksum = rocksdb::kXXH3;  // CRC32C runs in software in Debian's package

    options.create_if_missing = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.write_buffer_manager = buffers;
    options.write_buffer_size = limits.store_buffer_bytes;
    // Of a buffer's first block all stores together have some eighty, and they count as filled.
    options.arena_block_size = 64 << 10;
    options.writable_file_max_buffer_size = 64 << 10;  // some fifty logs each keep a buffer, which would grow to a megabyte
    options.max_background_jobs = limits.background_threads + 1;
    options.compression = rocksdb::kLZ4Compression;
    // What is flushed is soon merged: it is compressed when it leaves the first level.
    options.compression_per_level = {rocksdb::kNoCompression, rocksdb::kLZ4Compression};
    // Rows that are hot are rewritten at each checkpoint: twice as many files before they are merged halves that work,
    // and a look-up asks the filters of the files and of the buffer first.
    options.level0_file_num_compaction_trigger = 8;
    options.memtable_prefix_bloom_size_ratio = 0.01;  // of each of some eighty buffers
    options.memtable_whole_key_filtering = true;
    // Few rows are hot, and they lie anywhere: merged by levels, each merge writes a whole store anew for them. (At a million
    // leads with 50,000 active that was 10 to 17 KB a fact; sorted runs of like size are merged at 3 KB.)
    options.compaction_style = rocksdb::kCompactionStyleUniversal;
    options.paranoid_checks = true;
    options.allow_fallocate = false;  // many small stores: what each would set aside for itself is a disk full
    // A torn or damaged log ends at the checkpoint before the damage (RK-2).
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    options.max_open_files = -1;  // opens and checks every table file's footer at the start
    options.skip_stats_update_on_db_open = true;
    // Timers and queues leave tombstones at the front of a table; files full of them are compacted early.
    options.table_properties_collector_factories.push_back(
        rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048));
    // Many small stores live in one process: no statistics threads, no log files.
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    options.info_log = std::make_shared<NoLog>();
  }
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> buffers;
  rocksdb::Options options;
};

namespace {

constexpr std::size_t kRoomBytes = 64 << 10;  // what a write needs beside its bytes

class RocksKv final : public Kv {
 public:
  RocksKv(std::unique_ptr<rocksdb::DB> db, Home home, std::shared_ptr<WaitingFiles> files,
          std::unique_ptr<rocksdb::Env> env, std::shared_ptr<void> shared)
      : shared_(std::move(shared)), home_(std::move(home)), files_(std::move(files)), env_(std::move(env)), db_(std::move(db)) {}
  ~RocksKv() override { files_->give_up(); }

  bool get(std::string_view key, std::string& value) override {
    const auto status = db_->Get(read_, slice(key), &value);
    if (status.ok()) return true;
    if (!status.IsNotFound() && !fault_) fault_ = fault_of(status, "reading", home_);
    return false;
  }
  std::unique_ptr<KvIterator> iterate() override {
    return std::make_unique<RocksIterator>(std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(read_)), home_, fault_);
  }
  std::unique_ptr<KvBatch> batch() override { return std::make_unique<RocksBatch>(expected_.load(std::memory_order_relaxed)); }

  using Kv::apply;
  Result<void> apply(KvBatch& batch, bool sync) override {
    auto& rocks = static_cast<RocksBatch&>(batch);
    if (!files_->has_room(2 * rocks.bytes() + kRoomBytes))
      return fault_of(rocksdb::Status::NoSpace(), "writing", home_);
    expected_.store(rocks.bytes() + rocks.bytes() / 8, std::memory_order_relaxed);
    rocksdb::WriteOptions options;
    options.sync = sync;
    if (const auto status = db_->Write(options, &rocks.batch); !status.ok()) return fault_of(status, "writing", home_);
    // What a range held is gone for readers; whole files of it are given back at once, the rest by compaction.
    for (const auto& [first, last] : rocks.ranges) {
      const rocksdb::Slice from(first), to(last);
      (void)rocksdb::DeleteFilesInRange(db_.get(), db_->DefaultColumnFamily(), &from, &to, false);
    }
    return {};
  }
  Result<void> sync() override {
    if (const auto status = db_->FlushWAL(true); !status.ok()) return fault_of(status, "syncing", home_);
    return {};
  }
  std::optional<Fault> waiting() const override {
    if (!files_->waiting()) return {};
    return fault_of(rocksdb::Status::NoSpace(), "writing", home_);
  }
  void end_waiting() override { files_->give_up(); }
  const std::optional<Fault>& fault() const override { return fault_; }

  Result<void> link_copy(const std::string& folder) override {
    rocksdb::Checkpoint* raw = nullptr;
    auto status = rocksdb::Checkpoint::Create(db_.get(), &raw);
    const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
    if (status.ok()) status = checkpoint->CreateCheckpoint(folder);
    if (!status.ok()) return fault_of(status, "copying to " + folder, home_);
    return {};
  }
  std::uint64_t size_bytes() const override {
    std::uint64_t files = 0, memory = 0;
    db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &files);
    db_->GetIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &memory);
    return files + memory;
  }

 private:
  std::shared_ptr<void> shared_;
  Home home_;
  std::optional<Fault> fault_;
  rocksdb::ReadOptions read_;
  std::atomic<std::size_t> expected_ = 0;  // bytes of the next batch: about those of the last
  std::shared_ptr<WaitingFiles> files_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

RocksEnvironment::RocksEnvironment(RocksLimits limits) : shared_(std::make_shared<Shared>(limits)) {}
RocksEnvironment::~RocksEnvironment() = default;

Result<std::unique_ptr<Kv>> RocksEnvironment::open(const std::string& folder, std::string_view mend) {
  Home home{folder, std::string(mend)};
  auto files = std::make_shared<WaitingFiles>(folder);
  auto env = rocksdb::NewCompositeEnv(files);
  rocksdb::Options options = shared_->options;
  options.env = env.get();
  rocksdb::DB* db = nullptr;
  files->give_up();  // a start on a full disk is told, not waited out
  const auto status = rocksdb::DB::Open(options, folder, &db);
  files->give_up(false);
  if (!status.ok()) return fault_of(status, "opening", home);
  return std::unique_ptr<Kv>(
      std::make_unique<RocksKv>(std::unique_ptr<rocksdb::DB>(db), std::move(home), std::move(files), std::move(env), shared_));
}

Result<std::unique_ptr<Kv>> RocksEnvironment::open_beside(const std::string& folder, const std::string& own_folder, std::string_view mend) {
  Home home{folder, std::string(mend)};
  auto files = std::make_shared<WaitingFiles>(own_folder);
  auto env = rocksdb::NewCompositeEnv(files);
  rocksdb::Options options = shared_->options;
  options.env = env.get();
  options.create_if_missing = false;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::OpenAsSecondary(options, folder, own_folder, &db);
  if (!status.ok()) return fault_of(status, "opening", home);
  return std::unique_ptr<Kv>(
      std::make_unique<RocksKv>(std::unique_ptr<rocksdb::DB>(db), std::move(home), std::move(files), std::move(env), shared_));
}

// Table files of sorted runs, taken in by a new store. A full disk is told, not waited out.
class RocksLoader final : public KvLoader {
 public:
  RocksLoader(std::string folder, rocksdb::Options options, std::shared_ptr<void> shared)
      : shared_(std::move(shared)), folder_(std::move(folder)), beside_(folder_ + ".loading"), options_(std::move(options)) {}
  ~RocksLoader() override { remove(beside_); }

  Result<void> begin() {
    remove(beside_);
    std::error_code failed;
    std::filesystem::create_directories(beside_ + "/runs", failed);
    if (failed) return fatal("io", "cannot make the folder " + beside_ + ": " + failed.message() + ". Check the disk and its permissions");
    return {};
  }
  Result<void> add_run(const std::vector<Row>& rows) override {
    if (rows.empty()) return {};
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options_);
    files_.push_back(beside_ + "/runs/" + std::to_string(files_.size()) + ".sst");
    auto status = writer.Open(files_.back());
    for (const Row& row : rows) {
      if (!status.ok()) break;
      status = row.value ? writer.Put(slice(row.key), slice(*row.value)) : writer.Delete(slice(row.key));
    }
    if (status.ok()) status = writer.Finish();
    if (!status.ok()) return fault_of(status, "restoring", Home{folder_, std::string(RocksEnvironment::kFoldAgain)});
    return {};
  }
  Result<void> finish() override {
    {
      rocksdb::DB* raw = nullptr;
      auto status = rocksdb::DB::Open(options_, beside_ + "/store", &raw);
      const std::unique_ptr<rocksdb::DB> db(raw);
      rocksdb::IngestExternalFileOptions how;
      how.move_files = true;
      for (const std::string& file : files_)  // one after the other: what is later overwrites
        if (status.ok()) status = db->IngestExternalFile({file}, how);
      if (!status.ok()) return fault_of(status, "restoring", Home{folder_, std::string(RocksEnvironment::kFoldAgain)});
    }
    remove(folder_);
    std::error_code failed;
    std::filesystem::rename(beside_ + "/store", folder_, failed);
    if (failed) return fatal("io", "cannot move the restored state to " + folder_ + ": " + failed.message());
    return {};
  }

 private:
  static void remove(const std::string& folder) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  std::shared_ptr<void> shared_;
  const std::string folder_, beside_;
  const rocksdb::Options options_;
  std::vector<std::string> files_;
};

Result<std::unique_ptr<KvLoader>> RocksEnvironment::load(const std::string& folder) {
  auto loader = std::make_unique<RocksLoader>(folder, shared_->options, shared_);
  if (auto begun = loader->begin(); !begun) return begun.fault();
  return std::unique_ptr<KvLoader>(std::move(loader));
}

std::size_t RocksEnvironment::cache_bytes() const { return shared_->cache->GetUsage(); }
std::size_t RocksEnvironment::write_buffer_bytes() const { return shared_->buffers->memory_usage(); }

}  // namespace millrace::state
