// millrace_conformance FILE: runs every case and prints, per rule, passed, failed and not yet built, with the first
// difference of each failure. A case of a rule that is not here is not yet built; one that cannot be read as a case has
// failed, as rule "(unreadable)"; neither ends the run. Exit 0: no case failed. 1: some did. 2: the file cannot be read.
#include <fstream>
#include <iostream>
#include <map>
#include <optional>

#include "tests/conformance/conformance.h"

namespace millrace::conformance {

static std::map<std::string, Rule>& registry() {
  static std::map<std::string, Rule> rules;
  return rules;
}

Registration::Registration(const char* rule, Rule function) { registry()[rule] = function; }

Json result_of(const char* rule, const Json& given) { return registry().at(rule)(given); }

// The first field of `expect` that differs in `got`, as a sentence; empty when none does.
static std::string first_difference(const Json& expect, const Json& got) {
  for (const auto& [name, value] : expect.items()) {
    const auto it = got.find(name);
    if (it == got.end() ? !value.is_null() : *it != value)
      return name + ": expected " + value.dump() + ", got " + (it == got.end() ? "nothing" : it->dump());
  }
  return {};
}

static int run(const char* path, std::string_view only) {
  std::ifstream file(path);
  if (!file) {
    std::cerr << "cannot read " << path << "\n";
    return 2;
  }
  struct Tally {
    int passed = 0, failed = 0, to_come = 0;
    std::vector<std::string> failures;
  };
  std::map<std::string, Tally> rules;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const Json test = Json::parse(line, nullptr, false);
    if (!test.is_object() || !test.contains("rule") || !test.at("rule").is_string()) {
      Tally& tally = rules["(unreadable)"];
      ++tally.failed;
      tally.failures.push_back("line " + std::to_string(number));
      continue;
    }
    const std::string rule = test.at("rule");
    if (!only.empty() && rule.compare(0, only.size(), only) != 0) continue;
    Tally& tally = rules[rule];
    const auto found = registry().find(rule);
    if (found == registry().end()) {
      ++tally.to_come;
      continue;
    }
    std::string problem;
    try {
      problem = first_difference(test.at("expect"), found->second(test.at("given")));
    } catch (const std::exception& e) {
      problem = std::string("threw ") + e.what();
    }
    if (problem.empty()) {
      ++tally.passed;
    } else {
      ++tally.failed;
      tally.failures.push_back((test.contains("id") ? test.at("id").dump() : "line " + std::to_string(number)) + ": " + problem);
    }
  }
  int passed = 0, failed = 0, to_come = 0;
  for (const auto& [rule, tally] : rules) {
    passed += tally.passed;
    failed += tally.failed;
    to_come += tally.to_come;
    std::cout << rule << ": " << tally.passed << " passed, " << tally.failed << " failed";
    if (tally.to_come) std::cout << ", " << tally.to_come << " not yet built";
    std::cout << "\n";
    for (const auto& failure : tally.failures) std::cout << "    " << failure << "\n";
  }
  std::cout << "conformance: " << passed << " passed, " << failed << " failed, " << to_come << " not yet built\n";
  return failed ? 1 : 0;
}

}  // namespace millrace::conformance

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: millrace_conformance FILE [RULE-PREFIX]\n";
    return 2;
  }
  return millrace::conformance::run(argv[1], argc > 2 ? argv[2] : "");
}
