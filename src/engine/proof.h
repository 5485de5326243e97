// The proof of claim C1: every partition of every stage, folded again from nothing, gives the committed outputs byte
// for byte; and of law 7: every record delivered is accounted for. Reads the log only; the live state is not touched.
//
// PR-1  It proves what the positions that it is given stand for: outputs of records behind them, which others may have folded
//       meanwhile, are not looked at.
// PR-3  But when all is read the positions that stand then cover every output, or it is a problem: nothing is put out without a
//       position. (On a cluster the two become visible one after the other, so that is waited for.) That they cannot be had is a
//       fault, and proves nothing.
// PR-2  What retention drops while it reads is as if it had been dropped before: of such an inbox only counts are checked, of
//       such a topic the outputs that are left.
// Tests: tests/simulation/engine_test.cpp, tests/integration/kill9.sh
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/task.h"

namespace millrace::engine {

struct Proof {
  std::uint64_t records = 0;   // folded again
  std::uint64_t outputs = 0;   // compared
  std::vector<std::string> problems;  // empty: proven
  // Inboxes whose beginning was dropped by retention, before or meanwhile: of these only the counts were checked.
  std::vector<std::string> trimmed = {};
};

struct ProofServices {
  const Topology& topology;
  const log::Reader& log;
  std::function<std::optional<log::TaskPosition>(TopicPartition inbox)> committed;  // asked once for each, at the beginning
  Keyring& lookups;
  std::string environment;
  bool history = false;
  std::function<Result<std::unique_ptr<state::Kv>>(const std::string& name)> empty_kv;
  std::function<void(const std::string& stage, std::uint16_t partition)> progress = {};
  // All positions that stand when it is called, asked when all outputs were read (PR-3); none: `committed` is asked again.
  std::function<Result<std::vector<log::TaskPosition>>()> committed_now = {};
  bool dense = true;  // every offset of the log holds a record, which is so but on a cluster
};

// Fails: as the log, the stores and the positions do.
Result<Proof> prove(const ProofServices& services);

}  // namespace millrace::engine
