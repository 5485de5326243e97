// millrace run: the processor itself, live or until everything is folded.
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "api/metrics_endpoint.h"
#include "cli/app.h"
#include "cli/coming_up.h"
#include "cli/event_log.h"
#include "node/node.h"
#include "node/cluster.h"
#include "node/door.h"
#include "node/server.h"
#include "node/status_watch.h"

namespace millrace::cli {

namespace {

constexpr std::chrono::minutes kTopicsWait{1};  // for brokers that know no topics yet

std::atomic<bool> stop{false};
void on_signal(int) { stop = true; }

struct RunOptions {
  bool once = false, history = false;
  std::optional<std::size_t> threads, cache_mb;
  std::uint16_t partitions = 0;
  std::string durability, policy_file, metrics;
};

std::size_t threads_of(const Globals& globals, const RunOptions& options) {
  const auto cores = static_cast<std::int64_t>(std::max(1u, std::thread::hardware_concurrency()));
  return options.threads.value_or(static_cast<std::size_t>(globals.settings.threads.value_or(cores)));
}

// Serves metrics where they were asked for; else gives nothing.
Result<std::unique_ptr<api::MetricsEndpoint>> serve_metrics(const Globals& globals, const RunOptions& options, EventLog& events,
                                                            api::MetricsEndpoint::Collect collect) {
  const std::string where = options.metrics.empty() ? globals.settings.metrics.value_or("") : options.metrics;
  if (where.empty()) return std::unique_ptr<api::MetricsEndpoint>();
  auto endpoint = api::MetricsEndpoint::open(where, std::move(collect));
  if (endpoint) events.tell({.name = "config", .code = "metrics", .detail = "http://" + (*endpoint)->address() + "/metrics"});
  return endpoint;
}

// On a cluster: members for the stages, and a door for the commands of this folder.
Result<void> run_on_cluster(const Globals& globals, const RunOptions& options, EventLog& events) {
  if (options.once || options.history || options.partitions || !options.policy_file.empty() || !options.durability.empty())
    return fatal("bad_argument", "--once, --history, --partitions, --policy and --durability belong to a data folder with its own log; on a "
                                 "cluster `millrace topology --create` makes the namespace");
  events.tell({.name = "start", .detail = globals.brokers});
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto tell_fault = [&](const Fault& fault) {
    events.tell({.level = fault.kind == Fault::Kind::fatal ? Level::error : Level::warn, .name = "fault", .code = fault.code, .detail = fault.message});
  };
  const auto open = [&] {
    const std::size_t cache_mb = options.cache_mb.value_or(static_cast<std::size_t>(globals.settings.cache_mb.value_or(256)));
    return node::open_cluster(globals.target(), {.threads = threads_of(globals, options), .cache_bytes = cache_mb << 20, .key_seed = {}, .keep = globals.settings.log_keep});
  };
  ComingUp coming;
  // Who has never run here has most likely named what is not there.
  if (node::Cluster::has_run(globals.data)) coming.topics_wait = kTopicsWait;
  coming.stopped = [] { return stop.load(); };
  coming.tell = tell_fault;
  auto cluster = open_when_up<std::unique_ptr<node::Cluster>>(open, coming);
  if (!cluster) return stop ? Result<void>() : Result<void>(cluster.fault());
  std::unique_ptr<node::StatusWatch> watch;
  if (!options.metrics.empty() || globals.settings.metrics) watch = std::make_unique<node::StatusWatch>(globals.target());
  const auto metrics = serve_metrics(globals, options, events, [&] {
    Measures all = (*cluster)->measures();
    watch->add_to(all);
    return all;
  });
  if (!metrics) return metrics.fault();
  node::Door door;
  if (auto opened = door.open(globals.data); !opened) return opened;
  std::thread answers([&] {
    while (!stop) {
      door.turn(**cluster, 100);
      events.tell_counted();
    }
    door.finish(**cluster);
  });
  events.tell({.name = "ready"});
  auto ran = (*cluster)->run(stop, {tell_fault, [&](std::string_view event, const std::string& member, const std::string& detail) {
                                      events.tell({.name = event, .detail = "member " + member + ": " + detail});
                                    }});
  stop = true;
  answers.join();
  if (!ran) return ran;
  events.tell({.name = "stop"});
  return {};
}

Result<void> run(const Globals& globals, const RunOptions& options, EventLog& events) {
  if (!globals.brokers.empty()) return run_on_cluster(globals, options, events);
  if (!node::Node::exists(globals.data)) {
    const auto policy = options.policy_file.empty() ? Result<std::string>(std::string()) : read_file(options.policy_file);
    if (!policy) return policy.fault();
    node::CreateOptions create;
    create.history = options.history;
    create.partitions = options.partitions;
    create.policy_toml = *policy;
    if (!globals.key_seed.empty()) create.key_seed = globals.key_seed;
    if (auto made = make_folder(globals.data, create); !made) return made;
    events.tell({.name = "config", .code = "namespace_created", .detail = globals.data});
  } else if (!options.policy_file.empty()) {
    return fatal("exists", globals.data + " has a policy already; change it with `millrace policy apply " +
                               options.policy_file + " --data " + globals.data + "`");
  }
  node::OpenOptions open = globals.open_options();
  open.threads = threads_of(globals, options);
  if (options.cache_mb) open.cache_bytes = *options.cache_mb << 20;
  if (!options.durability.empty())
    open.durability = options.durability == "os" ? log::Durability::os : log::Durability::fsync;
  if (!globals.settings.file.empty()) events.tell({.name = "config", .code = "settings", .detail = globals.settings.file});
  events.tell({.name = "start", .detail = globals.data});
  open.events = &events;
  auto node = node::Node::open(globals.data, open);
  if (!node) return node.fault();
  // What was fixed when the folder was made is not quietly something else.
  const engine::Topology& topology = (*node)->topology();
  if (const auto partitions = topology.topics.partitions(topology.front_door); options.partitions && options.partitions != partitions)
    return fatal("fixed", globals.data + " was made with " + std::to_string(partitions) +
                              " partitions, which never changes; leave --partitions out, or name a new folder");
  if (options.history && !(*node)->history())
    return fatal("not_a_history_namespace", globals.data + " was made with the clock of the wall, which never changes; leave --history out, or name a new folder");

  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto keep_going = [&] {
    events.tell_counted();
    return !stop.load();
  };
  auto metrics = serve_metrics(globals, options, events, [&] { return (*node)->measures(); });
  if (!metrics) return metrics.fault();
  node::Server server(**node);
  if (auto listening = server.open(); !listening) return listening;
  events.tell({.name = "ready"});
  if (auto served = options.once ? server.run_once(keep_going) : server.run(keep_going); !served) return served;
  if (auto trimmed = (*node)->trim(true); !trimmed) return trimmed;
  metrics->reset();  // a closed log is not asked
  if (auto closed = (*node)->close(); !closed) return closed;
  events.tell({.name = "stop"});
  return {};
}

}  // namespace

void add_run(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("run", "Fold what comes, until stopped (Ctrl-C); makes the folder if there is none");
  auto options = std::make_shared<RunOptions>();
  command->add_flag("--once", options->once, "Fold everything that waits, then stop");
  command->add_option("--threads", options->threads, "Folding threads")->check(CLI::Range(1, 256));
  command->add_option("--cache-mb", options->cache_mb, "Memory for decoded rows")->check(CLI::Range(1, 1 << 20));
  command->add_option("--durability", options->durability, "When a write counts as durable: os (survives the process) or fsync (survives the power); default as the folder was made")
      ->check(CLI::IsMember({"os", "fsync"}));
  command->add_option("--policy", options->policy_file, "The policy that a new folder begins with");
  command->add_option("--partitions", options->partitions, "Partitions of a new folder (8; history 2)")->check(CLI::Range(1, 256));
  command->add_flag("--history", options->history, "A new folder has the clock of its events, not the wall's");
  command->add_option("--metrics", options->metrics, "Serve Prometheus metrics at HOST:PORT, or at PORT of this machine alone; port 0 is a free one, told in the log");
  command->callback([&globals, &exit, options] {
    EventLog events(level_of(globals.settings.log_level.value_or("info")).value_or(Level::info));
    if (auto done = run(globals, *options, events); !done) {
      events.tell({.level = Level::error, .name = "fault", .code = done.fault().code, .detail = done.fault().message});
      exit = cannot(done.fault());
    }
  });
}

}  // namespace millrace::cli
