#include "node/environment.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "core/hash.h"
#include "tests/contract/temp_folder.h"

namespace millrace::node {

namespace {

Environment of_fold(int version) {
  Environment environment;
  environment.parts = "fold " + std::to_string(version) + "\ntzdata 2025b\npepper p";
  environment.hash = sha256_hex(environment.parts);
  return environment;
}

}  // namespace

TEST_SUITE("node/environment") {
  TEST_CASE("one changed byte of a list is another environment, and what changed is said once, by name") {
    const TempFolder folder;
    std::filesystem::create_directories(folder.path() + "/lists");
    std::ofstream(folder.path() + "/lists/free.txt") << "gmail.com\n";
    const auto before = load_environment(folder.path(), "p");
    REQUIRE(before);
    CHECK_FALSE(note_environment(folder.path(), *before, ""));
    CHECK_FALSE(note_environment(folder.path(), *before, before->hash));

    std::ofstream(folder.path() + "/lists/free.txt") << "gmaim.com\n";
    const auto after = load_environment(folder.path(), "p");
    REQUIRE(after);
    CHECK(after->hash != before->hash);
    const auto said = note_environment(folder.path(), *after, before->hash);
    REQUIRE(said);
    CHECK(said->find("list free.txt " + before->list_sha256.at("free.txt")) != std::string::npos);
    CHECK(said->find("list free.txt " + after->list_sha256.at("free.txt")) != std::string::npos);
    CHECK(said->find("tzdata") == std::string::npos);
    CHECK_FALSE(note_environment(folder.path(), *after, before->hash));
  }

  TEST_CASE("who folds again under another environment is told both, by what they differ in, and what to do") {
    const TempFolder folder;
    const Environment one = of_fold(1), two = of_fold(2), three = of_fold(3);
    note_environment(folder.path(), one, "");
    CHECK(in_words(folded_under(folder.path(), one, one.hash), one).empty());

    note_environment(folder.path(), two, one.hash);  // opened, and nothing folded yet
    const std::string opened = in_words(folded_under(folder.path(), two, one.hash), two);
    CHECK_MESSAGE(opened.find("folded under " + one.hash.substr(0, 16) + " {fold 1}, and again, by this command, under " + two.hash.substr(0, 16) + " {fold 2}:") !=
                      std::string::npos,
                  opened);
    CHECK_MESSAGE(opened.find("Put back what was changed") != std::string::npos, opened);

    note_environment(folder.path(), two, two.hash);
    const std::string folded = in_words(folded_under(folder.path(), two, two.hash), two);
    CHECK_MESSAGE(folded.find("folded under " + one.hash.substr(0, 16) + " {fold 1}, then under " + two.hash.substr(0, 16) + " {fold 2}:") != std::string::npos, folded);
    CHECK_MESSAGE(folded.find("backup") != std::string::npos, folded);
    CHECK_MESSAGE(folded.find("Put back") == std::string::npos, folded);

    note_environment(folder.path(), three, two.hash);
    const std::string both = in_words(folded_under(folder.path(), three, three.hash), three);
    CHECK_MESSAGE(both.find(" {fold 1}, " + two.hash.substr(0, 16) + " {fold 2}, then under " + three.hash.substr(0, 16) + " {fold 3}:") != std::string::npos, both);
  }

  TEST_CASE("EN-1: an environment that a folder was only opened with is not named") {
    const TempFolder folder;
    const Environment one = of_fold(1), mistaken = of_fold(9);
    note_environment(folder.path(), one, "");
    note_environment(folder.path(), mistaken, one.hash);
    note_environment(folder.path(), one, one.hash);
    CHECK(folded_under(folder.path(), one, one.hash).others.empty());
  }

  TEST_CASE("an environment that only lacks something is named by that") {
    const TempFolder folder;
    Environment with_list = of_fold(1);
    with_list.parts += "\nlist free.txt aa11";
    with_list.hash = sha256_hex(with_list.parts);
    note_environment(folder.path(), of_fold(1), "");
    note_environment(folder.path(), with_list, of_fold(1).hash);
    const std::string said = in_words(folded_under(folder.path(), with_list, with_list.hash), with_list);
    CHECK_MESSAGE(said.find(" {without list free.txt aa11}, then under ") != std::string::npos, said);
    CHECK_MESSAGE(said.find(" {list free.txt aa11}:") != std::string::npos, said);
  }

  TEST_CASE("an environment of which a folder has only the hash is named by that, and on a cluster the noted one is the last") {
    const TempFolder folder;
    const Environment one = of_fold(1), two = of_fold(2);
    const std::string by_hash = in_words(folded_under(folder.path(), two, one.hash), two);
    CHECK_MESSAGE(by_hash.find(one.hash.substr(0, 16) + " {of which no more is noted here}") != std::string::npos, by_hash);

    note_environment(folder.path(), one, std::nullopt);
    CHECK(in_words(folded_under(folder.path(), one, std::nullopt), one).empty());
    CHECK(folded_under(folder.path(), two, std::nullopt).others.size() == 1);
    note_environment(folder.path(), two, std::nullopt);
    const FoldedUnder folded = folded_under(folder.path(), two, std::nullopt);
    REQUIRE(folded.others.size() == 1);
    CHECK(folded.others.front().parts == one.parts);
    CHECK(folded.this_too);
  }
}

}  // namespace millrace::node
