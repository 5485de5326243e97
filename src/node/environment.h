// The environment of this machine's folds: time-zone rules, named lists, and the hash over them.
//
// In a folder: `environment`, the parts of the one that folds there, or folded last; `environments`, a line each, those before.
//
// EN-1  `environments` names only what has folded: what a folder was opened with and nothing was folded under is not in it.
// Tests: tests/unit/environment_test.cpp, tests/integration/environments.sh
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "topology/environment.h"

namespace millrace::node {

// `pepper_hash` names the tokens' secret; lists are read from `folder`/lists/<name>. Fails: io, naming what is missing.
Result<Environment> load_environment(const std::string& folder, const std::string& pepper_hash);

// What is another than in the environment that `folder`/environment notes, part by part: a changed list, other time zones,
// another version; nullopt: nothing. Then this one is noted. To be called once folding may begin. `last` is the hash of the one
// that folded last, as the log has it; empty: none; nullopt: the log does not tell, and it is the noted one.
std::optional<std::string> note_environment(const std::string& folder, const Environment& environment, const std::optional<std::string>& last);

// Under what was folded what a folder has.
struct FoldedUnder {
  struct Other {
    std::string hash;
    std::string parts;  // as Environment's; empty: not known here
  };
  std::vector<Other> others;  // but the one that is asked about; in the order in which each came first
  bool this_too = false;      // the one that is asked about was the last
};
// `last` as above.
FoldedUnder folded_under(const std::string& folder, const Environment& environment, const std::optional<std::string>& last);
// For people, where folding again under `environment` gives something else: which environments there are, by what they differ in,
// and what to do. Empty where there is no other.
std::string in_words(const FoldedUnder& folded, const Environment& environment);

}  // namespace millrace::node
