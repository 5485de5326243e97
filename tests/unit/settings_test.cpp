#include <doctest/doctest.h>

#include "node/settings.h"

namespace millrace::test {

namespace {

std::string refusal(std::string_view text) {
  const auto settings = node::parse_settings(text, "conf/millrace.toml");
  REQUIRE(!settings);
  CHECK(settings.fault().code == "bad_settings");
  return settings.fault().message;
}

}  // namespace

TEST_SUITE("node/settings") {
  TEST_CASE("every setting is read; a relative data folder lies beside the file; [kafka] is passed on") {
    const auto settings = node::parse_settings(R"(
data = "acme"
threads = 3
cache_mb = 64
durability = "os"
brokers = "a:9092"
namespace = "sandbox.may"
[log]
keep = "400d"
level = "debug"
segment_mb = 1
[engine]
intake_free_bp = 2000
fold_free_bp = 100
[kafka]
commit_ms = 100
"ssl.ca.location" = "/etc/ca"
check = true
)", "conf/millrace.toml");
    REQUIRE_MESSAGE(settings, (settings ? "" : settings.fault().message));
    CHECK(settings->data == "conf/acme");
    CHECK(settings->threads == 3);
    CHECK(settings->durability == "os");
    CHECK(settings->name_space == "sandbox.may");
    CHECK(settings->log_keep == DurationMs{400} * 86'400'000);
    CHECK(settings->log_level == "debug");
    CHECK(settings->intake_free_bp == 2000);
    CHECK(settings->fold_free_bp == 100);
    CHECK(settings->kafka == std::map<std::string, std::string>{{"check", "true"}, {"commit_ms", "100"}, {"ssl.ca.location", "/etc/ca"}});
  }

  TEST_CASE("ST-1: an unknown key names file, line, key and the nearest known one") {
    const std::string said = refusal("threads = 1\n[log]\nkep = \"1d\"\n");
    CHECK(said == "conf/millrace.toml line 3: log.kep is not a setting; did you mean log.keep?");
    CHECK(refusal("thread = 1\n").find("did you mean threads?") != std::string::npos);
  }

  TEST_CASE("ST-1: a wrong type and a value out of range are refused") {
    CHECK(refusal("threads = \"2\"\n") == "conf/millrace.toml line 1: threads must be an integer");
    CHECK(refusal("threads = 0\n").find("outside 1 to 256") != std::string::npos);
    CHECK(refusal("durability = \"maybe\"\n").find("none of os|fsync") != std::string::npos);
    CHECK(refusal("[log]\nkeep = 400\n").find("\"400d\"") != std::string::npos);
    CHECK(refusal("log = 3\n").find("not a setting") != std::string::npos);
    CHECK(refusal("threads = \n").find("line 1") != std::string::npos);
  }
}

}  // namespace millrace::test
