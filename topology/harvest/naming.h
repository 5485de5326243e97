// Names that producers give to deals, leads and stages, made one (spec/harvest.md sections 2 and 5).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::harvest {

// "hs:77": an id that already has a prefix stays as it is, another gets `prefix` (api when it is empty), whose characters
// other than [a-z0-9_.-] become '_', cut at 32. nullopt when nothing is left of `raw` after trimming.
std::optional<std::string> prefixed_id(std::string_view raw, std::string_view prefix);

// Letters and digits of a stage -> its name.
using StageAliases = std::map<std::string, std::string, std::less<>>;
// The stages of the three default synthetic tables and of the default groups, spelled together.
StageAliases default_stage_aliases();
// Trimmed, lower-case, then by alias; a stage without alias stays as it is.
std::string stage_alias(std::string_view raw, const StageAliases& aliases);

// The campaign of a lead: the fact's, else the lead's, else the default of its source, else that of "*", else none.
using CampaignDefaults = std::map<std::string, std::string, std::less<>>;
std::optional<std::string> campaign_of(const std::optional<std::string>& of_fact, const std::optional<std::string>& of_lead,
                                       std::string_view lead_source, const CampaignDefaults& defaults);

// "early_stage" and "mid_market" under their usual names; nullopt for a label that is none.
std::optional<std::string> company_size_of(std::string_view raw);

}  // namespace millrace::harvest
