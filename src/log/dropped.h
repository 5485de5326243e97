// A reader beside a log that is trimmed meanwhile: what it was about to read may be gone when it gets there.
#pragma once

#include <optional>

#include "log/log.h"

namespace millrace::log {

// Where the log begins now, when a fetch from `asked` failed since retention has passed it; nullopt: it failed for another
// reason.
inline std::optional<Offset> dropped_before(const Reader& log, TopicPartition tp, Offset asked, const Fault& fault) {
  if (fault.code != "out_of_range" || log.start(tp) <= asked) return std::nullopt;
  return log.start(tp);
}

}  // namespace millrace::log
