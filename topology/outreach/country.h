// The country of a lead (spec/outreach.md section 3): rule outreach.country. It decides whether a first message needs
// consent, so a guess that could be wrong is null.
//
// CY-1  The first source that gives one wins: time zone, location, top-level domain of the email.
// Tests: tests/unit/outreach_channel_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace millrace::outreach {

// The names of [outreach.country_names] by default: lower case -> code.
const std::map<std::string, std::string>& default_country_names();

// `zone_country` is tzdata's zone.tab: zone -> two-letter code. `top_level_domain` is that of the email.
std::optional<std::string> country_of(std::string_view location, std::string_view timezone,
                                      std::string_view top_level_domain,
                                      const std::map<std::string, std::string>& zone_country,
                                      const std::map<std::string, std::string>& country_names,
                                      std::span<const std::string> generic_cc);

// The part of an address after its last dot, lower case; empty when there is none.
std::string top_level_domain(std::string_view email);

}  // namespace millrace::outreach
