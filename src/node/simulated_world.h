// The outside world of a namespace that `millrace simulate` made: it watches outreach.commands and answers as mail
// servers and people would (topology/simulation/answers.h). The plan stands in the log's namespace file, so every run
// over the folder meets the same world.
//
// WO-1  What it answers to a record is a function of the plan and the record.
// Its answers hold no personal value but canned texts, so they come in clear, as from a foreign client.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/loader.h"
#include "topology/simulation/population.h"

namespace millrace::node {

// To and from the settings that a namespace keeps for ever.
std::map<std::string, std::string> world_settings(const simulation::Plan& plan);
// nullopt: no simulation made this namespace.
std::optional<simulation::Plan> world_plan(const std::map<std::string, std::string>& fixed);

class SimulatedWorld final : public engine::World {
 public:
  explicit SimulatedWorld(const simulation::Plan& plan) : plan_(plan) {}
  void observe(const Record& record, std::vector<Answer>& answers) override;
  std::vector<TopicId> watches() const override;

 private:
  std::int64_t quality_of(const std::string& lead_id);

  simulation::Plan plan_;
  std::unordered_map<std::string, std::uint16_t> quality_;  // by lead id; filled when the first command is seen
};

}  // namespace millrace::node
