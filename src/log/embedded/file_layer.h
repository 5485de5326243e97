// All contact of the journal with the file system, as a port, so that tests can lose power, run out of space and tear
// writes (tests/property/faulty_files.h). The journal calls nothing of the operating system but through here, save the
// lock (lock.h) and the wait of a follower (reader.h).
//
// Calls answer as the kernel does: >= 0 is the result, < 0 is minus an errno. Threads: any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace millrace::log {

// A file mapped for reading. Bytes past the end of the file may be mapped but must not be touched. A disk that cannot
// read a mapped page ends the process (SIGBUS), which is what a fatal fault does too.
class Mapping {
 public:
  virtual ~Mapping() = default;
  const char* data() const { return data_; }
  std::size_t size() const { return size_; }

 protected:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

enum class OpenMode { read, write_existing, write_new };  // write_new: made, or emptied when it is there

// What is free of a disk, in basis points, as df counts it: of the blocks that may be used at all. Those that are free and yet
// not for us (reserved for root, beyond a quota) count neither as free nor as disk.
constexpr int free_basis_points(std::uint64_t blocks, std::uint64_t free, std::uint64_t available) {
  const std::uint64_t usable = blocks - free + available;
  return usable == 0 ? 10'000 : static_cast<int>(static_cast<unsigned __int128>(available) * 10'000 / usable);
}

class FileLayer {
 public:
  virtual ~FileLayer() = default;
  virtual int open(const std::string& path, OpenMode mode) = 0;
  virtual void close(int file) = 0;
  virtual std::int64_t read(int file, char* to, std::size_t bytes, std::uint64_t at) = 0;   // 0 at the end of file
  virtual std::int64_t write(int file, std::string_view bytes, std::uint64_t at) = 0;  // may take less than asked
  virtual int sync(int file) = 0;      // data, and the size that is needed to read it
  // Has the disk begin on what was written there, and waits for nothing: a later sync has less to do.
  virtual void begin_sync(int, std::uint64_t /*at*/, std::uint64_t /*bytes*/) {}
  virtual int truncate(int file, std::uint64_t size) = 0;
  virtual std::int64_t size(int file) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int remove(const std::string& path) = 0;
  virtual int make_folder(const std::string& path) = 0;  // also when it is there
  virtual int sync_folder(const std::string& path) = 0;  // names made, changed and removed in it
  virtual int list(const std::string& folder, std::vector<std::string>& names) = 0;
  virtual int free_share(const std::string& path) = 0;  // basis points
  virtual std::shared_ptr<const Mapping> map(int file, std::size_t bytes) = 0;  // nullptr when it fails, errno set
};

// The operating system's. One for the process.
FileLayer& real_files();

// An open file that closes itself.
class OpenFile {
 public:
  OpenFile() = default;
  OpenFile(FileLayer& files, int file) : files_(&files), file_(file) {}
  OpenFile(OpenFile&& other) noexcept : files_(other.files_), file_(std::exchange(other.file_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(files_, other.files_);
    std::swap(file_, other.file_);
    return *this;
  }
  ~OpenFile() { close(); }
  void close() {
    if (file_ >= 0) files_->close(std::exchange(file_, -1));
  }
  explicit operator bool() const { return file_ >= 0; }
  int get() const { return file_; }

 private:
  FileLayer* files_ = nullptr;
  int file_ = -1;
};

// disk_full (retry) for a full disk or quota, else io (fatal). `error` is minus an errno.
Fault io_fault(std::string_view what, const std::string& path, int error);

Result<OpenFile> open_file(FileLayer& files, const std::string& path, OpenMode mode);
// Writes all of it, in as many writes as it takes.
Result<void> write_all(FileLayer& files, const OpenFile& file, const std::string& path, std::string_view bytes,
                       std::uint64_t at);
// The whole file. Fails: not_found, io.
Result<std::string> read_whole(FileLayer& files, const std::string& path);
// Puts a durable file in place, whole or not at all, over what was there.
Result<void> put_file(FileLayer& files, const std::string& folder, const std::string& name, std::string_view bytes);

}  // namespace millrace::log
