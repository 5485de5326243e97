// Every chain of the audit ledger, from its first entry to the head that its stage keeps (spec/governance.md section 10).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "engine/task.h"
#include "log/log.h"

namespace millrace::cli {

// Adds a line to `problems` for each chain that breaks; gives how many entries it walked. `tasks`: whose state tells
// where a chain ends; a chain of none of them is walked, but not told to be cut off. Fails: as fetch does.
Result<std::uint64_t> check_ledgers(const log::Reader& log, const std::vector<engine::Task*>& tasks, std::vector<std::string>& problems);

}  // namespace millrace::cli
