// The environment of this machine's folds: time-zone rules, named lists, and the hash over them.
#pragma once

#include <string>

#include "core/result.h"
#include "topology/environment.h"

namespace millrace::node {

// `pepper_hash` names the tokens' secret; lists are read from `folder`/lists/<name>. Fails: io, naming what is missing.
Result<Environment> load_environment(const std::string& folder, const std::string& pepper_hash);

}  // namespace millrace::node
