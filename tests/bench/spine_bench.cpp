// The whole spine on a folder of its own: one program, run by scripts/bench, which makes the table.
//
//   spine_bench make DIR LEADS                      a wall namespace with LEADS captured and folded, stopped cleanly
//   spine_bench fold DIR LEADS ACTIVE FACTS THREADS [limits]
//                                                   folds FACTS about ACTIVE of them, then measures the limits
//   spine_bench fold DIR LEADS ACTIVE FACTS THREADS die
//                                                   the same, but the process kills itself (SIGKILL) at the end of it
//   spine_bench fold DIR LEADS ACTIVE FACTS THREADS grow
//                                                   the same, and says after each 100,000 facts what these have cost
//   spine_bench open DIR                            recovers, and says how long it took
//   spine_bench latency DIR LEADS RATE SECONDS      against a running `millrace run --data DIR`
//
// Each prints lines "name value". Times are in seconds or microseconds as the name says; cpu_us is processor time of
// the whole process, RocksDB's own threads included.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <thread>

#include "log/embedded/reader.h"
#include "node/front_door.h"
#include "node/node.h"
#include "node/request.h"
#include "tests/bench/limits.h"
#include "tests/bench/traffic.h"
#include "topology/simulation/setup.h"
#include "topology/topics.h"

namespace millrace::bench {

namespace {

constexpr std::int64_t kFrameFacts = 1000;
constexpr std::int64_t kTurn = 100'000;  // facts that lie ready before folding begins

// A line of /proc/self/status, in MB.
double status_mb(std::string_view name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) return std::strtod(line.c_str() + name.size() + 1, nullptr) / 1024;
  return 0;
}

// Bytes that the process has given to write calls, in MB: the log, and every time that RocksDB writes a row.
double written_mb() {
  std::ifstream io("/proc/self/io");
  for (std::string line; std::getline(io, line);)
    if (line.starts_with("wchar:")) return std::strtod(line.c_str() + 6, nullptr) / 1e6;
  return 0;
}

class Feed {
 public:
  explicit Feed(node::Node& node) : node_(node) {}

  // Takes facts through the front door into the log, as `produce` does.
  void append(std::int64_t first, std::int64_t count, const std::function<std::string(std::int64_t)>& make) {
    const std::uint16_t partitions = node_.topology().topics.partitions(topics::crm_events);
    for (std::int64_t n = first; n < first + count; n += kFrameFacts) {
      std::vector<std::string> texts;
      for (std::int64_t i = n; i < std::min(n + kFrameFacts, first + count); ++i) texts.push_back(make(i));
      const double begin = process_seconds();
      const TimeMs now = node::wall_ms();
      std::vector<node::Admitted> facts(texts.size());
      std::vector<NewRecord> records;
      for (std::size_t i = 0; i < texts.size(); ++i) {
        if (const auto reason = node::admit(texts[i], false, now, false, node_.keys(), facts[i]); !reason.empty()) {
          give_up("refused " + reason + ": " + texts[i]);
        }
        records.push_back({{topics::crm_events, Partition{partition_of(facts[i].key, partitions)}}, now, facts[i].key, facts[i].value, {}});
      }
      must(node_.keys().sync());
      (void)must(node_.engine().append(records));
      admit_seconds += process_seconds() - begin;
    }
  }
  void tick() {
    const TimeMs now = node::wall_ms() / 10'000 * 10'000;
    const std::string body = engine::tick_body(now);
    (void)must(node_.engine().append({{{topics::control, Partition{0}}, node::wall_ms(), {}, body, {}}}));
  }
  double admit_seconds = 0;

 private:
  node::Node& node_;
};

std::unique_ptr<node::Node> open_node(const std::string& folder, std::size_t threads) {
  return must(node::Node::open(folder, {.threads = threads, .durability = log::Durability::os}));
}

int make(const std::string& folder, std::int64_t leads) {
  std::filesystem::create_directories(folder);
  const Population population = new_population(folder, leads);
  node::CreateOptions create;
  create.policy_toml = policy_toml(population);
  must(node::Node::create(folder, create));
  const auto node = open_node(folder, 2);
  for (const simulation::Fact& fact : simulation::setup_records(plan_of(population), false)) {
    node::Request request;
    request.op = node::Request::Op::operators;
    request.items = {fact.json};
    request.args["tenant"] = fact.tenant;
    const node::Response answer = node::handle(*node, request);
    if (!answer.code.empty()) give_up(answer.message);
  }
  must(node->settle());
  Feed feed(*node);
  double wall = 0, cpu = 0;
  for (std::int64_t n = 0; n < leads; n += kTurn) {
    feed.append(n, std::min(kTurn, leads - n), [&](std::int64_t i) { return capture(population, i); });
    const auto begin = Clock::now();
    const double cpu_begin = process_seconds();
    must(node->settle());
    wall += seconds_since(begin);
    cpu += process_seconds() - cpu_begin;
    if (::isatty(STDERR_FILENO)) std::fprintf(stderr, "\r%lld leads", static_cast<long long>(std::min(n + kTurn, leads)));
  }
  must(node->close());
  say("fill_per_s", static_cast<double>(leads) / wall);
  say("fill_cpu_us", cpu / static_cast<double>(leads) * 1e6);
  return 0;
}

// What the log holds from `begin` on, of every topic.
Written collect(const log::Reader& log, const std::vector<Offset>& begin) {
  Written written;
  written.topics = log.topics();
  log::Batch batch;
  std::size_t next = 0;
  for (std::uint8_t t = 0; t < log.topics().size(); ++t)
    for (std::uint16_t p = 0; p < log.topics().partitions(TopicId{t}); ++p) {
      const TopicPartition tp{TopicId{t}, Partition{p}};
      const Offset from = begin[next++];
      for (Offset at = from; at < log.end(tp);) {
        must(log.fetch(tp, at, 1000, 4 << 20, batch));
        for (const Record& record : batch.records) {
          Written::Item item{tp, static_cast<std::uint32_t>(written.bytes.size()), static_cast<std::uint32_t>(record.key.size()),
                             static_cast<std::uint32_t>(record.value.size()), t < topics::kInboxes && t <= topics::attribution_touches.value};
          written.bytes.append(record.key).append(record.value);
          (tp.topic == topics::crm_events ? written.facts : written.outputs).push_back(item);
        }
        at = at + static_cast<std::int64_t>(batch.records.size());
      }
    }
  return written;
}

std::vector<Offset> ends(const log::Reader& log) {
  std::vector<Offset> all;
  for (std::uint8_t t = 0; t < log.topics().size(); ++t)
    for (std::uint16_t p = 0; p < log.topics().partitions(TopicId{t}); ++p) all.push_back(log.end({TopicId{t}, Partition{p}}));
  return all;
}

// What was spent and written so far; the difference of two is a turn's.
struct Spent {
  double cpu_s = 0, written_mb = 0, outputs = 0;
  std::map<std::string, double> stages{};  // seconds in each stage's folds
};

Spent spent(const node::Node& node, double cpu_s) {
  Spent now{cpu_s, written_mb()};
  const std::vector<Offset> all = ends(node.log());
  for (const Offset end : all) now.outputs += static_cast<double>(end.value);
  for (const Measure& measure : node.measures())
    if (measure.name == "millrace_step_seconds") now.stages[measure.labels.front().second] = measure.value;
  return now;
}

// Lines "name@facts value", of the turn that ended with that fact.
void say_turn(std::int64_t end, std::int64_t facts, const Spent& from, const Spent& to) {
  const double count = static_cast<double>(facts);
  const std::string at = "@" + std::to_string(end);
  say("cpu_us" + at, (to.cpu_s - from.cpu_s) / count * 1e6);
  say("outputs_per_fact" + at, (to.outputs - from.outputs) / count);
  say("written_bytes_per_fact" + at, (to.written_mb - from.written_mb) / count * 1e6);
  for (const auto& [stage, seconds] : to.stages) {
    const auto before = from.stages.find(stage);
    say(stage + "_us" + at, (seconds - (before == from.stages.end() ? 0 : before->second)) / count * 1e6);
  }
  say("peak_mb" + at, status_mb("VmHWM"));
}

int fold(const std::string& folder, std::int64_t leads, std::int64_t active, std::int64_t facts, std::size_t threads, std::string_view then) {
  const bool die = then == "die";
  const Population population = population_of(folder, leads, active);
  const std::string salt = std::to_string(node::wall_ms());
  const auto node = open_node(folder, threads);
  Feed feed(*node);
  double wall = 0, cpu = 0, longest = 0;
  const double written_before = written_mb();
  std::vector<Offset> last_turn;
  std::int64_t last_facts = 0;
  for (std::int64_t n = 0; n < facts; n += kTurn) {
    last_turn = ends(node->log());
    last_facts = std::min(kTurn, facts - n);
    feed.append(n, last_facts, [&](std::int64_t i) { return fact(population, i, salt); });
    feed.tick();
    const Spent before = then == "grow" ? spent(*node, cpu) : Spent{};
    auto round = Clock::now();
    const auto begin = round;
    const double cpu_begin = process_seconds();
    must(node->settle([&] {
      longest = std::max(longest, seconds_since(std::exchange(round, Clock::now())));
      if (die && n + kTurn >= facts && node->engine().idle()) ::raise(SIGKILL);
      return true;
    }));
    wall += seconds_since(begin);
    cpu += process_seconds() - cpu_begin;
    if (then == "grow") say_turn(n + last_facts, last_facts, before, spent(*node, cpu));
  }
  if (die) ::raise(SIGKILL);
  const double count = static_cast<double>(facts);
  say("facts_per_s", count / wall);
  say("cpu_us", cpu / count * 1e6);
  say("admit_us", feed.admit_seconds / count * 1e6);
  say("longest_round_ms", longest * 1e3);
  say("written_bytes_per_fact", (written_mb() - written_before) / count * 1e6);
  say("peak_mb", status_mb("VmHWM"));
  say("anonymous_mb", status_mb("RssAnon"));

  if (then != "limits") {
    must(node->close());
    return 0;
  }

  const Written written = collect(node->log(), last_turn);
  double fact_bytes = 0, output_bytes = 0;
  for (const auto& item : written.facts) fact_bytes += item.value_size;
  for (const auto& item : written.outputs) output_bytes += item.value_size;
  const double turn = static_cast<double>(last_facts);
  say("fact_bytes", fact_bytes / static_cast<double>(written.facts.size()));
  say("outputs_per_fact", static_cast<double>(written.outputs.size()) / turn);
  say("output_bytes_per_fact", output_bytes / turn);
  const Limits limits = must(measure_limits(written, folder + "/bench-scratch"));
  say("parses_per_fact", static_cast<double>(limits.parsed) / turn);
  say("seals_per_fact", static_cast<double>(limits.sealed) / turn);
  say("parse_us", limits.parse_s / turn * 1e6);
  say("seal_us", limits.seal_s / turn * 1e6);
  say("encode_us", limits.encode_s / turn * 1e6);
  say("append_us", limits.append_s / turn * 1e6);
  say("rocksdb_us", limits.rocksdb_s / turn * 1e6);
  say("composed_us", limits.composed_s() / turn * 1e6);
  must(node->close());
  return 0;
}

int open(const std::string& folder) {
  const auto begin = Clock::now();
  const auto node = open_node(folder, 2);
  say("recovery_s", seconds_since(begin));
  must(node->close());
  return 0;
}

// Routing decisions and commands are read as any follower reads them. A root's time is when the front door appended it.
int latency(const std::string& folder, std::int64_t leads, std::int64_t rate, std::int64_t seconds) {
  const Population population = population_of(folder, leads, std::min<std::int64_t>(leads, 50'000));
  const auto log = must(log::FollowingLog::open(folder + "/log"));
  std::atomic<bool> done{false};
  std::thread producer([&] { produce({.folder = folder, .population = population, .rate = rate, .seconds = seconds, .fresh = 2}, done); });
  Watch decisions{"decisions", topics::routing_decisions, "\"type\":\"route.decided\""};
  Watch commands{"commands", topics::outreach_commands};
  log::Batch roots;
  const auto follow = [&] {
    const auto more = log->refresh();
    if (more && !*more) log->wait(2);
    return more;
  };
  watch(*log, follow, {&decisions, &commands}, done, [&](const Record& record) -> std::optional<TimeMs> {
    const Position root = record.headers.root;
    if (root.topic != topics::crm_events) return std::nullopt;
    must(log->fetch({root.topic, root.partition}, root.offset, 1, 1 << 20, roots));
    return roots.records.front().timestamp;
  });
  producer.join();
  decisions.say();
  commands.say();
  return 0;
}

int run(const std::vector<std::string>& args) {
  const auto number = [&](std::size_t i) { return static_cast<std::int64_t>(std::strtoll(args[i].c_str(), nullptr, 10)); };
  const std::string what = args.empty() ? "" : args[0];
  if (what == "make" && args.size() == 3) return make(args[1], number(2));
  if (what == "fold" && (args.size() == 6 || args.size() == 7))
    return fold(args[1], number(2), number(3), number(4), static_cast<std::size_t>(number(5)), args.size() == 7 ? args[6] : "");
  if (what == "open" && args.size() == 2) return open(args[1]);
  if (what == "latency" && args.size() == 5) return latency(args[1], number(2), number(3), number(4));
  std::fprintf(stderr, "spine_bench: see the head of tests/bench/spine_bench.cpp\n");
  return 2;
}

}  // namespace

}  // namespace millrace::bench

int main(int argc, char** argv) { return millrace::bench::run({argv + 1, argv + argc}); }
