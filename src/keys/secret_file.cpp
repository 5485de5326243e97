#include "keys/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace millrace {

namespace {

struct Descriptor {
  int fd;
  explicit Descriptor(int number) : fd(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

Fault failed(std::string code, const char* what, const std::string& path) {
  return fatal(std::move(code), std::string(what) + " " + path + ": " + std::strerror(errno));
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd < 0) return failed(errno == ENOENT ? "missing" : "unreadable", "cannot read", path);
  struct stat about {};
  if (::fstat(file.fd, &about) != 0) return failed("unreadable", "cannot read", path);
  if (about.st_mode & 077)
    return fatal("secret_mode", path + " may be read by others than its owner; chmod 600 it, and think about who has read it");
  std::string content;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(file.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("unreadable", "cannot read", path);
    if (n == 0) return content;
    content.append(buffer, static_cast<std::size_t>(n));
  }
}

Result<void> create_secret_file(const std::string& path, std::string_view content) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed("unwritable", "cannot make", folder);
  // Written beside and renamed into place: a crash leaves either no file or the whole one.
  const std::string draft = path + ".new";
  {
    if (::access(path.c_str(), F_OK) == 0) return fatal("exists", path + " is there already");
    ::unlink(draft.c_str());
    const Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.fd < 0) return failed("unwritable", "cannot make", draft);
    while (!content.empty()) {
      const ssize_t n = ::write(file.fd, content.data(), content.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("unwritable", "cannot write", draft);
      content.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(file.fd) != 0) return failed("unwritable", "cannot sync", draft);
  }
  // link() instead of rename(): it does not replace a file that another process made meanwhile.
  if (::link(draft.c_str(), path.c_str()) != 0) return failed(errno == EEXIST ? "exists" : "unwritable", "cannot make", path);
  ::unlink(draft.c_str());
  const Descriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (parent.fd < 0 || ::fsync(parent.fd) != 0) return failed("unwritable", "cannot sync", folder);
  return {};
}

}  // namespace millrace
