// millrace topology: the graph, for people or for Graphviz.
#include <cstdio>

#include "cli/app.h"
#include "topology/wiring.h"

namespace millrace::cli {

void add_topology(CLI::App& app, Globals&, Exit) {
  auto* command = app.add_subcommand("topology", "Print the stages, their inboxes and what they emit");
  auto dot = std::make_shared<bool>(false);
  auto names = std::make_shared<bool>(false);
  auto partitions = std::make_shared<std::uint16_t>(8);
  command->add_flag("--dot", *dot, "As Graphviz: millrace topology --dot | dot -Tsvg > topology.svg");
  command->add_flag("--topics", *names, "Only the names of all topics, one a line");
  command->add_option("--partitions", *partitions, "Partitions of each inbox")->capture_default_str();
  command->callback([dot, names, partitions] {
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
