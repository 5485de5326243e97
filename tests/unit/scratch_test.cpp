#include "node/scratch.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/contract/temp_folder.h"

namespace millrace::node {

TEST_SUITE("node/scratch") {
  TEST_CASE("SD-1: what a process that was killed has left is removed by the next, with no harm to what it linked to") {
    const TempFolder data;
    std::ofstream(data / "master") << "key";
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto own = Scratch::make(data.path());
      if (own) {
        std::filesystem::create_symlink(data / "master", own->path() + "/master");
        std::filesystem::create_directories(own->path() + "/store");
      }
      const char made = own ? 'y' : 'n';
      if (::write(ready[1], &made, 1) == 1) ::pause();
      ::_exit(1);
    }
    ::close(ready[1]);
    char made = 'n';
    CHECK(::read(ready[0], &made, 1) == 1);
    ::close(ready[0]);
    REQUIRE(made == 'y');
    const std::string left = data / ("scratch-" + std::to_string(child));
    drop_left_scratch(data.path());
    CHECK(std::filesystem::exists(left + "/master"));  // its process lives
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(std::filesystem::exists(left + "/master"));
    {
      const auto next = Scratch::make(data.path());
      REQUIRE(next);
      CHECK_FALSE(std::filesystem::exists(left));
      CHECK(std::filesystem::exists(next->path()));
    }
    CHECK(std::filesystem::exists(data / "master"));
    CHECK(std::distance(std::filesystem::directory_iterator(data.path()), {}) == 1);
  }

  TEST_CASE("SD-1: a folder that is held stays, also where another process has the same number") {
    const TempFolder data;
    const auto one = Scratch::make(data.path());
    REQUIRE(one);
    std::ofstream(one->path() + "/file") << "x";
    const auto other = Scratch::make(data.path());  // as in another container
    REQUIRE(other);
    CHECK(other->path() != one->path());
    drop_left_scratch(data.path());
    CHECK(std::filesystem::exists(one->path() + "/file"));
    CHECK(std::filesystem::exists(other->path()));
  }

  TEST_CASE("what only has a name like a scratch folder stays") {
    const TempFolder data;
    for (const char* name : {"scratch-notes", "scratch", "state-1"}) std::filesystem::create_directories(data / name);
    std::ofstream(data / "scratch-7") << "a file";
    std::filesystem::create_directories(data / "elsewhere");
    std::filesystem::create_directory_symlink(data / "elsewhere", data / "scratch-8");
    drop_left_scratch(data.path());
    CHECK(std::distance(std::filesystem::directory_iterator(data.path()), {}) == 6);
  }
}

}  // namespace millrace::node
