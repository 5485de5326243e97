// The faults that every log words alike.
#pragma once

#include <string>

#include "core/record.h"
#include "core/result.h"

namespace millrace::log {

// A position that the log no longer has, or does not have yet. Offsets are never reset silently.
inline Fault out_of_range(const TopicTable& topics, TopicPartition tp, Offset asked, Offset start, Offset end) {
  return fatal("out_of_range", "offset " + std::to_string(asked.value) + " of " + topics[tp.topic].name + "/" +
                                   std::to_string(tp.partition.value) + " is not in the log, which has " +
                                   std::to_string(start.value) + " up to " + std::to_string(end.value) +
                                   (asked < start ? "; the records before were dropped by retention: restore a backup "
                                                    "or start from a checkpoint that stands at or after the start"
                                                  : "; the position belongs to another log or to one that lost its end"));
}

}  // namespace millrace::log
