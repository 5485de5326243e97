#include "node/simulated_world.h"

#include <charconv>

#include "topology/events/outreach_commands.h"
#include "topology/simulation/answers.h"
#include "topology/topics.h"
#include "topology/wire/decode.h"

namespace millrace::node {

namespace {

struct CommandRecord {
  SendCommand data;
  std::string tenant, type;
  static constexpr auto fields() {
    return FieldList{required("data", &CommandRecord::data), field("tenant", &CommandRecord::tenant), required("type", &CommandRecord::type)};
  }
};

// The numbers of a plan by the names under which the namespace keeps them.
template <class Plan, class Visit>
void for_each_number(Plan& plan, const Visit& visit) {
  visit("world_seed", plan.seed);
  visit("world_leads", plan.leads);
  visit("world_days", plan.days);
  visit("world_tenants", plan.tenants);
  visit("world_start_ms", plan.start_ms);
}

}  // namespace

std::map<std::string, std::string> world_settings(const simulation::Plan& plan) {
  std::map<std::string, std::string> fixed;
  for_each_number(plan, [&](const char* name, std::int64_t value) { fixed[name] = std::to_string(value); });
  return fixed;
}

std::optional<simulation::Plan> world_plan(const std::map<std::string, std::string>& fixed) {
  simulation::Plan plan;
  bool all = true;
  for_each_number(plan, [&](const char* name, std::int64_t& value) {
    const auto found = fixed.find(name);
    if (found == fixed.end()) return void(all = false);
    const std::string& text = found->second;
    all = all && std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
  });
  return all ? std::optional(plan) : std::nullopt;
}

std::vector<TopicId> SimulatedWorld::watches() const { return {topics::outreach_commands}; }

std::int64_t SimulatedWorld::quality_of(const std::string& lead_id) {
  if (quality_.empty()) {
    quality_.reserve(static_cast<std::size_t>(plan_.leads));
    for (std::int64_t i = 0; i < plan_.leads; ++i) {
      const auto lead = simulation::lead_at(plan_.seed, i, plan_.days);
      quality_.emplace(simulation::lead_id_of(plan_, i), static_cast<std::uint16_t>(lead.quality_bp));
    }
  }
  const auto found = quality_.find(lead_id);
  return found == quality_.end() ? 5000 : found->second;
}

void SimulatedWorld::observe(const Record& record, std::vector<Answer>& answers) {
  CommandRecord command;
  std::string problem;
  // command.revoked has no command: by then the message is out.
  if (!wire::decode_text(record.value, command, problem)) return;
  const std::int64_t quality = quality_of(command.data.lead_id);
  for (simulation::Fact& fact : simulation::answers_to(plan_.seed, command.type, command.data, record.timestamp, quality))
    answers.push_back({fact.time_ms, std::move(fact.id), std::move(fact.tenant), std::move(fact.json)});
}

}  // namespace millrace::node
