// The live loop of `millrace run`: folds what comes, answers requests, lets time pass by ticks.
//
// SV-1  Requests are answered after their write is durable, and before it is folded.
// SV-2  A signal ends the loop after the round; close() then leaves no tail.
#pragma once

#include <atomic>
#include <functional>

#include "node/door.h"
#include "node/node.h"

namespace millrace::node {

class Server {
 public:
  explicit Server(Node& node) : node_(node) {}

  // Listens on the folder's socket. Fails: io.
  Result<void> open();
  // Runs until `stop` is set.
  Result<void> run(const std::atomic<bool>& stop);

 private:
  Result<void> tick();

  Node& node_;
  Door door_;
  TimeMs next_tick_ = 0;
};

}  // namespace millrace::node
