// The environment of this machine's folds: time-zone rules, named lists, and the hash over them.
#pragma once

#include <optional>
#include <string>

#include "core/result.h"
#include "topology/environment.h"

namespace millrace::node {

// `pepper_hash` names the tokens' secret; lists are read from `folder`/lists/<name>. Fails: io, naming what is missing.
Result<Environment> load_environment(const std::string& folder, const std::string& pepper_hash);

// What is another than in the environment that `folder`/environment notes, part by part: a changed list, other time zones,
// another version; nullopt: nothing. Then this one is noted. To be called once folding may begin.
std::optional<std::string> note_environment(const std::string& folder, const Environment& environment);

}  // namespace millrace::node
