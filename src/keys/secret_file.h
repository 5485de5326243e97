// Files that only their owner may read (mode 0600): the master key, the operator key, secrets/NAME.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace {

// The whole file. Fails: missing; secret_mode when others than the owner may read or write it.
Result<std::string> read_secret_file(const std::string& path);
// Makes the file and its folder (0700), durable when it returns. Fails: exists.
Result<void> create_secret_file(const std::string& path, std::string_view content);

}  // namespace millrace
