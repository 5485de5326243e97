#include "node/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::node {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "scratch-";
constexpr int kTries = 100;

// The folder, opened and locked; -1: there is none, or it is another's.
int lock_of(const std::string& path) {
  const int folder = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return -1;
  struct stat locked {}, there {};
  if (::flock(folder, LOCK_EX | LOCK_NB) == 0 && ::fstat(folder, &locked) == 0 && ::stat(path.c_str(), &there) == 0 &&
      locked.st_ino == there.st_ino)  // nobody has removed it between the two
    return folder;
  ::close(folder);
  return -1;
}

void remove(const std::string& path, int lock) {
  std::error_code ignored;
  fs::remove_all(path, ignored);  // links in it, not what they name
  ::close(lock);
}

}  // namespace

Result<Scratch> Scratch::make(const std::string& data) {
  drop_left_scratch(data);
  const std::string own = data + "/" + std::string(kPrefix) + std::to_string(::getpid());
  for (int n = 0; n < kTries; ++n) {
    const std::string path = n == 0 ? own : own + "-" + std::to_string(n);
    if (::mkdir(path.c_str(), 0777) != 0) {
      if (errno == EEXIST) continue;
      return fatal("io", "cannot make " + path + ": " + std::strerror(errno));
    }
    if (const int lock = lock_of(path); lock >= 0) return Scratch(path, lock);
  }
  return fatal("io", "cannot make a folder " + own + ": others of this name are in the way");
}

Scratch::Scratch(Scratch&& other) noexcept : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

Scratch::~Scratch() {
  if (lock_ >= 0) remove(path_, lock_);
}

void drop_left_scratch(const std::string& data) {
  std::vector<std::string> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(data, none)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.find_first_not_of("0123456789-", kPrefix.size()) == std::string::npos)
      found.push_back(entry.path().string());
  }
  for (const std::string& path : found)
    if (const int lock = lock_of(path); lock >= 0) remove(path, lock);
}

}  // namespace millrace::node
