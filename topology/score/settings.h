// All that a tenant's policy says to score, loaded once a policy and tenant: policy().of<Settings>(tenant).
#pragma once

#include "topology/policy/stage_groups.h"
#include "topology/policy/synthetic.h"
#include "topology/score/policy.h"

namespace millrace::score {

struct Settings {
  ScorePolicy policy;
  ScoreWeights weights;
  IcpProfiles profiles;
  CustomFields custom;
  ZonesMap zones;
  SyntheticTable table;
  StageGroups groups;

  static constexpr auto keys() { return std::tuple{}; }
  void load(const Policy& p, std::string_view tenant) {
    policy = p.of<ScorePolicy>(tenant);
    weights = p.of<ScoreWeights>(tenant);
    profiles = p.of<IcpProfiles>(tenant);
    custom = p.of<CustomFieldPolicy>(tenant).fields;
    zones = p.of<ZonesMap>(tenant);
    table = p.of<SyntheticTable>(tenant);
    groups = p.of<StageGroups>(tenant);
  }
};

}  // namespace millrace::score
