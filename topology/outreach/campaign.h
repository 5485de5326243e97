// Campaign names and ids (spec/outreach.md section 4): rule outreach.campaign. dispatch answers the refusal; outreach
// keeps the same table.
//
// CA-1  A new campaign's id follows from its name; an id or a name is never given twice.
// Tests: tests/unit/outreach_channel_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <string>
#include <string_view>

#include "core/hash.h"
#include "topology/outreach/lower_case.h"

namespace millrace::outreach {

// What two names must not share: lower case, trimmed.
inline std::string campaign_name_key(std::string_view name) { return lower_case(trim(name)); }

struct CampaignVerdict {
  std::string campaign_id;
  std::string_view error;  // name_taken, unknown_campaign; empty: taken
};

// `exists(id)` says whether the tenant has the campaign; `holder(name_key)` gives the id of the campaign that has the
// name, empty when none has. `campaign_id` empty: a new one.
template <class Exists, class Holder>
CampaignVerdict judge_campaign(std::string_view tenant, std::string_view campaign_id, std::string_view name,
                               const Exists& exists, const Holder& holder) {
  const std::string key = campaign_name_key(name);
  const std::string held_by = holder(key);
  if (campaign_id.empty()) {
    std::string id = hid("cmp_", 12, {tenant, key});
    if (exists(id) || !held_by.empty()) return {{}, "name_taken"};
    return {std::move(id), {}};
  }
  if (!exists(campaign_id)) return {{}, "unknown_campaign"};
  if (!held_by.empty() && held_by != campaign_id) return {{}, "name_taken"};
  return {std::string(campaign_id), {}};
}

}  // namespace millrace::outreach
