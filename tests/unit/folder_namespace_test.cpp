#include "node/folder_namespace.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/contract/temp_folder.h"

namespace millrace::node {

TEST_SUITE("node/folder_namespace") {
  TEST_CASE("CN-8: a folder is of the namespace that it noted first, and of no other") {
    const TempFolder folder;
    CHECK(require_cluster_folder(folder.path(), "acme"));  // of none yet
    REQUIRE(note_namespace(folder.path(), "acme"));
    CHECK(require_cluster_folder(folder.path(), "acme"));
    CHECK(require_cluster_folder(folder.path(), "beta").fault().code == "exists");
    CHECK(require_cluster_folder(folder.path(), "").fault().code == "exists");
    CHECK(note_namespace(folder.path(), "acme"));
    CHECK(note_namespace(folder.path(), "beta").fault().code == "exists");  // who looked before it was noted
  }

  TEST_CASE("CN-8: a namespace without a name is one, too") {
    const TempFolder folder;
    REQUIRE(note_namespace(folder.path(), ""));
    CHECK(require_cluster_folder(folder.path(), ""));
    CHECK(require_cluster_folder(folder.path(), "acme").fault().code == "exists");
  }

  TEST_CASE("CN-8: a note that is not whole is none, and is made good") {
    const TempFolder folder;
    std::ofstream(folder / "namespace").close();
    CHECK(require_cluster_folder(folder.path(), "acme"));
    REQUIRE(note_namespace(folder.path(), "acme"));
    CHECK(require_cluster_folder(folder.path(), "beta").fault().code == "exists");
  }

  TEST_CASE("CN-8: a folder of the embedded log, and a note that cannot be written, are faults") {
    const TempFolder folder;
    CHECK(note_namespace(folder.path() + "/none", "acme").fault().code == "io");
    std::filesystem::create_directory(folder / "log");
    CHECK(require_cluster_folder(folder.path(), "acme").fault().code == "exists");
  }
}

}  // namespace millrace::node
