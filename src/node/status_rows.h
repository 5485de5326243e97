// How far every task is, as `status` shows it, and whether what it was delivered is accounted for (law 7).
//
// ST-1  Lag is what is not passed yet: a tick whose timers are still firing is counted as folded, and still lags.
// Tests: tests/unit/status_rows_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fields.h"
#include "node/reading.h"

namespace millrace::node {

struct StatusRow {
  std::string stage, inbox;
  std::int64_t partition = 0, start = 0, end = 0, folded = 0, ignored = 0, duplicates = 0, forwarded = 0, dead_letters = 0, lag = 0;
  bool conserved = true;
  static constexpr auto fields() {
    return FieldList{field("conserved", &StatusRow::conserved),     field("dead_letters", &StatusRow::dead_letters),
                      field("duplicates", &StatusRow::duplicates),   field("end", &StatusRow::end),
                      field("folded", &StatusRow::folded),           field("forwarded", &StatusRow::forwarded),
                      field("ignored", &StatusRow::ignored),         field("inbox", &StatusRow::inbox),
                      field("lag", &StatusRow::lag),                 field("partition", &StatusRow::partition),
                      field("stage", &StatusRow::stage),             field("start", &StatusRow::start)};
  }
};

// One row a task, by stage and partition. `dense`: every offset of the log holds a record, which is so but on a cluster.
// Fails: as the reading does.
Result<std::vector<StatusRow>> status_rows(Reading& reading, bool dense);

}  // namespace millrace::node
