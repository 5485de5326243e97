// Opening, closing, retention; appending stands in append.cpp, flushing in flush.cpp.
#include "log/embedded/journal.h"

#include <random>

#include "core/hash.h"
#include "log/embedded/recovery.h"

namespace millrace::log {

static std::string random_id() {
  std::random_device device;
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    const std::uint32_t word = device();
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(word >> shift));
  }
  return hex(bytes, 32);
}

EmbeddedLog::EmbeddedLog(FileLayer& files, std::string folder, Namespace ns, const EmbeddedOptions& options,
                         FolderLock lock, MarkFile mark)
    : files_(files),
      folder_(std::move(folder)),
      namespace_(std::move(ns)),
      durability_(options.durability.value_or(namespace_.durability)),
      segment_bytes_(options.segment_bytes),
      salt_(salt_of(namespace_.id)),
      lock_(std::move(lock)),
      catalog_(namespace_.topics, salt_),
      encoder_(catalog_.index(), salt_),
      pool_(std::make_shared<SlabPool>()),
      mark_(std::move(mark)) {}

EmbeddedLog::~EmbeddedLog() = default;

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::create(const std::string& folder, Namespace ns,
                                                         const EmbeddedOptions& options) {
  FileLayer& files = options.files ? *options.files : real_files();
  if (const int error = files.make_folder(folder); error < 0) return io_fault("make", folder, error);
  auto lock = FolderLock::take(folder);
  if (!lock) return lock.fault();
  if (ns.id.empty()) ns.id = random_id();
  if (auto made = create_namespace(files, folder, ns); !made) return made.fault();
  return open_locked(files, folder, std::move(ns), options, *std::move(lock));
}

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(const std::string& folder, const EmbeddedOptions& options) {
  FileLayer& files = options.files ? *options.files : real_files();
  auto ns = load_namespace(files, folder);  // first: a folder that is no log gets no lock file
  if (!ns) return ns.fault();
  auto lock = FolderLock::take(folder);
  if (!lock) return lock.fault();
  return open_locked(files, folder, *std::move(ns), options, *std::move(lock));
}

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open_locked(FileLayer& files, const std::string& folder,
                                                              Namespace ns, const EmbeddedOptions& options,
                                                              FolderLock lock) {
  auto mark = MarkFile::open_to_write(files, folder);
  if (!mark) return mark.fault();
  std::unique_ptr<EmbeddedLog> log(
      new EmbeddedLog(files, folder, std::move(ns), options, std::move(lock), *std::move(mark)));
  if (auto recovered = log->recover(); !recovered) return recovered.fault();
  return log;
}

Result<void> EmbeddedLog::recover() {
  auto loaded = load_segments(files_, folder_, catalog_, mark_.read(), Access::write);
  if (!loaded) return loaded.fault();
  notes_ = std::move(loaded->notes);
  next_number_ = loaded->last_number + 1;
  ends_ = catalog_.now().ends;
  durable_ = loaded->durable;
  folder_unsynced_ = true;
  for (const auto& segment : catalog_.segments())
    if (segment->last_number > loaded->durable) unsynced_.push_back(segment);
  if (!catalog_.segments().empty() && !catalog_.segments().back()->sealed)  // a fetch maps it when this fails
    (void)catalog_.segments().back()->keep_mapped(segment_bytes_);
  // A frame may have been written by a process that ended before it had synced it: nothing may rest on it until then.
  if (durability_ == Durability::fsync) {
    if (auto synced = sync_written(); !synced) return synced;
    durable_ = loaded->last_number;
  }
  return publish(loaded->last_number, durable_);
}

Result<void> EmbeddedLog::close() {
  if (auto synced = sync(); !synced) return synced;
  return mark_.sync();
}

Result<void> EmbeddedLog::check() const {
  std::vector<std::shared_ptr<Segment>> segments;
  {
    std::shared_lock hold(catalog_.mutex());
    segments.assign(catalog_.segments().begin(), catalog_.segments().end());
  }
  for (const auto& segment : segments) {
    if (segment->trusted) continue;
    auto bytes = segment->bytes(0);
    if (!bytes) return bytes.fault();
    for (std::uint64_t at = 0; at < bytes->size;) {
      const std::string_view rest = bytes->view().substr(at);
      const auto head = read_block_head(rest, salt_);
      if (!head || head->length > rest.size() || !block_is_whole(rest.substr(0, head->length), salt_))
        return damaged(segment->path, at, "a block is not whole");
      at += head->length;
    }
  }
  return {};
}

Result<void> EmbeddedLog::drop_before(const std::function<Offset(TopicPartition)>& floor,
                                      std::optional<TimeMs> older_than) {
  std::vector<std::int64_t> floors;
  for (std::size_t i = 0; i < catalog_.index().size(); ++i) floors.push_back(floor(catalog_.index().at(i)).value);
  std::lock_guard flushing(flush_mutex_);
  for (bool synced = false;; synced = true) {
    std::shared_ptr<Segment> first;
    {
      std::shared_lock hold(catalog_.mutex());
      if (catalog_.segments().size() < 2 || catalog_.segments()[1]->written == 0) return {};
      first = catalog_.segments().front();
      for (const Column& column : first->columns)
        if (column.end > floors[column.partition] || (older_than && column.highest >= *older_than)) return {};
    }
    // What stays must stand on the disk before what carried its start goes.
    if (!synced)
      if (auto done = sync_written(); !done) return done;
    const auto keep = first->bytes(0);  // who is about to fetch from it still can
    if (!keep) return keep.fault();
    if (const int error = files_.remove(first->path); error < 0) return io_fault("remove", first->path, error);
    {
      std::unique_lock hold(catalog_.mutex());
      catalog_.drop_first();
    }
    if (const int error = files_.sync_folder(folder_); error < 0) return io_fault("sync", folder_, error);
  }
}

std::uint32_t EmbeddedLog::free_share() const {
  const int share = files_.free_share(folder_);
  return share < 0 ? 10000 : static_cast<std::uint32_t>(share);
}

}  // namespace millrace::log
