// The socket of a running process: takes requests (request.h) and answers them.
//
// DR-1  An answer waits for the outcome of its ticket (RQ-1), and the door for nobody: it takes other requests meanwhile.
// DR-2  So it does while a client sends its request in pieces, or does not read its answer; at the end one that does not read
//       has a moment (kLinger).
//
// Threads: one.      Tests: tests/unit/door_test.cpp
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "node/host.h"
#include "node/request.h"
#include "node/socket.h"

namespace millrace::node {

class Door {
 public:
  static constexpr std::chrono::milliseconds kLinger{2000};
  // `linger`: of all clients together that are owed an answer at the end.
  explicit Door(std::chrono::milliseconds linger = kLinger) : linger_(linger) {}
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  // Takes the socket away. Needs: the folder's lock still.
  ~Door();
  // Listens on the folder's socket. Fails: io.
  Result<void> open(const std::string& folder);
  // Waits up to `wait_ms` for requests or outcomes, gives the answers whose outcome is known and takes the requests that came, one
  // of each client. Gives how many clients came and asked, in full or in part.
  int turn(Host& host, int wait_ms);
  // Gives the answers that are left, each when its outcome is known: before the host goes.
  void finish(Host& host);

 private:
  // It asks, then waits for the outcome, then is answered.
  struct Client {
    Socket socket;
    std::string asking{};              // what has come of its request
    std::optional<Pending> waiting{};
    std::string answer{};              // framed
    std::size_t answered = 0;          // bytes of it
  };
  // These give false for a client that is gone.
  static bool take(Host& host, Client& client, int& came);
  static bool answer(Client& client, const Response& response);
  static bool answer_on(Client& client);
  static bool answer_known(Host& host, Client& client);

  const std::chrono::milliseconds linger_;
  std::string path_;
  Socket listener_;
  std::vector<Client> clients_;
};

}  // namespace millrace::node
