// EmbeddedLog, the flushing half: what is pending goes to the files, to the disk, and is published.
#include <algorithm>
#include <utility>

#include "log/embedded/journal.h"

namespace millrace::log {

// What is not synced at once is put on its way in such pieces. Left for one large sync (harden) it held up every other sync of
// the file system meanwhile, that of new keys too.
static constexpr std::uint64_t kHurryBytes = 1 << 20;
static constexpr std::size_t kUnsyncedMax = 16;  // segments; bounds open files where nobody calls sync()

void EmbeddedLog::write_after(std::function<Result<void>()> first) {
  std::lock_guard flushing(flush_mutex_);
  first_ = std::move(first);
}

Result<void> EmbeddedLog::flush() {
  std::lock_guard flushing(flush_mutex_);
  return write_pending(durability_ == Durability::fsync);
}

Result<void> EmbeddedLog::sync() {
  std::lock_guard flushing(flush_mutex_);
  return write_pending(true);
}

// The disk works without the lock, on files of its own, so that no flush waits for it. What is taken here stays noted
// as unsynced until it is done: a sync() meanwhile covers it, too.
Result<void> EmbeddedLog::harden() {
  struct Taken {
    std::shared_ptr<Segment> segment;
    std::uint64_t written;
    OpenFile file;
  };
  std::lock_guard hardening(harden_mutex_);
  std::vector<Taken> taken;
  std::uint64_t target = 0;
  bool folder_too = false;
  const Segment* newest = nullptr;
  {
    std::lock_guard flushing(flush_mutex_);
    if (broken_) return *break_;
    target = marked_.published.value_or(0);
    for (const auto& segment : unsynced_) {
      auto file = open_file(files_, segment->path, OpenMode::write_existing);
      if (!file) return break_off(file.fault());
      taken.push_back({segment, segment->written, *std::move(file)});
    }
    folder_too = folder_unsynced_;
    newest = newest_segment();
  }
  std::optional<Fault> failed;
  for (const Taken& each : taken)
    if (const int error = files_.sync(each.file.get()); error < 0 && !failed)
      failed = io_fault("sync", each.segment->path, error);
  if (!failed && folder_too)
    if (const int error = files_.sync_folder(folder_); error < 0) failed = io_fault("sync", folder_, error);

  std::lock_guard flushing(flush_mutex_);
  if (broken_) return *break_;
  if (failed) return break_off(*failed);
  for (const Taken& each : taken) {
    if (each.segment->written != each.written) continue;  // more came meanwhile
    std::erase(unsynced_, each.segment);
    std::shared_lock hold(catalog_.mutex());
    if (each.segment->sealed && each.segment->pending.empty()) each.segment->file.close();
  }
  if (newest == newest_segment()) folder_unsynced_ = false;
  if (durable_ < target) durable_ = target;
  return publish(marked_.published.value_or(0), durable_);
}

const Segment* EmbeddedLog::newest_segment() const {
  std::shared_lock hold(catalog_.mutex());
  return catalog_.segments().empty() ? nullptr : catalog_.segments().back().get();
}

Result<void> EmbeddedLog::write_pending(bool to_disk) {
  if (broken_) return *break_;
  auto written = write_and_publish(to_disk);
  stalled_ = !written && written.fault().kind == Fault::Kind::retry;
  if (!written && !stalled_ && !broken_) return break_off(written.fault());
  return written;
}

Result<void> EmbeddedLog::write_and_publish(bool to_disk) {
  std::uint64_t target = 0;
  const std::vector<Work> pending = pending_work(target);
  if (!pending.empty() && first_)  // behind the note, so that it covers all that these frames need (LG-5)
    if (auto done = first_(); !done) return done;
  for (const Work& work : pending)
    if (auto written = write_segment(work, to_disk); !written) return written;
  if (to_disk || unsynced_.size() > kUnsyncedMax) {
    if (auto synced = sync_written(); !synced) return synced;
    durable_ = target;
  }
  return publish(target, durable_);
}

std::vector<EmbeddedLog::Work> EmbeddedLog::pending_work(std::uint64_t& target) const {
  std::vector<Work> all;
  std::shared_lock hold(catalog_.mutex());
  const auto& segments = catalog_.segments();
  target = segments.empty() ? 0 : segments.back()->last_number;
  for (auto segment = segments.rbegin(); segment != segments.rend() && !(*segment)->pending.empty(); ++segment)
    all.push_back({*segment, {(*segment)->pending.begin(), (*segment)->pending.end()}, (*segment)->size, (*segment)->sealed});
  std::reverse(all.begin(), all.end());
  return all;
}

Result<void> EmbeddedLog::write_segment(const Work& work, bool to_disk) {
  Segment& segment = *work.segment;
  const std::uint64_t before = segment.written;  // only a flush changes it
  if (!segment.file) {
    auto file = open_file(files_, segment.path, before == 0 ? OpenMode::write_new : OpenMode::write_existing);
    if (!file) return file.fault();
    segment.file = *std::move(file);
    if (before == 0) folder_unsynced_ = true;
  }
  for (const Extent& extent : work.extents) {
    const std::uint64_t at = std::max(extent.at, before);
    const std::string_view bytes = extent.bytes.view().substr(at - extent.at);
    if (auto written = write_all(files_, segment.file, segment.path, bytes, at); !written) {
      (void)files_.truncate(segment.file.get(), before);  // if this fails too, the next write or start covers it
      return written;
    }
  }
  // A full segment is on the disk before the next one is begun, or a power loss could leave a hole between them.
  if (to_disk)
    if (const int error = files_.sync(segment.file.get()); error < 0) {
      (void)files_.truncate(segment.file.get(), before);
      return break_off(io_fault("sync", segment.path, error));
    }
  if (!to_disk && work.end - segment.hurried >= kHurryBytes) {
    files_.begin_sync(segment.file.get(), segment.hurried, work.end - segment.hurried);
    segment.hurried = work.end;
  }
  const auto noted = std::find(unsynced_.begin(), unsynced_.end(), work.segment);
  if (to_disk && noted != unsynced_.end()) unsynced_.erase(noted);
  if (!to_disk && noted == unsynced_.end()) unsynced_.push_back(work.segment);
  if (to_disk && work.sealed) segment.file.close();

  std::unique_lock hold(catalog_.mutex());
  segment.set_written(work.end);
  if (work.sealed) {
    segment.stop_keeping_mapped();
    segment.move_index_to_foot();
  } else {
    (void)segment.keep_mapped(segment_bytes_);  // a fetch maps it itself when this fails
  }
  return {};
}

Result<void> EmbeddedLog::sync_written() {
  for (const auto& segment : std::exchange(unsynced_, {})) {
    if (!segment->file) {
      auto file = open_file(files_, segment->path, OpenMode::write_existing);
      if (!file) return break_off(file.fault());
      segment->file = *std::move(file);
    }
    if (const int error = files_.sync(segment->file.get()); error < 0)
      return break_off(io_fault("sync", segment->path, error));
    std::shared_lock hold(catalog_.mutex());
    if (segment->sealed && segment->pending.empty()) segment->file.close();
  }
  if (!std::exchange(folder_unsynced_, false)) return {};
  if (const int error = files_.sync_folder(folder_); error < 0) return break_off(io_fault("sync", folder_, error));
  return {};
}

Result<void> EmbeddedLog::publish(std::uint64_t published, std::uint64_t durable) {
  if (marked_.published == published && marked_.durable == durable) return {};
  if (auto written = mark_.write(published, durable); !written) return written;
  marked_ = {published, durable};
  return {};
}

Fault EmbeddedLog::break_off(Fault fault) {
  fault.kind = Fault::Kind::fatal;
  break_ = fault;
  broken_ = true;
  return fault;
}

}  // namespace millrace::log
