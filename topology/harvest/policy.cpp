#include "topology/harvest/policy.h"

#include "core/fields.h"
#include "topology/harvest/contact.h"

namespace millrace::harvest {

void HarvestPolicy::load(const Policy& policy, std::string_view tenant) {
  for (std::string& source : sources) source = lower_case(trimmed(source));
  for (const auto& [letters, stage] : policy.table("stages.alias", tenant))
    if (const auto* name = std::get_if<std::string>(&stage)) stage_aliases[lower_case(letters)] = *name;
  for (const auto& [source, campaign] : policy.table("campaign.default", tenant))
    if (const auto* id = std::get_if<std::string>(&campaign)) campaigns[lower_case(trimmed(source))] = *id;
  for (const auto& [key, value] : policy.table("custom", tenant)) {
    const std::size_t dot = key.find('.');
    if (dot == std::string::npos) continue;
    CustomType& type = custom[key.substr(0, dot)];  // text unless it says otherwise
    if (key.substr(dot + 1) != "type") continue;
    if (const auto* name = std::get_if<std::string>(&value)) type = enum_of<CustomType>(*name).value_or(CustomType::text);
  }
}

}  // namespace millrace::harvest
