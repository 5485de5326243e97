#include "node/verified.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/contract/temp_folder.h"

namespace millrace::node {

TEST_SUITE("node/verified") {
  TEST_CASE("VF-1: arming asks for a good verify that is no older than allowed") {
    constexpr DurationMs kDay = 86'400'000;
    const std::string command = "millrace verify --data f";
    CHECK(may_arm(std::nullopt, kDay, 5, command).fault().code == "verify_failed");
    CHECK(may_arm(std::nullopt, kDay, 5, command).fault().message.find("run `millrace verify --data f`") != std::string::npos);
    CHECK(may_arm(Verified{1000, 0}, kDay, 1000 + kDay, command));
    CHECK(may_arm(Verified{1000, 0}, kDay, 1001 + kDay, command).fault().code == "verify_failed");
    CHECK(may_arm(Verified{1000, 2}, kDay, 1001, command).fault().message.find("2 problems") != std::string::npos);
    CHECK_FALSE(may_arm(Verified{2000, 0}, kDay, 1000, command));
  }

  TEST_CASE("VF-1: the outcome of a later verify replaces that of an earlier one, and a damaged note counts as none") {
    const TempFolder folder;
    CHECK_FALSE(last_verified(folder.path()));
    REQUIRE(note_verified(folder.path(), {1000, 0}));
    REQUIRE(note_verified(folder.path(), {2000, 3}));
    REQUIRE(last_verified(folder.path()));
    CHECK(last_verified(folder.path())->at_ms == 2000);
    CHECK(last_verified(folder.path())->problems == 3);
    std::ofstream(folder.path() + "/verified") << "{\"at_ms\":";
    CHECK_FALSE(last_verified(folder.path()));
    CHECK(note_verified(folder.path() + "/none", {1, 0}).fault().code == "io");
  }
}

}  // namespace millrace::node
