#include "log/embedded/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "log/embedded/file_layer.h"

namespace millrace::log {

Result<FolderLock> FolderLock::take(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return io_fault("open", path, -errno);
  FolderLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK) return io_fault("lock", path, -errno);
    char pid[24];
    const ssize_t size = ::pread(file, pid, sizeof pid, 0);
    const std::string owner(pid, size > 0 ? static_cast<std::size_t>(size) : 0);
    const std::string number = owner.substr(0, owner.find('\n'));
    return fatal("locked", "the log in " + folder + " is being written by " + (number.empty() ? "another process" : "process " + number) +
                               "; stop that process, or send it the command while it runs");
  }
  // Written over what is there, then cut: to truncate a file can take long, and who is refused meanwhile is to read a number.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::pwrite(file, pid.data(), pid.size(), 0) < 0 || ::ftruncate(file, static_cast<off_t>(pid.size())) < 0) {
    // The lock holds without the pid, which only words a refusal; a full disk must not keep the log from opening.
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace millrace::log
