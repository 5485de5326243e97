// Golden scenarios: each folder beside this file tells one story: why.md says which, in.jsonl is what comes in, out.jsonl
// what every topic holds afterwards. MILLRACE_GOLDEN=write rewrites the out.jsonl; the diff is then reviewed.
//
//   MILLRACE_GOLDEN=write build/release/tests/millrace_tests -ts=golden && git diff tests/golden
//
// GO-1  A scenario puts out what its out.jsonl says, byte for byte; sealed text is stable, since keys are seeded.
// GO-2  A scenario marked `order_free: true` puts out the same records when its facts come all at once: it holds
//       whatever turns the writers of one inbox take, so it can also be run on another log (tests/kafka/golden_on_kafka_test.cpp).
// GO-3  Folded again, every partition gives the same outputs, and every record is accounted for.
#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/golden/scenarios.h"

namespace millrace::test {

namespace {

const std::string kFolder = MILLRACE_TEST_DIR "/golden";

}  // namespace

TEST_SUITE("golden") {
  TEST_CASE("GO-1: a scenario puts out what its out.jsonl says") {
    const char* mode = std::getenv("MILLRACE_GOLDEN");
    const bool write = mode && std::string(mode) == "write";
    CHECK(scenarios(kFolder).size() >= 10);
    for (const std::string& name : scenarios(kFolder)) {
      GoldenHouse house(false);
      tell(house, kFolder, name);
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
    for (const std::string& name : scenarios(kFolder)) {
      if (!order_free(kFolder, name)) continue;
      GoldenHouse one_by_one(false), together(true);
      tell(one_by_one, kFolder, name);
      tell(together, kFolder, name);
      compare(name, without_turns(together.out()), without_turns(one_by_one.out()));
    }
  }

  TEST_CASE("GO-3: a scenario folds again to the same outputs, and every record is accounted for") {
    for (const std::string& name : scenarios(kFolder)) {
      GoldenHouse house(false, 2);
      tell(house, kFolder, name);
      const auto proof = house.prove();
      CHECK_MESSAGE(proof.problems.empty(), name << ": " << (proof.problems.empty() ? "" : proof.problems.front()));
      CHECK_MESSAGE(house.conserved(), name);
    }
  }
}

}  // namespace millrace::test
