#include "topology/attribution/channel.h"

#include <utility>

namespace millrace::attribution {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string ad_channel(std::string_view platform, const AttributionPolicy& policy) {
  const std::string name = lower(platform);
  const auto alias = policy.platform_alias.find(name);
  return "ad:" + (alias == policy.platform_alias.end() ? name : alias->second);
}

// Platforms whose click ids say where a click came from; a click_id of our own redirect does not.
constexpr std::pair<std::string_view, std::string_view> kPlatformOfId[] = {
    {"gclid", "google"},     {"gbraid", "google"},      {"wbraid", "google"}, {"fbclid", "meta"},
    {"msclkid", "microsoft"}, {"li_fat_id", "linkedin"}, {"ttclid", "tiktok"}};

}  // namespace

std::string channel_of(const Origin& origin, const AttributionPolicy& policy) {
  if (!origin.platform.empty()) return ad_channel(origin.platform, policy);
  if (origin.click_ids)
    for (const auto& [id, platform] : kPlatformOfId)
      if (const auto found = origin.click_ids->find(std::string(id));
          found != origin.click_ids->end() && !found->second.empty())
        return std::string("ad:").append(platform);
  const std::string medium = lower(origin.utm_medium);
  if (medium == "cpc" || medium == "ppc" || medium.starts_with("paid"))
    return origin.utm_source.empty() ? "ad:other" : ad_channel(origin.utm_source, policy);
  if (medium == "email") return "email";
  if (origin.kind == "ad_click") return "ad:other";
  for (const std::string_view own : {"email", "linkedin", "contact_form", "phone_task"})
    if (origin.message_channel == own) return std::string(own);
  return "organic";
}

}  // namespace millrace::attribution
