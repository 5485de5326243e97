// The folders of golden scenarios, and how what two runs put out is compared.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/golden/house.h"

namespace millrace::test {

inline std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::vector<std::string> scenarios(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

inline bool order_free(const std::string& folder, const std::string& name) {
  const auto why = lines_of(folder + "/" + name + "/why.md");
  REQUIRE_MESSAGE(!why.empty(), name << " has no why.md");
  return why.front() == "order_free: true";
}

inline void tell(GoldenHouse& house, const std::string& folder, const std::string& name) {
  const auto in = lines_of(folder + "/" + name + "/in.jsonl");
  REQUIRE_MESSAGE(!in.empty(), name << " has no in.jsonl");
  for (const std::string& line : in) house.line(nlohmann::json::parse(line), folder);
  house.settle();
}

// The records without what depends on turns: their order on a partition, and chains.
inline std::vector<std::string> without_turns(const std::vector<std::string>& lines) {
  std::vector<std::string> sorted;
  for (const std::string& line : lines) {
    nlohmann::json each = nlohmann::json::parse(line);
    if (each.at("topic") == "audit.ledger") continue;  // a chain names the order
    sorted.push_back(each.dump());
  }
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

inline void compare(const std::string& name, const std::vector<std::string>& got, const std::vector<std::string>& expected) {
  const std::size_t common = std::min(got.size(), expected.size());
  std::size_t i = 0;
  while (i < common && got[i] == expected[i]) ++i;
  if (i == got.size() && i == expected.size()) return;
  FAIL_CHECK(name << " differs at line " << i + 1 << " of " << expected.size() << " (" << got.size() << " put out)\n  expected "
                  << (i < expected.size() ? expected[i] : "nothing") << "\n  got      " << (i < got.size() ? got[i] : "nothing"));
}

}  // namespace millrace::test
