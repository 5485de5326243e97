#include "topology/score/policy.h"

#include <algorithm>

#include "core/fields.h"
#include "topology/score/words.h"

namespace millrace::score {

namespace {

// A list of texts; one text alone is a list of one, integers are written out.
std::vector<std::string> texts_of(const PolicyValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  if (const auto* one = std::get_if<std::string>(&value)) return {*one};
  std::vector<std::string> out;
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value))
    for (const std::int64_t n : *list) out.push_back(std::to_string(n));
  if (const auto* n = std::get_if<std::int64_t>(&value)) out.push_back(std::to_string(*n));
  if (const auto* b = std::get_if<bool>(&value)) out.emplace_back(*b ? "true" : "false");
  return out;
}

std::vector<Phrase> phrases_of(const PolicyValue& value) {
  std::vector<Phrase> out;
  for (const std::string& text : texts_of(value))
    if (Phrase phrase(text); phrase.known()) out.push_back(std::move(phrase));
  return out;
}

std::optional<std::int64_t> cents_of(const PolicyValue& value) {
  const auto* n = std::get_if<std::int64_t>(&value);
  return n && *n >= 0 ? std::optional(*n) : std::nullopt;
}

}  // namespace

GradeRules grade_rules(const ScorePolicy& p, const ScoreWeights& w) {
  return {p.grade_a,         p.grade_b,         p.grade_c,        w.fit_budget, w.fit_timeline,
          w.fit_pain_points, w.probability_fit, w.probability_engagement};
}

void set_icp(IcpProfile& profile, std::string_view key, const PolicyValue& value) {
  if (key == "industries") profile.industries = phrases_of(value);
  if (key == "locations") profile.locations = phrases_of(value);
  if (key == "titles") profile.titles = phrases_of(value);
  if (key == "revenue_min_cents") profile.revenue_min_cents = cents_of(value);
  if (key == "revenue_max_cents") profile.revenue_max_cents = cents_of(value);
  if (key == "sizes") {
    profile.sizes.clear();
    for (const std::string& label : texts_of(value))
      if (const auto size = enum_of<CompanySize>(folded(label))) profile.sizes.push_back(*size);
  }
}

void ScorePolicy::load(const Policy&, std::string_view) {
  for (std::string& domain : competitors) domain = folded(domain);
}

void IcpProfiles::load(const Policy& policy, std::string_view tenant) {
  for (const auto& [key, value] : policy.table("icp." + std::string(tenant))) {
    const auto dot = key.rfind('.');
    if (dot == std::string::npos) set_icp(own, key, value);
    else set_icp(by_campaign[key.substr(0, dot)], key.substr(dot + 1), value);
  }
}

void CustomFieldPolicy::load(const Policy& policy, std::string_view tenant) {
  const auto table = policy.table("custom", tenant);
  for (const auto& [key, value] : table) {  // the types first: values are read by them
    const auto dot = key.rfind('.');
    if (dot == std::string::npos) continue;
    CustomField& field = fields[key.substr(0, dot)];
    const std::string_view name = std::string_view(key).substr(dot + 1);
    if (name == "type")
      if (const auto* type = std::get_if<std::string>(&value))
        field.type = *type == "integer"   ? CustomField::Type::integer
                     : *type == "boolean" ? CustomField::Type::boolean
                                          : CustomField::Type::text;
    if (name == "points")
      if (const auto* points = std::get_if<std::int64_t>(&value))
        field.points = std::clamp<std::int64_t>(*points, -5000, 5000);
  }
  for (const auto& [key, value] : table) {
    const auto dot = key.rfind('.');
    if (dot == std::string::npos || key.substr(dot + 1) != "icp_values") continue;
    for (const std::string& written : texts_of(value)) fields[key.substr(0, dot)].add_value(written);
  }
}

void ZonesMap::load(const Policy& policy, std::string_view tenant) {
  for (const auto& [location, zone] : policy.table("zones.map", tenant))
    if (const auto* name = std::get_if<std::string>(&zone); name && !name->empty())
      zones.insert_or_assign(folded(location), *name);
}

}  // namespace millrace::score
