#include "topology/harvest/naming.h"

#include <algorithm>
#include <array>

#include "topology/harvest/contact.h"

namespace millrace::harvest {

namespace {

constexpr std::size_t kPrefixMax = 32;

bool is_prefix_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-'; }

bool has_prefix(std::string_view id) {
  const std::size_t colon = id.find(':');
  return colon != std::string_view::npos && colon > 0 && colon <= kPrefixMax && colon + 1 < id.size() &&
         std::all_of(id.begin(), id.begin() + static_cast<std::ptrdiff_t>(colon), is_prefix_char);
}

}  // namespace

std::optional<std::string> prefixed_id(std::string_view raw, std::string_view prefix) {
  raw = trimmed(raw);
  if (raw.empty()) return std::nullopt;
  if (has_prefix(raw)) return std::string(raw);
  prefix = trimmed(prefix);
  std::string id = lower_case(prefix.empty() ? "api" : prefix.substr(0, kPrefixMax));
  for (char& c : id)
    if (!is_prefix_char(c)) c = '_';
  return id + ":" + std::string(raw);
}

StageAliases default_stage_aliases() {
  StageAliases aliases;
  for (const std::string_view stage :
       {"lead", "appointment_scheduled", "show_up", "closed_won", "closed_lost", "add_to_cart", "initiated_checkout", "purchase",
        "marketing_qualified_lead", "sales_qualified_lead", "demo_scheduled", "proposal_sent", "contract_sent"}) {
    std::string together(stage);
    std::erase(together, '_');
    aliases.emplace(std::move(together), stage);
  }
  return aliases;
}

std::string stage_alias(std::string_view raw, const StageAliases& aliases) {
  std::string stage = lower_case(trimmed(raw));
  std::string together;
  for (const char c : stage)
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) together.push_back(c);
  const auto alias = aliases.find(together);
  return alias == aliases.end() ? stage : alias->second;
}

std::optional<std::string> campaign_of(const std::optional<std::string>& of_fact, const std::optional<std::string>& of_lead,
                                       std::string_view lead_source, const CampaignDefaults& defaults) {
  if (of_fact && !of_fact->empty()) return of_fact;
  if (of_lead && !of_lead->empty()) return of_lead;
  if (defaults.empty()) return std::nullopt;
  if (const auto own = defaults.find(lower_case(trimmed(lead_source))); own != defaults.end()) return own->second;
  if (const auto any = defaults.find("*"); any != defaults.end()) return any->second;
  return std::nullopt;
}

std::optional<std::string> company_size_of(std::string_view raw) {
  std::string size = lower_case(trimmed(raw));
  if (size == "early_stage") return "startup";
  if (size == "mid_market") return "medium";
  static constexpr auto sizes = std::to_array<std::string_view>({"startup", "small", "medium", "enterprise"});
  if (std::find(sizes.begin(), sizes.end(), size) == sizes.end()) return std::nullopt;
  return size;
}

}  // namespace millrace::harvest
