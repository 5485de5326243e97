// millrace topology: the graph, for people or for Graphviz.
#include <cstdio>

#include "cli/app.h"
#include "node/cluster.h"
#include "topology/wiring.h"

namespace millrace::cli {

namespace {

Result<void> make_on_cluster(const Globals& globals, std::uint16_t partitions, const std::string& policy_file) {
  if (globals.brokers.empty())
    return fatal("bad_argument", "--create makes a namespace on a cluster: say which by --brokers HOST:PORT. A data folder is made by `millrace run`");
  node::ClusterCreate create;
  create.partitions = partitions;
  if (!globals.key_seed.empty()) create.key_seed = globals.key_seed;
  if (!policy_file.empty()) {
    auto text = read_file(policy_file);
    if (!text) return text.fault();
    create.policy_toml = *std::move(text);
  }
  const auto settings = log::kafka::KafkaSettings::from(globals.target().kafka);
  if (!settings) return settings.fault();
  return node::Cluster::create(globals.data, *settings, create);
}

}  // namespace

void add_topology(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("topology", "Print the stages, their inboxes and what they emit");
  auto dot = std::make_shared<bool>(false);
  auto names = std::make_shared<bool>(false);
  auto partitions = std::make_shared<std::uint16_t>(8);
  command->add_flag("--dot", *dot, "As Graphviz: millrace topology --dot | dot -Tsvg > topology.svg");
  command->add_flag("--topics", *names, "Only the names of all topics, one a line");
  command->add_option("--partitions", *partitions, "Partitions of each inbox")->capture_default_str();
  auto create = std::make_shared<bool>(false);
  auto policy_file = std::make_shared<std::string>();
  command->add_flag("--create", *create, "Make the namespace on the cluster that --brokers names: topics, keys, first records; --data becomes its first instance");
  command->add_option("--policy", *policy_file, "With --create: the policy that the namespace begins with");
  command->callback([&globals, &exit, dot, names, partitions, create, policy_file] {
    if (*create) {
      if (auto made = make_on_cluster(globals, *partitions, *policy_file); !made) exit = cannot(made.fault());
      else std::printf("it stands on %s, made now or before; start it: millrace run --brokers %s%s%s --data %s\n", globals.brokers.c_str(), globals.brokers.c_str(),
                       globals.name_space.empty() ? "" : " --namespace ", globals.name_space.c_str(), globals.data.c_str());
      return;
    }
    const Environment environment;
    const engine::Topology topology = make_topology(*partitions, environment);
    if (*names) {
      for (std::size_t i = 0; i < topology.topics.size(); ++i)
        std::printf("%s\n", topology.topics[TopicId{static_cast<std::uint8_t>(i)}].name.c_str());
      return;
    }
    std::fputs((*dot ? graphviz(topology) : describe(topology)).c_str(), stdout);
  });
}

}  // namespace millrace::cli
