#include "node/environment.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/contract/temp_folder.h"

namespace millrace::node {

TEST_SUITE("node/environment") {
  TEST_CASE("one changed byte of a list is another environment, and what changed is said once, by name") {
    const TempFolder folder;
    std::filesystem::create_directories(folder.path() + "/lists");
    std::ofstream(folder.path() + "/lists/free.txt") << "gmail.com\n";
    const auto before = load_environment(folder.path(), "p");
    REQUIRE(before);
    CHECK_FALSE(note_environment(folder.path(), *before));
    CHECK_FALSE(note_environment(folder.path(), *before));

    std::ofstream(folder.path() + "/lists/free.txt") << "gmaim.com\n";
    const auto after = load_environment(folder.path(), "p");
    REQUIRE(after);
    CHECK(after->hash != before->hash);
    const auto said = note_environment(folder.path(), *after);
    REQUIRE(said);
    CHECK(said->find("list free.txt " + before->list_sha256.at("free.txt")) != std::string::npos);
    CHECK(said->find("list free.txt " + after->list_sha256.at("free.txt")) != std::string::npos);
    CHECK(said->find("tzdata") == std::string::npos);
    CHECK_FALSE(note_environment(folder.path(), *after));
  }
}

}  // namespace millrace::node
