// The rows that stages keep, printed: what `millrace state` asks, of whoever has the tables.
#pragma once

#include <span>
#include <string_view>

#include "engine/topology.h"
#include "node/request.h"

namespace millrace::node {

// One task's memory.
struct StageState {
  std::string_view stage;
  state::TableSpace& space;
};

// `parts`: of any stages; those of the stage that the request names are asked. Refused: unknown_stage, unknown_table, not_here
// (a stage of which there is no part).
Response query_state(const Request& request, const engine::Topology& topology, std::span<const StageState> parts);

}  // namespace millrace::node
