#include "cli/armings.h"

#include <doctest/doctest.h>

using millrace::cli::armings_in_words;
using Lines = std::vector<std::string>;

TEST_SUITE("cli/armings") {
  TEST_CASE("each arming is a line for people, whatever partition told it") {
    CHECK(armings_in_words({"beta\t{\"armings\":1,\"timer_ms\":-1,\"until_ms\":{\"email\":1767225600000}}",
                            "acme\t{\"armings\":1,\"timer_ms\":-1,\"until_ms\":{\"email\":1767225600000,\"linkedin\":1767225600000}}",
                            "acme\t{\"armings\":2,\"timer_ms\":-1,\"until_ms\":{\"email\":1769817600000}}"}) ==
          Lines{"armed: email of acme acts for real until 2026-01-31T00:00:00.000Z", "armed: linkedin of acme acts for real until 2026-01-01T00:00:00.000Z",
                "armed: email of beta acts for real until 2026-01-01T00:00:00.000Z"});
  }

  TEST_CASE("a tenant that was disarmed is not named, and that nothing is armed is said") {
    CHECK(armings_in_words({"acme\t{\"armings\":3,\"timer_ms\":-1,\"until_ms\":{}}"}) == Lines{"nothing is armed: every effect is a dry run"});
    CHECK(armings_in_words({}) == Lines{"nothing is armed: every effect is a dry run"});
  }
}
