// Addresses on the web: websites normalised, and the click ids and campaign parameters that a landing URL carries
// (spec/harvest.md section 5, spec/attribution.md section 2).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::harvest {

// Names of click ids, in the order in which keys are tried.
inline constexpr std::array<std::string_view, 8> kClickIdNames = {"click_id", "gclid",   "gbraid",    "wbraid",
                                                                  "fbclid",   "msclkid", "li_fat_id", "ttclid"};
bool is_click_id_name(std::string_view name);

struct Website {
  std::string url;     // scheme, host without www., path without trailing '/', query without tracking
  std::string domain;  // the host
};
// nullopt when it is no http or https address with a host of at least two labels.
std::optional<Website> normal_url(std::string_view raw);

using Params = std::map<std::string, std::string>;
struct ClickParams {
  Params click_ids;  // by name
  Params utm;        // source, medium, campaign, content, term
};
// Of the query of a URL; the first value of a name wins, empty ones do not count.
ClickParams click_params(std::string_view url);

// The id of an ad.click: the given one, else "<name>=<value>" of the first id in order, else the record's id.
std::string click_id_of(std::string_view given, const Params& click_ids, std::string_view record_id);

}  // namespace millrace::harvest
