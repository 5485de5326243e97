#include "node/state_query.h"

#include <algorithm>

namespace millrace::node {

namespace {

std::string asked(const Request& request, const char* name) {
  const auto found = request.args.find(name);
  return found == request.args.end() ? std::string() : found->second;
}

}  // namespace

Response query_state(const Request& request, const engine::Topology& topology, std::span<const StageState> parts) {
  const std::string stage = asked(request, "stage");
  const auto is_it = [&](const engine::StageSpec& each) { return each.name == stage; };
  if (std::none_of(topology.stages.begin(), topology.stages.end(), is_it))
    return {.code = "unknown_stage", .message = "there is no stage " + stage + "; `millrace topology` lists them"};
  Response response;
  bool here = false;
  for (const StageState& part : parts) {
    if (part.stage != stage) continue;
    here = true;
    if (request.op == Request::Op::state_tables) {
      for (state::TableBase* table : part.space.tables()) response.lines.push_back(std::string(table->name()));
      return response;
    }
    state::TableBase* table = part.space.table(asked(request, "table"));
    if (!table)
      return {.code = "unknown_table",
              .message = "stage " + stage + " keeps no table " + asked(request, "table") + "; `millrace state tables " + stage + "` lists them"};
    if (request.op == Request::Op::state_get) {
      if (auto row = table->print(asked(request, "key"))) response.lines.push_back(*row);
    } else {
      const std::size_t limit = std::stoul("0" + asked(request, "limit"));
      table->list(asked(request, "prefix"), {}, limit - std::min(limit, response.lines.size()),
                  [&](std::string_view key, std::string_view json) {
                    response.lines.push_back(std::string(key) + "\t" + std::string(json));
                  });
    }
    if (const auto& fault = part.space.fault()) return {.code = fault->code, .message = fault->message};
  }
  if (!here) return {.code = "not_here", .message = "no state of stage " + stage + " is kept here"};
  return response;
}

}  // namespace millrace::node
