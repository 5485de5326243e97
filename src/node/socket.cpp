#include "node/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace millrace::node {

namespace {

Fault io(const char* what) { return fatal("io", std::string(what) + ": " + std::strerror(errno)); }

// The address of a socket file. Where the path is longer than an address holds (108 bytes), it goes by way of the open
// folder, which must stay open as long as the address is used.
struct SocketAddress {
  sockaddr_un address{};
  int folder = -1;

  explicit SocketAddress(const std::string& path) {
    address.sun_family = AF_UNIX;
    std::string name = path;
    if (name.size() >= sizeof address.sun_path) {
      const auto slash = path.rfind('/');
      folder = ::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
      name = "/proc/self/fd/" + std::to_string(folder) + path.substr(slash);
    }
    std::memcpy(address.sun_path, name.data(), std::min(name.size(), sizeof address.sun_path - 1));
  }
  SocketAddress(const SocketAddress&) = delete;
  SocketAddress& operator=(const SocketAddress&) = delete;
  ~SocketAddress() {
    if (folder >= 0) ::close(folder);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

bool write_all(int file, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(file, bytes, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

// 1: all read; 0: closed before the first byte; -1: failed.
int read_all(int file, char* bytes, std::size_t size) {
  std::size_t have = 0;
  while (have < size) {
    const ssize_t n = ::recv(file, bytes + have, size - have, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) return have == 0 ? 0 : -1;
    if (n < 0) return -1;
    have += static_cast<std::size_t>(n);
  }
  return 1;
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

Socket::~Socket() {
  if (file_ >= 0) ::close(file_);
}

Result<Socket> Socket::connect(const std::string& path) {
  const SocketAddress address(path);
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.file(), address.get(), sizeof address.address) != 0)
    return retryable("unreachable", "no process listens on " + path);
  return socket;
}

Result<Socket> Socket::listen(const std::string& path) {
  const SocketAddress address(path);
  ::unlink(path.c_str());
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return io("cannot make a socket");
  if (::bind(socket.file(), address.get(), sizeof address.address) != 0) return io("cannot bind the socket");
  ::chmod(path.c_str(), 0600);
  if (::listen(socket.file(), 64) != 0) return io("cannot listen on the socket");
  return socket;
}

Socket Socket::accept() { return Socket(::accept4(file_, nullptr, nullptr, SOCK_CLOEXEC)); }

Result<void> Socket::send(const std::string& message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  if (!write_all(file_, reinterpret_cast<const char*>(&size), sizeof size) || !write_all(file_, message.data(), size))
    return io("the other process is gone");
  return {};
}

std::string Socket::framed(const std::string& message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string out(reinterpret_cast<const char*>(&size), sizeof size);
  return out += message;
}

Result<void> Socket::send_some(std::string_view framed, std::size_t& sent) {
  while (sent < framed.size()) {
    const ssize_t n = ::send(file_, framed.data() + sent, framed.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {};
    if (n <= 0) return io("the other process is gone");
    sent += static_cast<std::size_t>(n);
  }
  return {};
}

Result<std::optional<std::string>> Socket::receive_some(std::string& part) {
  constexpr std::size_t kPiece = 256 << 10;
  std::uint32_t size = 0;
  for (;;) {
    const bool headed = part.size() >= sizeof size;
    if (headed) std::memcpy(&size, part.data(), sizeof size);
    if (headed && size > kMessageMax) return fatal("too_large", "a message of " + std::to_string(size) + " bytes is refused");
    const std::size_t have = part.size(), wanted = sizeof size + size - have;
    if (headed && wanted == 0) return std::optional(std::exchange(part, {}).substr(sizeof size));
    part.resize(have + std::min(wanted, kPiece));
    const ssize_t n = ::recv(file_, part.data() + have, part.size() - have, MSG_DONTWAIT);
    part.resize(have + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::optional<std::string>();
    if (n <= 0) return io("the other process is gone");
  }
}

Result<std::optional<std::string>> Socket::receive() {
  std::uint32_t size = 0;
  const int head = read_all(file_, reinterpret_cast<char*>(&size), sizeof size);
  if (head == 0) return std::optional<std::string>();
  if (head < 0) return io("the other process is gone");
  if (size > kMessageMax) return fatal("too_large", "a message of " + std::to_string(size) + " bytes is refused");
  std::string message(size, '\0');
  if (size > 0 && read_all(file_, message.data(), size) != 1) return io("the other process is gone");
  return std::optional<std::string>(std::move(message));
}

}  // namespace millrace::node
