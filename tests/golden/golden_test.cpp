// Golden scenarios: each folder beside this file tells one story: why.md says which, in.jsonl is what comes in, out.jsonl
// what every topic holds afterwards. MILLRACE_GOLDEN=write rewrites the out.jsonl; the diff is then reviewed.
//
//   MILLRACE_GOLDEN=write build/release/tests/millrace_tests -ts=golden && git diff tests/golden
//
// GO-1  A scenario puts out what its out.jsonl says, byte for byte; sealed text is stable, since keys are seeded.
// GO-2  A scenario marked `order_free: true` puts out the same records when its facts come all at once: it holds
//       whatever turns the writers of one inbox take, so it can also be run on another log.
// GO-3  Folded again, every partition gives the same outputs, and every record is accounted for.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/golden/house.h"

namespace millrace::test {

namespace {

namespace fs = std::filesystem;

const std::string kFolder = MILLRACE_TEST_DIR "/golden";

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> scenarios() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool order_free(const std::string& name) {
  const auto why = lines_of(kFolder + "/" + name + "/why.md");
  REQUIRE_MESSAGE(!why.empty(), name << " has no why.md");
  return why.front() == "order_free: true";
}

void tell(GoldenHouse& house, const std::string& name) {
  const auto in = lines_of(kFolder + "/" + name + "/in.jsonl");
  REQUIRE_MESSAGE(!in.empty(), name << " has no in.jsonl");
  for (const std::string& line : in) house.line(nlohmann::json::parse(line), kFolder);
  house.settle();
}

// The records without what depends on turns: their order on a partition, and chains.
std::vector<std::string> without_turns(const std::vector<std::string>& lines) {
  std::vector<std::string> sorted;
  for (const std::string& line : lines) {
    nlohmann::json each = nlohmann::json::parse(line);
    if (each.at("topic") == "audit.ledger") continue;  // a chain names the order
    sorted.push_back(each.dump());
  }
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

void compare(const std::string& name, const std::vector<std::string>& got, const std::vector<std::string>& expected) {
  const std::size_t common = std::min(got.size(), expected.size());
  std::size_t i = 0;
  while (i < common && got[i] == expected[i]) ++i;
  if (i == got.size() && i == expected.size()) return;
  FAIL_CHECK(name << " differs at line " << i + 1 << " of " << expected.size() << " (" << got.size() << " put out)\n  expected "
                  << (i < expected.size() ? expected[i] : "nothing") << "\n  got      " << (i < got.size() ? got[i] : "nothing"));
}

}  // namespace

TEST_SUITE("golden") {
  TEST_CASE("GO-1: a scenario puts out what its out.jsonl says") {
    const char* mode = std::getenv("MILLRACE_GOLDEN");
    const bool write = mode && std::string(mode) == "write";
    CHECK(scenarios().size() >= 10);
    for (const std::string& name : scenarios()) {
      GoldenHouse house(false);
      tell(house, name);
      const auto got = house.out();
      const std::string file = kFolder + "/" + name + "/out.jsonl";
      if (write) {
        std::ofstream out(file);
        for (const std::string& line : got) out << line << "\n";
      }
      compare(name, got, lines_of(file));
    }
  }

  TEST_CASE("GO-2: an order-free scenario puts out the same records when its facts come all at once") {
    for (const std::string& name : scenarios()) {
      if (!order_free(name)) continue;
      GoldenHouse one_by_one(false), together(true);
      tell(one_by_one, name);
      tell(together, name);
      compare(name, without_turns(together.out()), without_turns(one_by_one.out()));
    }
  }

  TEST_CASE("GO-3: a scenario folds again to the same outputs, and every record is accounted for") {
    for (const std::string& name : scenarios()) {
      GoldenHouse house(false, 2);
      tell(house, name);
      const auto proof = house.prove();
      CHECK_MESSAGE(proof.problems.empty(), name << ": " << (proof.problems.empty() ? "" : proof.problems.front()));
      CHECK_MESSAGE(house.conserved(), name);
    }
  }
}

}  // namespace millrace::test
