#include "cli/armings.h"

#include <doctest/doctest.h>

#include "core/json.h"

using millrace::cli::armings_of;
using millrace::cli::in_words;
using Lines = std::vector<std::string>;

TEST_SUITE("cli/armings") {
  TEST_CASE("each arming is a line for people, whatever partition told it") {
    CHECK(in_words(armings_of({"beta\t{\"armings\":1,\"timer_ms\":-1,\"until_ms\":{\"email\":1767225600000}}",
                            "acme\t{\"armings\":1,\"timer_ms\":-1,\"until_ms\":{\"email\":1767225600000,\"linkedin\":1767225600000}}",
                            "acme\t{\"armings\":2,\"timer_ms\":-1,\"until_ms\":{\"email\":1769817600000}}"})) ==
          Lines{"armed: email of acme acts for real until 2026-01-31T00:00:00.000Z", "armed: linkedin of acme acts for real until 2026-01-01T00:00:00.000Z",
                "armed: email of beta acts for real until 2026-01-01T00:00:00.000Z"});
  }

  TEST_CASE("for programs an arming is an object: what is armed, whose, and until when") {
    const auto armings = armings_of({"acme\t{\"armings\":1,\"timer_ms\":-1,\"until_ms\":{\"email\":1767225600000}}"});
    REQUIRE(armings.size() == 1);
    CHECK(millrace::to_json(armings.front()) == "{\"armed\":\"email\",\"tenant\":\"acme\",\"until_ms\":1767225600000}");
  }

  TEST_CASE("a tenant that was disarmed is not named, and that nothing is armed is said") {
    CHECK(in_words(armings_of({"acme\t{\"armings\":3,\"timer_ms\":-1,\"until_ms\":{}}"})) == Lines{"nothing is armed: every effect is a dry run"});
    CHECK(in_words({}) == Lines{"nothing is armed: every effect is a dry run"});
  }
}
