// millrace verify: fold everything again from the log and prove that it comes out the same; walk the audit chains.
#include <unistd.h>

#include <cstdio>
#include <map>
#include <optional>

#include "cli/app.h"
#include "cli/ledger_check.h"
#include "engine/proof.h"
#include "node/beside.h"
#include "node/cluster_beside.h"
#include "node/environment.h"
#include "node/node.h"
#include "node/verified.h"

namespace millrace::cli {

namespace {

Result<engine::Proof> run_proof(engine::ProofServices services) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  if (terminal)
    services.progress = [](const std::string& stage, std::uint16_t partition) {
      std::fprintf(stderr, "\rfolding %s/%u again        ", stage.c_str(), partition);
    };
  auto proof = engine::prove(services);
  if (terminal) std::fprintf(stderr, "\r                                        \r");
  return proof;
}

struct Verified {
  engine::Proof proof;
  std::string environments;  // when there are problems: what may be no damage
  std::uint64_t ledger_entries = 0;
};

// `last`: as node::folded_under().
std::string environments_of(const Globals& globals, const Environment& environment, const std::optional<std::string>& last, const engine::Proof& proof) {
  return proof.problems.empty() ? std::string() : node::in_words(node::folded_under(globals.data, environment, last), environment);
}

Result<Verified> with_ledgers(engine::Proof proof, std::string environments, const log::Reader& log, const std::vector<engine::Task*>& tasks) {
  Verified verified{std::move(proof), std::move(environments)};
  const auto entries = check_ledgers(log, tasks, verified.proof.problems);
  if (!entries) return entries.fault();
  verified.ledger_entries = *entries;
  return verified;
}

// Another process has the folder: what it has published is proven beside it, save what only its state holds.
Result<Verified> verify_beside(const Globals& globals) {
  auto beside = node::Beside::open(globals.target());
  if (!beside) return beside.fault();
  node::Beside& b = **beside;
  auto proof = run_proof({b.topology(), b.log(), [&](TopicPartition inbox) { return b.log().committed(inbox); }, b.lookups(),
                          b.environment().hash, b.history(), [&](const std::string& name) { return b.scratch_kv(name); }});
  if (!proof) return proof.fault();
  std::fprintf(stderr, "a process has the folder: verified up to what it had published when this began; that the ledgers' ends were not cut off "
                       "shows when it is stopped\n");
  std::string environments = environments_of(globals, b.environment(), b.log().environment(), *proof);
  return with_ledgers(*std::move(proof), std::move(environments), b.log(), {});
}

Result<Verified> verify_folder(const Globals& globals) {
  auto node = node::Node::open(globals.data, globals.open_options());
  if (!node && node.fault().code == "locked") return verify_beside(globals);
  if (!node) return node.fault();
  node::Node& n = **node;
  auto proof = run_proof({n.topology(), n.log(), [&](TopicPartition inbox) { return n.embedded_log().committed(inbox); },
                          n.keys().lookups(), n.environment().hash, n.history(),
                          [&](const std::string& name) { return n.scratch_kv(name); }});
  if (proof)
    if (auto whole = n.embedded_log().check(); !whole) proof = whole.fault();
  n.drop_scratch();
  if (!proof) return proof.fault();
  std::string environments = environments_of(globals, n.environment(), n.embedded_log().environment(), *proof);
  auto verified = with_ledgers(*std::move(proof), std::move(environments), n.log(), n.tasks());
  if (!verified) return verified;
  if (auto closed = n.close(); !closed) return closed.fault();
  return verified;
}

// Takes no partitions: instances go on meanwhile, this folder's own too, and what they commit later is not looked at.
Result<Verified> verify_cluster(const Globals& globals) {
  auto beside = node::ClusterBeside::open(globals.target());
  if (!beside) return beside.fault();
  node::Cluster& c = (*beside)->cluster();
  const auto positions = c.positions();
  if (!positions) return positions.fault();
  std::map<TopicPartition, log::TaskPosition> at;
  for (const log::TaskPosition& p : *positions) at[p.inbox] = p;
  engine::ProofServices services{c.topology(), c.log(),
                                 [&](TopicPartition inbox) {
                                   const auto found = at.find(inbox);
                                   return found == at.end() ? std::nullopt : std::optional(found->second);
                                 },
                                 c.fold_lookups(), c.environment().hash, false,
                                 [&](const std::string& name) { return c.scratch_kv(name); }};
  services.committed_now = [&c] { return c.positions(); };
  services.dense = false;
  auto proof = run_proof(std::move(services));
  c.drop_scratch();
  if (!proof) return proof.fault();
  std::string environments = environments_of(globals, c.environment(), std::nullopt, *proof);
  return with_ledgers(*std::move(proof), std::move(environments), c.log(), {});
}

constexpr std::size_t kTrimmedNamed = 3;  // of the inboxes that are trimmed

}  // namespace

void add_verify(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand(
      "verify", "Fold every partition again from the log: outputs byte for byte, every record accounted for; walk the audit chains");
  command->callback([&globals, &exit] {
    const auto verified = globals.brokers.empty() ? verify_folder(globals) : verify_cluster(globals);
    if (!verified) {
      exit = cannot(verified.fault());
      return;
    }
    const engine::Proof& proof = verified->proof;
    for (const std::string& problem : proof.problems) std::printf("%s\n", problem.c_str());
    if (!verified->environments.empty()) std::printf("%s\n", verified->environments.c_str());
    for (std::size_t i = 0; i < proof.trimmed.size(); ++i) {
      if (i == kTrimmedNamed) {
        std::printf("not folded again: %zu more, as `status` shows by their start\n", proof.trimmed.size() - i);
        break;
      }
      std::printf("not folded again: %s; what was before is dropped\n", proof.trimmed[i].c_str());
    }
    std::printf("%s: %llu records folded again, %llu outputs compared, %llu ledger entries walked, %zu problems\n",
                !proof.problems.empty() ? "NOT PROVEN" : proof.trimmed.empty() ? "proven" : "proven in part",
                static_cast<unsigned long long>(proof.records), static_cast<unsigned long long>(proof.outputs),
                static_cast<unsigned long long>(verified->ledger_entries), proof.problems.size());
    if (!proof.trimmed.empty())
      std::printf("the log is trimmed: of %zu inboxes only frames and counts could be checked, not what folding gives\n", proof.trimmed.size());
    exit = proof.problems.empty() ? 0 : 1;
    if (auto noted = node::note_verified(globals.data, {node::wall_ms(), static_cast<std::int64_t>(proof.problems.size())}); !noted)
      exit = cannot(noted.fault());
  });
}

}  // namespace millrace::cli
