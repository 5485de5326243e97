// The figures of `status`, of the folder and of the process, as measures.
//
// Threads: any.      Tests: tests/integration/metrics.sh, tests/kafka/metrics.sh
#pragma once

#include <string>
#include <vector>

#include "core/measures.h"
#include "node/status_rows.h"

namespace millrace::node {

// Lag, bounds of the log and what became of records, by inbox and partition. `dense`: as in status_rows().
void add_status(const std::vector<StatusRow>& rows, bool dense, Measures& out);
// Bytes of state by stage, and the share of the folder's disk that is free.
void add_folder(const std::string& folder, Measures& out);
// Memory, processor time and start of this process, as Prometheus names them, and which program it is.
void add_process(const char* log, Measures& out);

}  // namespace millrace::node
