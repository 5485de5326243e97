#include "topology/policy/stage_groups.h"

#include "core/fields.h"

namespace millrace {

std::map<std::string, StageGroup, std::less<>> StageGroups::defaults() {
  return {{"lead", StageGroup::lead},
          {"marketing_qualified_lead", StageGroup::lead},
          {"appointment_scheduled", StageGroup::contact},
          {"sales_qualified_lead", StageGroup::contact},
          {"demo_scheduled", StageGroup::negotiation},
          {"show_up", StageGroup::negotiation},
          {"proposal_sent", StageGroup::negotiation},
          {"contract_sent", StageGroup::closing}};
}

void StageGroups::set(std::string_view stage, std::string_view group) {
  by_stage.insert_or_assign(std::string(stage), enum_of<StageGroup>(group).value_or(StageGroup::other));
}

void StageGroups::load(const Policy& policy, std::string_view tenant) {
  for (const auto& [name, value] : policy.table("stages.group", tenant)) {
    if (const auto* group = std::get_if<std::string>(&value)) set(name, *group);
    if (const auto* stages = std::get_if<std::vector<std::string>>(&value))
      for (const std::string& stage : *stages) set(stage, name);
  }
}

std::optional<StageGroup> group_of(std::string_view stage, const SyntheticTable& table, const StageGroups& groups) {
  if (stage.empty()) return std::nullopt;
  if (table.is_won(stage)) return StageGroup::won;
  if (table.is_lost(stage)) return StageGroup::lost;
  const auto found = groups.by_stage.find(stage);
  return found == groups.by_stage.end() ? StageGroup::other : found->second;
}

}  // namespace millrace
