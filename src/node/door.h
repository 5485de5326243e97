// The socket of a running process: takes requests (request.h) and answers them.
//
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "node/host.h"
#include "node/socket.h"

namespace millrace::node {

class Door {
 public:
  Door() = default;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  // Takes the socket away. Needs: the folder's lock still.
  ~Door();
  // Listens on the folder's socket. Fails: io.
  Result<void> open(const std::string& folder);
  // Waits up to `wait_ms` for requests and answers those that came, one of each client. Gives how many clients and requests
  // there were.
  int turn(Host& host, int wait_ms);

 private:
  void answer(Host& host, Socket& client);

  std::string path_;
  Socket listener_;
  std::vector<Socket> clients_;
};

}  // namespace millrace::node
