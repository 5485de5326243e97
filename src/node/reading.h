// A data folder opened to be read, beside whoever writes it.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "core/result.h"
#include "log/log.h"

namespace millrace::node {

class Reading {
 public:
  // Fails: not_found, corrupt.
  static Result<Reading> open(const std::string& folder);
  const log::Log& log() const { return *log_; }
  // What was fixed when the namespace was made.
  const std::map<std::string, std::string>& fixed() const;
  // Takes in what was published since; waits up to `ms` for it. True when there is something new.
  Result<bool> wait(int ms);

 private:
  std::shared_ptr<log::Log> log_;
};

}  // namespace millrace::node
