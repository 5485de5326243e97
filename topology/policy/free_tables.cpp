#include "topology/policy/free_tables.h"

#include <algorithm>
#include <array>

namespace millrace::policy {

namespace {

using Texts = std::vector<std::string>;

constexpr std::array<std::string_view, 5> kGroups = {"lead", "contact", "negotiation", "closing", "other"};
constexpr std::array<std::string_view, 4> kSizes = {"startup", "small", "medium", "enterprise"};
constexpr std::array<std::string_view, 3> kTypes = {"text", "integer", "boolean"};

template <std::size_t N>
bool names(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

bool is_text(const PolicyValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text && !text->empty();
}
// A text alone stands for a list of one.
bool is_texts(const PolicyValue& value) { return is_text(value) || std::holds_alternative<Texts>(value); }

std::string group_problem(std::string_view name, const PolicyValue& value) {
  if (const auto* group = std::get_if<std::string>(&value))
    return names(kGroups, *group) ? "" : "must be lead, contact, negotiation, closing or other";
  if (!std::holds_alternative<Texts>(value)) return "must be a group's name, or a group's list of stages";
  return names(kGroups, name) ? "" : "names no group: lead, contact, negotiation, closing or other";
}

std::string custom_problem(std::string_view name, const PolicyValue& value) {
  if (name == "type") {
    const auto* type = std::get_if<std::string>(&value);
    return type && names(kTypes, *type) ? "" : "must be text, integer or boolean";
  }
  if (name == "points") {
    const auto* points = std::get_if<std::int64_t>(&value);
    return points && *points >= -5000 && *points <= 5000 ? "" : "must be an integer from -5000 to 5000";
  }
  return name == "icp_values" ? "" : "is no key of a custom field: type, icp_values, points";
}

std::string icp_problem(std::string_view name, const PolicyValue& value) {
  if (name == "revenue_min_cents" || name == "revenue_max_cents") {
    const auto* cents = std::get_if<std::int64_t>(&value);
    return cents && *cents >= 0 ? "" : "must be an integer of cents, 0 or more";
  }
  if (name == "industries" || name == "locations" || name == "titles") return is_texts(value) ? "" : "must be a list of texts";
  if (name != "sizes") return "is no key of a profile: sizes, industries, locations, titles, revenue_min_cents, revenue_max_cents";
  const auto* list = std::get_if<Texts>(&value);
  const auto* one = std::get_if<std::string>(&value);
  const bool known = list ? std::all_of(list->begin(), list->end(), [](const std::string& s) { return names(kSizes, lower(s)); })
                          : one && names(kSizes, lower(*one));
  return known ? "" : "must be a list of startup, small, medium, enterprise";
}

}  // namespace

std::string free_entry_problem(std::string_view key, const PolicyValue& value) {
  const auto rest_of = [&](std::string_view table) {
    return key.starts_with(table) ? key.substr(table.size()) : std::string_view{};
  };
  const auto last_of = [](std::string_view name) { return name.substr(name.rfind('.') + 1); };
  for (const std::string_view table : {"zones.map.", "campaign.default.", "stages.alias."})
    if (!rest_of(table).empty()) return is_text(value) ? "" : "must be a text in quotes";
  if (const auto name = rest_of("stages.group."); !name.empty()) return group_problem(name, value);
  if (const auto name = rest_of("custom."); !name.empty()) {
    if (name.find('.') == std::string_view::npos) return "must stand in a table [custom.<field>]";
    return custom_problem(last_of(name), value);
  }
  if (const auto name = rest_of("icp."); !name.empty()) {
    if (name.find('.') == std::string_view::npos) return "must stand in a table [icp.<tenant>] or [icp.<tenant>.<campaign>]";
    return icp_problem(last_of(name), value);
  }
  return {};
}

}  // namespace millrace::policy
