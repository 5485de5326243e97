#include "state/waiting_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

namespace millrace::state {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// Calls again and again while there is no space.
template <class Call>
IOStatus patiently(WaitingFiles::Patience& patience, const Call& call) {
  IOStatus status = call();
  if (!status.IsNoSpace()) return status;
  ++patience.waiting;
  while (status.IsNoSpace() && !patience.given_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    status = call();
  }
  --patience.waiting;
  return status;
}

class WaitingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WaitingFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::uint64_t size, WaitingFiles::Patience& patience)
      : FSWritableFileOwnerWrapper(std::move(file)), size_(size), patience_(patience) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    IOStatus status = patiently(patience_, [&] { return FSWritableFileWrapper::PositionedAppend(data, size_, options, dbg); });
    if (status.ok()) size_ += data.size();
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* dbg) override {
    return Append(data, options, dbg);
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t at, const IOOptions& options, IODebugContext* dbg) override {
    IOStatus status = patiently(patience_, [&] { return FSWritableFileWrapper::PositionedAppend(data, at, options, dbg); });
    if (status.ok()) size_ = std::max(size_, at + data.size());
    return status;
  }
  IOStatus PositionedAppend(const Slice& data, std::uint64_t at, const IOOptions& options,
                            const rocksdb::DataVerificationInfo&, IODebugContext* dbg) override {
    return PositionedAppend(data, at, options, dbg);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions& options, IODebugContext* dbg) override {
    size_ = size;
    return FSWritableFileWrapper::Truncate(size, options, dbg);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    return patiently(patience_, [&] { return FSWritableFileWrapper::Sync(options, dbg); });
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return patiently(patience_, [&] { return FSWritableFileWrapper::Fsync(options, dbg); });
  }

 private:
  std::uint64_t size_;
  WaitingFiles::Patience& patience_;
};

}  // namespace

WaitingFiles::WaitingFiles(std::string folder) : FileSystemWrapper(rocksdb::FileSystem::Default()), folder_(std::move(folder)) {}

WaitingFiles::~WaitingFiles() {
  if (probe_ >= 0) ::close(probe_);
}

bool WaitingFiles::has_room(std::size_t bytes) {
  if (probe_ < 0) {
    const std::string path = folder_ + "/room";
    probe_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (probe_ < 0) return errno != ENOSPC && errno != EDQUOT;
    ::unlink(path.c_str());
  }
  const bool full = ::fallocate(probe_, 0, 0, static_cast<off_t>(bytes)) < 0 && (errno == ENOSPC || errno == EDQUOT);
  return ::ftruncate(probe_, 0) == 0 && !full;
}

IOStatus WaitingFiles::NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) {
  std::unique_ptr<rocksdb::FSWritableFile> made;
  IOStatus status = patiently(patience_, [&] { return target()->NewWritableFile(path, options, &made, dbg); });
  if (status.ok()) *file = std::make_unique<WaitingFile>(std::move(made), 0, patience_);
  return status;
}

IOStatus WaitingFiles::ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file, IODebugContext* dbg) {
  std::uint64_t size = 0;
  if (IOStatus there = target()->GetFileSize(path, {}, &size, dbg); !there.ok()) size = 0;
  std::unique_ptr<rocksdb::FSWritableFile> made;
  IOStatus status = patiently(patience_, [&] { return target()->ReopenWritableFile(path, options, &made, dbg); });
  if (status.ok()) *file = std::make_unique<WaitingFile>(std::move(made), size, patience_);
  return status;
}

}  // namespace millrace::state
