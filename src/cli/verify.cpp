// millrace verify: fold everything again from the log and prove that it comes out the same.
#include <unistd.h>

#include <cstdio>

#include "cli/app.h"
#include "engine/proof.h"
#include "node/node.h"

namespace millrace::cli {

namespace {

Result<engine::Proof> verify(const Globals& globals) {
  node::OpenOptions open;
  if (!globals.key_seed.empty()) open.key_seed = globals.key_seed;
  auto node = node::Node::open(globals.data, open);
  if (!node) return node.fault();
  node::Node& n = **node;
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  engine::ProofServices services{n.topology(), n.embedded_log(), n.keys().lookups(), n.environment(), n.history(),
                                 [&](const std::string& name) { return n.scratch_kv(name); }};
  if (terminal)
    services.progress = [](const std::string& stage, std::uint16_t partition) {
      std::fprintf(stderr, "\rfolding %s/%u again        ", stage.c_str(), partition);
    };
  auto proof = engine::prove(services);
  if (terminal) std::fprintf(stderr, "\r                                        \r");
  n.drop_scratch();
  if (!proof) return proof.fault();
  if (auto closed = n.close(); !closed) return closed.fault();
  return proof;
}

}  // namespace

void add_verify(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand(
      "verify", "Fold every partition again from the log: outputs byte for byte, every record accounted for");
  command->callback([&globals, &exit] {
    const auto proof = verify(globals);
    if (!proof) {
      exit = cannot(proof.fault());
      return;
    }
    for (const std::string& problem : proof->problems) std::printf("%s\n", problem.c_str());
    std::printf("%s: %llu records folded again, %llu outputs compared, %zu problems\n",
                proof->problems.empty() ? "proven" : "NOT PROVEN", static_cast<unsigned long long>(proof->records),
                static_cast<unsigned long long>(proof->outputs), proof->problems.size());
    exit = proof->problems.empty() ? 0 : 1;
  });
}

}  // namespace millrace::cli
