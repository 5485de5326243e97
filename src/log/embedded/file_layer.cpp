#include "log/embedded/file_layer.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace millrace::log {
namespace {

class RealMapping final : public Mapping {
 public:
  RealMapping(void* data, std::size_t size) {
    data_ = static_cast<const char*>(data);
    size_ = size;
  }
  RealMapping(const RealMapping&) = delete;
  RealMapping& operator=(const RealMapping&) = delete;
  ~RealMapping() override { ::munmap(const_cast<char*>(data_), size_); }
};

template <class T>
T or_errno(T result) {
  return result < 0 ? static_cast<T>(-errno) : result;
}
template <class Call>
auto again(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return or_errno(result);
}

class RealFiles final : public FileLayer {
 public:
  int open(const std::string& path, OpenMode mode) override {
    const int flags = mode == OpenMode::read             ? O_RDONLY
                      : mode == OpenMode::write_existing ? O_RDWR
                                                         : O_RDWR | O_CREAT | O_TRUNC;
    return again([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
  }
  void close(int file) override { ::close(file); }
  std::int64_t read(int file, char* to, std::size_t bytes, std::uint64_t at) override {
    return again([&] { return static_cast<std::int64_t>(::pread(file, to, bytes, static_cast<off_t>(at))); });
  }
  std::int64_t write(int file, std::string_view bytes, std::uint64_t at) override {
    return again(
        [&] { return static_cast<std::int64_t>(::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at))); });
  }
  int sync(int file) override {
    return again([&] { return ::fdatasync(file); });
  }
  void begin_sync(int file, std::uint64_t at, std::uint64_t bytes) override {
    (void)::sync_file_range(file, static_cast<off64_t>(at), static_cast<off64_t>(bytes), SYNC_FILE_RANGE_WRITE);
  }
  int truncate(int file, std::uint64_t size) override {
    return again([&] { return ::ftruncate(file, static_cast<off_t>(size)); });
  }
  std::int64_t size(int file) override {
    struct stat about {};
    return ::fstat(file, &about) < 0 ? -errno : static_cast<std::int64_t>(about.st_size);
  }
  int rename(const std::string& from, const std::string& to) override {
    return or_errno(std::rename(from.c_str(), to.c_str()));
  }
  int remove(const std::string& path) override { return or_errno(::unlink(path.c_str())); }
  int make_folder(const std::string& path) override {
    return ::mkdir(path.c_str(), 0755) < 0 && errno != EEXIST ? -errno : 0;
  }
  int sync_folder(const std::string& path) override {
    const int folder = again([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (folder < 0) return folder;
    const int synced = again([&] { return ::fsync(folder); });
    ::close(folder);
    return synced;
  }
  int list(const std::string& folder, std::vector<std::string>& names) override {
    DIR* const entries = ::opendir(folder.c_str());
    if (entries == nullptr) return -errno;
    names.clear();
    while (const dirent* entry = ::readdir(entries)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(entries);
    std::sort(names.begin(), names.end());
    return 0;
  }
  int free_share(const std::string& path) override {
    struct statvfs about {};
    if (::statvfs(path.c_str(), &about) < 0) return -errno;
    return free_basis_points(about.f_blocks, about.f_bfree, about.f_bavail);
  }
  std::shared_ptr<const Mapping> map(int file, std::size_t bytes) override {
    void* const data = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file, 0);
    if (data == MAP_FAILED) return nullptr;
    return std::make_shared<RealMapping>(data, bytes);
  }
};

}  // namespace

FileLayer& real_files() {
  static RealFiles files;
  return files;
}

Fault io_fault(std::string_view what, const std::string& path, int error) {
  const std::string message =
      "cannot " + std::string(what) + " " + path + ": " + std::strerror(-error);  // NOLINT(concurrency-mt-unsafe)
  if (error == -ENOSPC || error == -EDQUOT)
    return retryable("disk_full", message + "; free some space, nothing needs a restart");
  if (error == -ENOENT) return fatal("not_found", message);
  return fatal("io", message);
}

Result<OpenFile> open_file(FileLayer& files, const std::string& path, OpenMode mode) {
  const int file = files.open(path, mode);
  if (file < 0) return io_fault("open", path, file);
  return OpenFile(files, file);
}

Result<void> write_all(FileLayer& files, const OpenFile& file, const std::string& path, std::string_view bytes,
                       std::uint64_t at) {
  while (!bytes.empty()) {
    const std::int64_t written = files.write(file.get(), bytes, at);
    if (written < 0) return io_fault("write", path, static_cast<int>(written));
    if (written == 0) return io_fault("write", path, -EIO);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<std::string> read_whole(FileLayer& files, const std::string& path) {
  auto file = open_file(files, path, OpenMode::read);
  if (!file) return file.fault();
  const std::int64_t size = files.size(file->get());
  if (size < 0) return io_fault("read", path, static_cast<int>(size));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const std::int64_t got = files.read(file->get(), bytes.data() + have, bytes.size() - have, have);
    if (got < 0) return io_fault("read", path, static_cast<int>(got));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

Result<void> put_file(FileLayer& files, const std::string& folder, const std::string& name, std::string_view bytes) {
  const std::string path = folder + "/" + name, draft = path + ".new";
  auto file = open_file(files, draft, OpenMode::write_new);
  if (!file) return file.fault();
  if (auto written = write_all(files, *file, draft, bytes, 0); !written) {
    (void)files.remove(draft);
    return written;
  }
  if (const int error = files.sync(file->get()); error < 0) return io_fault("sync", draft, error);
  if (const int error = files.rename(draft, path); error < 0) return io_fault("rename", draft, error);
  if (const int error = files.sync_folder(folder); error < 0) return io_fault("sync", folder, error);
  return {};
}

}  // namespace millrace::log
