// millrace simulate: a made-up history in a fresh folder, the same for the same seed; and what it came to, once folded.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <queue>

#include "cli/app.h"
#include "cli/patience.h"
#include "node/node.h"
#include "node/reading.h"
#include "node/request.h"
#include "node/simulated_world.h"
#include "topology/simulation/oracle.h"
#include "topology/simulation/setup.h"

namespace millrace::cli {

namespace {

using simulation::Fact;
using simulation::Plan;

constexpr std::size_t kFactsAtOnce = 1000;

struct SimulateOptions {
  Plan plan{.seed = 1, .leads = 1000, .days = 60};
  bool world = false, run = false, report = false;
  std::size_t threads = 1;
  std::uint16_t partitions = 0;
};

struct Tally {
  std::int64_t facts = 0, operators = 0, captured = 0, wins = 0, duplicates = 0;
};

// Sends facts in the order of their time; operators' records go through their own door.
class Feed {
 public:
  Feed(node::Writer& writer, Tally& tally) : writer_(writer), tally_(tally) {}

  void add(std::vector<Fact> facts) {
    for (Fact& fact : facts) waiting_.push(std::move(fact));
  }
  // Nothing that is added later is earlier than `until`.
  Result<void> send_before(TimeMs until) {
    while (!waiting_.empty() && waiting_.top().time_ms < until) {
      const Fact& next = waiting_.top();
      const auto op = next.is_operator ? node::Request::Op::operators : node::Request::Op::load;
      if (op != request_.op || request_.items.size() >= kFactsAtOnce)
        if (auto sent = send(); !sent) return sent;
      request_.op = op;
      request_.items.push_back(next.json);
      waiting_.pop();
    }
    return {};
  }
  Result<void> send() {
    if (request_.items.empty()) return {};
    const bool operators = request_.op == node::Request::Op::operators;
    request_.args.clear();
    if (operators) request_.args["load"] = "1";
    const auto answer = send_patiently(writer_, request_);
    if (!answer) return answer.fault();
    if (!answer->refused.empty()) return fatal("simulated_fact_refused", "the front door refused " + answer->refused.front());
    (operators ? tally_.operators : tally_.facts) += answer->accepted;
    request_.items.clear();
    return {};
  }

 private:
  node::Writer& writer_;
  Tally& tally_;
  node::Request request_;
  std::priority_queue<Fact, std::vector<Fact>, std::greater<>> waiting_;
};

// Day by day, so that only what is still to come is held in memory.
Result<void> load(const SimulateOptions& options, node::Writer& writer, Tally& tally) {
  const Plan& plan = options.plan;
  std::vector<std::vector<std::uint32_t>> by_day(static_cast<std::size_t>(plan.days));
  for (std::int64_t i = 0; i < plan.leads; ++i) {
    const simulation::Lead lead = simulation::lead_at(plan.seed, i, plan.days);
    by_day[static_cast<std::size_t>(lead.day)].push_back(static_cast<std::uint32_t>(i));
    tally.wins += lead.wins;
    tally.duplicates += lead.duplicate_of.has_value();
  }
  Feed feed(writer, tally);
  feed.add(simulation::setup_records(plan, options.world));
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  for (std::int64_t day = 0; day < plan.days; ++day) {
    for (const std::uint32_t i : by_day[static_cast<std::size_t>(day)]) feed.add(simulation::facts_of_lead(plan, i));
    feed.add(simulation::ad_spend_of_day(plan, day));
    if (auto sent = feed.send_before(plan.start_ms + (day + 1) * kDayMs); !sent) return sent;
    if (terminal) std::fprintf(stderr, "\rday %lld of %lld", static_cast<long long>(day) + 1, static_cast<long long>(plan.days));
  }
  if (terminal) std::fprintf(stderr, "\r                        \r");
  return feed.send();
}

Result<void> simulate(const Globals& globals, const SimulateOptions& options) {
  if (node::Node::exists(globals.data))
    return fatal("exists", globals.data + " holds a namespace already; a simulation begins in a fresh folder: --data NEW_FOLDER");
  const Plan& plan = options.plan;
  node::CreateOptions create;
  create.history = true;
  create.partitions = options.partitions;
  create.policy_toml = simulation::policy_toml(plan);
  create.simulation = plan;
  if (!globals.key_seed.empty()) create.key_seed = globals.key_seed;
  if (auto made = node::Node::create(globals.data, create); !made) return made;
  auto writer = node::Writer::open(globals.target(), globals.open_options());
  if (!writer) return writer.fault();
  Tally tally;
  if (auto loaded = load(options, *writer, tally); !loaded) return loaded;
  if (auto closed = writer->close(); !closed) return closed;

  const char* data = globals.data.c_str();
  std::printf(
      "%s: %lld leads of %lld tenant%s over %lld days from %s (seed %lld)\n"
      "  %lld facts and %lld records of operators wait in history.in\n"
      "  truth: %lld will win, %lld come twice; %s\n\n"
      "next:\n"
      "  millrace run --data %s --once                 fold it\n"
      "  millrace simulate --report --data %s          what it came to, beside the truth\n"
      "  millrace tail routing.decisions --data %s     what was decided, and why\n"
      "  millrace status --data %s                     every record accounted for\n",
      data, static_cast<long long>(plan.leads), static_cast<long long>(plan.tenants), plan.tenants == 1 ? "" : "s",
      static_cast<long long>(plan.days), utc_date(plan.start_ms).c_str(), static_cast<long long>(plan.seed),
      static_cast<long long>(tally.facts), static_cast<long long>(tally.operators), static_cast<long long>(tally.wins),
      static_cast<long long>(tally.duplicates),
      options.world ? "mail is armed, and a simulated world answers it" : "nothing is armed: mail stays a dry run (--world arms it in a simulated world)",
      data, data, data, data);
  return {};
}

Result<void> fold(const Globals& globals, const SimulateOptions& options) {
  node::OpenOptions open;
  open.threads = options.threads;
  if (!globals.key_seed.empty()) open.key_seed = globals.key_seed;
  auto node = node::Node::open(globals.data, open);
  if (!node) return node.fault();
  if (auto settled = (*node)->settle_all([] { return true; }); !settled) return settled;
  return (*node)->close();
}

void print(const std::vector<simulation::OracleRow>& rows) {
  std::array<std::size_t, 4> width{};
  const auto cells = [](const simulation::OracleRow& row) { return std::array{&row.what, &row.truth, &row.measured, &row.limit}; };
  const simulation::OracleRow head{"", "truth", "measured", "limit"};
  for (std::size_t c = 0; c < width.size(); ++c) {
    width[c] = cells(head)[c]->size();
    for (const auto& row : rows) width[c] = std::max(width[c], cells(row)[c]->size());
  }
  const auto line = [&](const simulation::OracleRow& row, std::string_view verdict) {
    std::printf("%-*s", static_cast<int>(width[0]), row.what.c_str());
    for (std::size_t c = 1; c < width.size(); ++c) std::printf("  %*s", static_cast<int>(width[c]), cells(row)[c]->c_str());
    std::printf("  %.*s\n", static_cast<int>(verdict.size()), verdict.data());
  };
  line(head, "verdict");
  for (const auto& row : rows) line(row, name_of(row.verdict));
}

// The oracle's table; true when no limit is broken.
Result<bool> report(const Globals& globals) {
  auto reading = node::Reading::open({.data = globals.data});
  if (!reading) return reading.fault();
  const log::Reader& log = (*reading)->log();
  const auto plan = node::world_plan((*reading)->fixed());
  if (!plan) return fatal("not_simulated", globals.data + " was not made by `millrace simulate`");
  const TopicPartition load{topics::history_in, Partition{0}};
  const auto positions = (*reading)->positions();
  if (!positions) return positions.fault();
  const bool folded = std::any_of(positions->begin(), positions->end(), [&](const log::TaskPosition& p) {
    return p.inbox == load && p.next >= log.end(load).value;
  });
  if (!folded)
    return fatal("not_folded", "part of the history still waits; fold it first: millrace run --data " + globals.data + " --once");
  simulation::Oracle oracle(*plan);
  log::Batch batch;
  for (const TopicId topic : simulation::Oracle::kTopics)
    for (std::uint16_t p = 0; p < log.topics().partitions(topic); ++p) {
      const TopicPartition tp{topic, Partition{p}};
      for (Offset at = log.start(tp); at < log.end(tp); at = batch.next) {
        if (auto got = log.fetch(tp, at, 1000, 4 << 20, batch); !got) return got.fault();
        for (const Record& record : batch.records) oracle.take(topic, record);
      }
    }
  const auto rows = oracle.rows();
  print(rows);
  return std::none_of(rows.begin(), rows.end(), [](const auto& row) { return row.verdict == simulation::OracleVerdict::broken; });
}

}  // namespace

void add_simulate(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("simulate", "Make a history of leads, ads, deals and revenue in a fresh folder");
  auto options = std::make_shared<SimulateOptions>();
  command->add_option("--seed", options->plan.seed, "The same seed gives the same facts")->capture_default_str();
  command->add_option("--leads", options->plan.leads, "How many leads")->capture_default_str()->check(CLI::Range(1, 50'000'000));
  command->add_option("--days", options->plan.days, "Over how many days")->capture_default_str()->check(CLI::Range(1, 3650));
  command->add_option("--tenants", options->plan.tenants, "How many tenants: tenant-1, tenant-2, …")->capture_default_str()->check(CLI::Range(1, 10'000));
  command->add_flag("--world", options->world, "Arm the mail channel: the simulated world delivers, opens, clicks and replies");
  command->add_option("--partitions", options->partitions, "Partitions of the new folder (2)")->check(CLI::Range(1, 256));
  command->add_flag("--run", options->run, "Fold it at once, and then report");
  command->add_option("--threads", options->threads, "Folding threads of --run")->check(CLI::Range(1, 256));
  command->add_flag("--report", options->report, "Make nothing: what a folded simulation came to, beside the truth; exit 1 when a limit is broken");
  command->callback([&globals, &exit, options] {
    if (!globals.brokers.empty())
      return void(exit = cannot(fatal("not_a_history_namespace", "a simulation lives on the log of a data folder: simulate without --brokers (and without "
                                                                 "MILLRACE_BROKERS and `brokers` of millrace.toml). To try a cluster, produce facts to it")));
    if (!options->report) {
      if (auto done = simulate(globals, *options); !done) return void(exit = cannot(done.fault()));
      if (!options->run) return;
      if (auto done = fold(globals, *options); !done) return void(exit = cannot(done.fault()));
      std::printf("\n");
    }
    const auto good = report(globals);
    if (!good) exit = cannot(good.fault());
    else if (!*good) exit = 1;
  });
}

}  // namespace millrace::cli
