// A namespace opened to be read, beside whoever writes it: a data folder, or a cluster.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "log/log.h"
#include "node/target.h"

namespace millrace::node {

class Reading {
 public:
  // Fails: not_found, corrupt; on a cluster broker_unreachable and the like.
  static Result<std::unique_ptr<Reading>> open(const Target& target);
  virtual ~Reading() = default;
  virtual const log::Reader& log() const = 0;
  // How far every task has committed, by inbox; a task that never did is left out.
  virtual Result<std::vector<log::TaskPosition>> positions() = 0;
  // What was fixed when the namespace was made; empty on a cluster.
  virtual std::map<std::string, std::string> fixed() const { return {}; }
  // Takes in what was published since; waits up to `ms` for it. True when there may be something new.
  virtual Result<bool> wait(int ms) = 0;
};

}  // namespace millrace::node
