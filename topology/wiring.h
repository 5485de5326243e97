// The graph: which stage reads which inbox, what it emits, and how its fold is made. Adding a stage is adding a line.
#pragma once

#include "engine/topology.h"
#include "topology/environment.h"

namespace millrace {

// Stages in canonical order, over topics with `partitions` partitions. `environment` must outlive the topology.
engine::Topology make_topology(std::uint16_t partitions, const Environment& environment);

// The graph as text for people, and as Graphviz.
std::string describe(const engine::Topology& topology);
std::string graphviz(const engine::Topology& topology);

}  // namespace millrace
