// Canonical text (spec/conventions.md section 3) of what StrictJson passes: a scalar alone and the same scalar as a member,
// which take different ways, are the same bytes.
#include <doctest/doctest.h>

#include <string>

#include "topology/wire/strict.h"

namespace millrace::wire {

TEST_SUITE_BEGIN("strict json");

namespace {

std::string canonical_of(std::string_view text) {
  std::string out;
  append_canonical_text(out, text);
  return out;
}

}  // namespace

TEST_CASE("ST-3: scalars, spaced or escaped, have one canonical form, alone and inside") {
  struct Case {
    std::string text, canonical;
  };
  const Case cases[] = {{"0", "0"},       {"-0", "0"},          {"-12", "-12"},     {"1.50", "1.50"},   {"-0.5", "-0.5"},
                        {"2E+3", "2E+3"}, {"true", "true"},     {"null", "null"},   {"\"\"", "\"\""},   {"\"plain\"", "\"plain\""},
                        {"\"ü\"", "\"ü\""}, {"\"a\\/b\"", "\"a/b\""}, {"\"\\u0041\"", "\"A\""}, {"\"q\\\"\"", "\"q\\\"\""}, {"\"\\\\\"", "\"\\\\\""}};
  for (const Case& each : cases) {
    CAPTURE(each.text);
    CHECK(canonical_of(each.text) == each.canonical);
    CHECK(canonical_of(" " + each.text + "\n") == each.canonical);
    CHECK(canonical_of("[" + each.text + "]") == "[" + each.canonical + "]");
    CHECK(canonical_of("{\"b\": 1, \"a\": " + each.text + "}") == "{\"a\":" + each.canonical + ",\"b\":1}");
  }
}

TEST_SUITE_END();

}  // namespace millrace::wire
