#include "log/embedded/reader.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>

#include "log/embedded/recovery.h"

namespace millrace::log {

static constexpr int kLoadTries = 10;  // a writer may drop a segment while we list it
static constexpr int kBlindWaitMs = 50;  // between looks when the system has no watch for us

FollowingLog::FollowingLog(FileLayer& files, std::string folder, Namespace ns, MarkFile mark)
    : files_(files),
      folder_(std::move(folder)),
      namespace_(std::move(ns)),
      mark_(std::move(mark)),
      watch_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      catalog_(namespace_.topics, salt_of(namespace_.id)) {
  if (watch_ >= 0 && ::inotify_add_watch(watch_, mark_.path().c_str(), IN_MODIFY) < 0) {
    ::close(watch_);
    watch_ = -1;
  }
}

FollowingLog::~FollowingLog() {
  if (watch_ >= 0) ::close(watch_);
}

Result<std::unique_ptr<FollowingLog>> FollowingLog::open(const std::string& folder, FileLayer& files) {
  auto ns = load_namespace(files, folder);
  if (!ns) return ns.fault();
  auto mark = MarkFile::open_to_read(files, folder);
  if (!mark) return mark.fault();
  std::unique_ptr<FollowingLog> log(new FollowingLog(files, folder, *std::move(ns), *std::move(mark)));
  std::unique_lock hold(log->catalog_.mutex());
  if (auto loaded = log->load(); !loaded) return loaded.fault();
  hold.unlock();
  return log;
}

// Needs: the catalog's mutex.
Result<void> FollowingLog::load() const {
  for (int tries = 1;; ++tries) {
    catalog_.clear();
    auto loaded = load_segments(files_, folder_, catalog_, mark_.read(), Access::follow);
    if (loaded) return {};
    if (loaded.fault().code != "not_found" || tries == kLoadTries) return loaded.fault();
  }
}

// Lets go of the segments whose files are gone; when no other is left, takes in what there is instead. Needs: both mutexes.
Result<void> FollowingLog::forget_dropped() const {
  while (!catalog_.segments().empty()) {
    const int first = files_.open(catalog_.segments().front()->path, OpenMode::read);
    if (first >= 0) {
      files_.close(first);
      return {};
    }
    if (first != -ENOENT) return io_fault("open", catalog_.segments().front()->path, first);
    catalog_.drop_first();
  }
  return load();
}

// A segment whose file is gone when it is asked for was dropped since the last look: what asks then hears of it as of all
// that was dropped (FL-2).
template <class Read>
auto FollowingLog::read(const Read& read) const {
  auto got = read();
  for (int tries = 1; !got && got.fault().code == "not_found" && tries < kLoadTries; ++tries) {
    {
      std::lock_guard refreshing(refresh_mutex_);
      std::unique_lock hold(catalog_.mutex());
      if (auto looked = forget_dropped(); !looked) return decltype(got)(looked.fault());
    }
    got = read();
  }
  return got;
}

Result<void> FollowingLog::fetch(TopicPartition tp, Offset from, std::size_t max_records, std::size_t max_bytes, Batch& batch) const {
  return read([&] { return catalog_.fetch(tp, from, max_records, max_bytes, batch); });
}

Result<Offset> FollowingLog::offset_at(TopicPartition tp, TimeMs time) const {
  return read([&] { return catalog_.offset_at(tp, time); });
}

Result<bool> FollowingLog::refresh() {
  std::lock_guard refreshing(refresh_mutex_);
  std::unique_lock hold(catalog_.mutex());
  const std::vector<std::int64_t> before = catalog_.now().ends;
  const auto last = catalog_.segments().empty() ? nullptr : catalog_.segments().back();
  if (auto looked = forget_dropped(); !looked) return looked.fault();
  const bool anew = catalog_.segments().empty() || catalog_.segments().back() != last;
  if (!anew) {
    const std::uint64_t limit = mark_.read().published.value_or(UINT64_MAX);
    for (bool more = true; more;) {
      const auto taken = take_published(limit);
      if (!taken) return taken.fault();
      more = *taken;
    }
  }
  return catalog_.now().ends != before;
}

// Takes what the last segment has gained. True when it is full and another was begun behind it.
Result<bool> FollowingLog::take_published(std::uint64_t limit) {
  Segment& segment = *catalog_.segments().back();
  if (segment.sealed) return open_next_segment();
  auto file = open_file(files_, segment.path, OpenMode::read);
  if (!file) return file.fault();
  const std::int64_t size = files_.size(file->get());
  if (size < 0) return io_fault("read", segment.path, static_cast<int>(size));
  const std::uint64_t taken = segment.size;
  if (static_cast<std::uint64_t>(size) <= taken) return false;
  segment.written = static_cast<std::uint64_t>(size);
  const auto bytes = segment.bytes(0);
  if (!bytes) return bytes.fault();
  const Scan scan = scan_frames(catalog_, bytes->view(), taken, limit);
  segment.size = segment.written = scan.at;
  if (scan.stop != Scan::Stop::foot) return false;
  segment.size = segment.written = static_cast<std::uint64_t>(size);
  segment.sealed = true;
  segment.move_index_to_foot();
  return open_next_segment();
}

Result<bool> FollowingLog::open_next_segment() {
  auto segment = std::make_shared<Segment>(files_, folder_, catalog_.segments().back()->last_number + 1);
  auto file = open_file(files_, segment->path, OpenMode::read);
  if (!file) {
    if (file.fault().code == "not_found") return false;  // not begun yet
    return file.fault();
  }
  const std::int64_t size = files_.size(file->get());
  if (size < 0) return io_fault("read", segment->path, static_cast<int>(size));
  if (size == 0) return false;
  segment->written = static_cast<std::uint64_t>(size);
  const auto bytes = segment->bytes(0);
  if (!bytes) return bytes.fault();
  Snapshot before;
  const auto head = read_head(bytes->view(), catalog_.index().size(), catalog_.salt(), before);
  if (!head) return false;  // written in part
  segment->size = segment->written = head->length;
  segment->trusted = true;
  catalog_.add_segment(std::move(segment), std::move(before));
  return true;
}

void FollowingLog::wait(int timeout_ms) const {
  pollfd watched{watch_, POLLIN, 0};
  if (watch_ < 0) timeout_ms = std::min(timeout_ms, kBlindWaitMs);
  if (::poll(&watched, 1, timeout_ms) <= 0) return;
  char events[4096];
  while (::read(watch_, events, sizeof events) > 0) {
  }
}

static Fault read_only(const std::string& folder) {
  return fatal("read_only", "the log in " + folder + " is open for reading only");
}
Result<std::vector<Offset>> FollowingLog::append(const Frame&) { return read_only(folder_); }
Result<void> FollowingLog::flush() { return read_only(folder_); }

}  // namespace millrace::log
