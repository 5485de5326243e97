#include "node/reading.h"

#include "log/embedded/reader.h"
#include "node/node.h"

namespace millrace::node {

Result<Reading> Reading::open(const std::string& folder) {
  if (!Node::exists(folder))
    return fatal("not_found", folder + " holds no Millrace namespace; `millrace run --data " + folder + "` makes one");
  auto log = log::FollowingLog::open(folder + "/log");
  if (!log) return log.fault();
  Reading reading;
  reading.log_ = *std::move(log);
  return reading;
}

const std::map<std::string, std::string>& Reading::fixed() const {
  return static_cast<const log::FollowingLog&>(*log_).about().fixed;
}

Result<bool> Reading::wait(int ms) {
  auto& log = static_cast<log::FollowingLog&>(*log_);
  const auto now = log.refresh();
  if (!now || *now) return now;
  log.wait(ms);
  return log.refresh();
}

}  // namespace millrace::node
