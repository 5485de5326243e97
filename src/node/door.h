// The socket of a running process: takes requests (request.h) and answers them.
//
// DR-1  An answer waits for the outcome of its ticket (RQ-1), and the door for nobody: it takes other requests meanwhile.
//
// Threads: one.      Tests: tests/unit/door_test.cpp
#pragma once

#include <string>
#include <vector>

#include "node/host.h"
#include "node/request.h"
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
  // Waits up to `wait_ms` for requests or outcomes, gives the answers whose outcome is known and takes the requests that came, one
  // of each client. Gives how many clients and requests came.
  int turn(Host& host, int wait_ms);
  // Gives the answers that are left, each when its outcome is known: before the host goes.
  void finish(Host& host);

 private:
  struct Waiting {
    Socket client;
    Pending pending;
  };
  void take(Host& host, Socket client);
  void answer(Socket client, const Response& response);
  void answer_known(Host& host);

  std::string path_;
  Socket listener_;
  std::vector<Socket> clients_;   // that may ask
  std::vector<Waiting> waiting_;  // for their answer
};

}  // namespace millrace::node
