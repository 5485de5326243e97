// Framed messages over a Unix socket: a 4-byte length, then the bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace::node {

class Socket {
 public:
  explicit Socket(int file = -1) : file_(file) {}
  Socket(Socket&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  // Fails: unreachable.
  static Result<Socket> connect(const std::string& path);
  // A listening socket at `path`, replacing what a dead process left there. Needs: the folder's lock.
  static Result<Socket> listen(const std::string& path);
  // The next waiting connection, or an empty socket.
  Socket accept();

  // Fails: io (the other side is gone).
  Result<void> send(const std::string& message);
  // A whole message. nullopt: the other side closed. Fails: io; too_large.
  Result<std::optional<std::string>> receive();

  // The same for who waits for nobody. What has come of a message is kept in `part`; nullopt: more is to come. Fails: io; too_large.
  Result<std::optional<std::string>> receive_some(std::string& part);
  // Sends what goes of a framed message from `sent` on, which it moves. Fails: io.
  Result<void> send_some(std::string_view framed, std::size_t& sent);
  static std::string framed(const std::string& message);

  int file() const { return file_; }
  explicit operator bool() const { return file_ >= 0; }

 private:
  int file_;
};

inline constexpr std::uint32_t kMessageMax = 64u << 20;

}  // namespace millrace::node
