// What folds need from outside the log, named by one hash (DESIGN.md law 4): the version of the folds themselves
// (fold_version.h), time-zone rules, named lists. Another hash is another fold version.
#pragma once

#include <map>
#include <string>
#include <unordered_set>

#include "topology/zones.h"

namespace millrace {

struct Environment {
  std::string parts;         // a line each: fold version, tzdata version, pepper hash, and each list with its hash
  std::string hash;          // of `parts`: 64 hex
  std::string tzdata;        // e.g. "2025b"
  const TimeZones* zones = &system_time_zones();  // the rules that `tzdata` names
  // Lists that the policy names, by their name: domains or words, one each line.
  std::map<std::string, std::unordered_set<std::string>> lists;
  std::map<std::string, std::string> list_sha256;  // name -> 64 hex of its file
  // Time zone -> two-letter country: the rows of tzdata's zone.tab, of the version above.
  std::map<std::string, std::string> zone_country;
};

}  // namespace millrace
