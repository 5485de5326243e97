#include "topology/outreach/country.h"

#include <algorithm>
#include <array>

#include "topology/outreach/lower_case.h"

namespace millrace::outreach {

namespace {

constexpr std::array<std::string_view, 51> kStates = {
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS",
    "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV",
    "NY", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY"};

bool two_letters(std::string_view s) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return s.size() == 2 && letter(s[0]) && letter(s[1]);
}

std::string upper(std::string_view ascii) {
  std::string out(ascii);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

std::optional<std::string> from_location(std::string_view location,
                                         const std::map<std::string, std::string>& zone_country,
                                         const std::map<std::string, std::string>& names) {
  const auto comma = location.rfind(',');
  const std::string_view last = trim(comma == std::string_view::npos ? location : location.substr(comma + 1));
  if (last.empty()) return std::nullopt;
  if (const auto named = names.find(lower_case(last)); named != names.end()) return named->second;
  if (!two_letters(last)) return std::nullopt;
  std::string code = upper(last);
  if (code == "UK") code = "GB";
  std::size_t parts_before = 0;
  for (std::string_view rest = comma == std::string_view::npos ? "" : location.substr(0, comma); !rest.empty();) {
    const auto at = rest.find(',');
    if (!trim(rest.substr(0, at)).empty()) ++parts_before;
    rest = at == std::string_view::npos ? "" : rest.substr(at + 1);
  }
  const bool may_be_state = std::find(kStates.begin(), kStates.end(), code) != kStates.end();
  if (parts_before > 0 && parts_before < 2 && may_be_state) return std::nullopt;
  // Two letters that are no country's ("Toronto, ON") say nothing.
  const bool exists = std::any_of(zone_country.begin(), zone_country.end(),
                                  [&](const auto& row) { return row.second == code; });
  if (!exists && !zone_country.empty()) return std::nullopt;
  return code;
}

}  // namespace

const std::map<std::string, std::string>& default_country_names() {
  static const std::map<std::string, std::string> names = {
      {"austria", "AT"},     {"canada", "CA"},      {"deutschland", "DE"},    {"españa", "ES"},
      {"france", "FR"},      {"germany", "DE"},     {"italia", "IT"},         {"italy", "IT"},
      {"portugal", "PT"},    {"schweiz", "CH"},     {"spain", "ES"},          {"suisse", "CH"},
      {"switzerland", "CH"}, {"united kingdom", "GB"}, {"united states", "US"}, {"usa", "US"},
      {"österreich", "AT"}};
  return names;
}

std::optional<std::string> country_of(std::string_view location, std::string_view timezone,
                                      std::string_view top_level_domain,
                                      const std::map<std::string, std::string>& zone_country,
                                      const std::map<std::string, std::string>& country_names,
                                      std::span<const std::string> generic_cc) {
  if (!timezone.empty())
    if (const auto zone = zone_country.find(std::string(timezone)); zone != zone_country.end()) return zone->second;
  if (auto code = from_location(location, zone_country, country_names)) return code;
  const std::string tld = lower_case(top_level_domain);
  if (!two_letters(tld) || std::find(generic_cc.begin(), generic_cc.end(), tld) != generic_cc.end()) return std::nullopt;
  return tld == "uk" ? "GB" : upper(tld);
}

std::string top_level_domain(std::string_view email) {
  const auto at = email.rfind('@');
  const auto dot = email.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot < at) return {};
  return lower_case(trim(email.substr(dot + 1)));
}

}  // namespace millrace::outreach
