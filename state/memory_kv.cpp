#include "state/memory_kv.h"

namespace millrace::state {
namespace {

struct MemoryWrite {
  enum class Kind { put, erase, erase_range } kind;
  std::string key, other;  // value, or end of the range
};

class MemoryBatch final : public KvBatch {
 public:
  void put(std::string_view key, std::string_view value) override {
    add({MemoryWrite::Kind::put, std::string(key), std::string(value)});
  }
  void erase(std::string_view key) override { add({MemoryWrite::Kind::erase, std::string(key), {}}); }
  void erase_range(std::string_view first, std::string_view last) override {
    add({MemoryWrite::Kind::erase_range, std::string(first), std::string(last)});
  }
  std::size_t bytes() const override { return bytes_; }

  void replay(KvBatch& into) const override {
    for (const auto& write : writes_) {
      switch (write.kind) {
        case MemoryWrite::Kind::put: into.put(write.key, write.other); break;
        case MemoryWrite::Kind::erase: into.erase(write.key); break;
        case MemoryWrite::Kind::erase_range: into.erase_range(write.key, write.other); break;
      }
    }
  }

  void play(MemoryDisk::Rows& rows) const {
    for (const auto& write : writes_) {
      switch (write.kind) {
        case MemoryWrite::Kind::put: rows.insert_or_assign(write.key, write.other); break;
        case MemoryWrite::Kind::erase: rows.erase(write.key); break;
        case MemoryWrite::Kind::erase_range:
          if (write.key < write.other) rows.erase(rows.lower_bound(write.key), rows.lower_bound(write.other));
          break;
      }
    }
  }

 private:
  void add(MemoryWrite write) {
    bytes_ += write.key.size() + write.other.size();
    writes_.push_back(std::move(write));
  }
  std::vector<MemoryWrite> writes_;
  std::size_t bytes_ = 0;
};

class MemoryIterator final : public KvIterator {
 public:
  explicit MemoryIterator(std::shared_ptr<const MemoryDisk::Rows> rows) : rows_(std::move(rows)), at_(rows_->end()) {}
  void seek(std::string_view key) override { at_ = rows_->lower_bound(key); }
  bool valid() const override { return at_ != rows_->end(); }
  void next() override { ++at_; }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }

 private:
  std::shared_ptr<const MemoryDisk::Rows> rows_;
  MemoryDisk::Rows::const_iterator at_;
};

Fault no_room() { return retryable("disk_full", "the store in memory is told to be full"); }

}  // namespace

bool MemoryKv::get(std::string_view key, std::string& value) {
  const std::lock_guard lock(disk_->mutex);
  ++disk_->gets;
  if (disk_->unreadable) {
    if (!fault_) fault_ = disk_->unreadable;
    return false;
  }
  const auto at = disk_->rows->find(key);
  if (at == disk_->rows->end()) return false;
  value = at->second;
  return true;
}

std::unique_ptr<KvIterator> MemoryKv::iterate() {
  const std::lock_guard lock(disk_->mutex);
  ++disk_->iterators;
  if (disk_->unreadable) {
    if (!fault_) fault_ = disk_->unreadable;
    return std::make_unique<MemoryIterator>(std::make_shared<MemoryDisk::Rows>());
  }
  return std::make_unique<MemoryIterator>(disk_->rows);
}

Result<void> MemoryLoader::add_run(const std::vector<Row>& rows) {
  const std::lock_guard lock(disk_->mutex);
  if (disk_->refuse) return *disk_->refuse;
  for (const Row& row : rows) {
    if (row.value) rows_.insert_or_assign(std::string(row.key), std::string(*row.value));
    else rows_.erase(std::string(row.key));
  }
  return {};
}

Result<void> MemoryLoader::finish() {
  const std::lock_guard lock(disk_->mutex);
  if (disk_->refuse) return *disk_->refuse;
  disk_->rows = std::make_shared<MemoryDisk::Rows>(std::move(rows_));
  return {};
}

std::unique_ptr<KvBatch> MemoryKv::batch() { return std::make_unique<MemoryBatch>(); }

std::optional<Fault> MemoryKv::waiting() const {
  const std::lock_guard lock(disk_->mutex);
  return waits_ ? std::optional(no_room()) : std::nullopt;
}

void MemoryKv::end_waiting() {
  const std::lock_guard lock(disk_->mutex);
  patient_ = false;
  disk_->released.notify_all();
}

Result<void> MemoryKv::apply(KvBatch& batch, bool) {
  std::unique_lock lock(disk_->mutex);
  waits_ = disk_->full;
  disk_->released.wait(lock, [this] { return !disk_->held && (!disk_->full || !patient_); });
  waits_ = false;
  if (disk_->full) return no_room();
  if (disk_->refuse) return *disk_->refuse;
  // KV-3: whoever iterates keeps the rows that it started with.
  if (disk_->rows.use_count() > 1) disk_->rows = std::make_shared<MemoryDisk::Rows>(*disk_->rows);
  static_cast<MemoryBatch&>(batch).play(*disk_->rows);
  ++disk_->applies;
  return {};
}

Result<void> MemoryKv::link_copy(const std::string&) {
  return fatal("unsupported", "a store in memory has no files to link; open a state folder instead");
}

std::uint64_t MemoryKv::size_bytes() const {
  const std::lock_guard lock(disk_->mutex);
  std::uint64_t bytes = 0;
  for (const auto& [key, value] : *disk_->rows) bytes += key.size() + value.size();
  return bytes;
}

}  // namespace millrace::state
