// The live loop of `millrace run`: folds what comes, answers requests, lets time pass by ticks.
//
// SV-1  Requests are taken between rounds, so that a long backlog keeps nobody waiting, and answered when their write is
//       durable (RQ-1), which is while it is folded.
// SV-2  A signal ends the loop after the round, with every answer that is owed; close() then leaves no tail.
// SV-3  While the disk is full requests are answered (a write with disk_low or disk_full, and retry), and nobody spins.
// Tests: tests/unit/server_test.cpp, tests/unit/door_test.cpp (SV-2), tests/integration/full_disk.sh (SV-3)
#pragma once

#include <functional>

#include "node/door.h"
#include "node/node.h"

namespace millrace::node {

class Server {
 public:
  explicit Server(Node& node) : node_(node) {}

  // Listens on the folder's socket. Fails: io.
  Result<void> open();
  // Runs as long as `keep_going`, which is asked between rounds and at least ten times a second, says so.
  Result<void> run(const std::function<bool()>& keep_going);
  // Until everything is folded, what came by the socket meanwhile too.
  Result<void> run_once(const std::function<bool()>& keep_going);

 private:
  Result<void> serve(const std::function<bool()>& keep_going);
  Result<void> serve_once(const std::function<bool()>& keep_going);
  Result<void> tick();
  // The same, asked with a turn of the door.
  std::function<bool()> with_door(const std::function<bool()>& keep_going);

  Node& node_;
  Door door_;
  TimeMs next_tick_ = 0;
  bool out_of_room_ = false;
};

}  // namespace millrace::node
