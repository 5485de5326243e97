#include "cli/opened.h"

#include <doctest/doctest.h>

using millrace::cli::sealed_in;
using millrace::cli::with_opened;

TEST_SUITE("cli/opened") {
  const std::string record = R"({"data":{"a":"s1.k1.st.AA=","b":"s1.k2.st.BB=","c":"plain s1.x","d":["s1.k1.st.AA="]},"tenant":"acme"})";

  TEST_CASE("sealed values of a record are found, each once") {
    CHECK(sealed_in(record) == std::vector<std::string>{"s1.k1.st.AA=", "s1.k2.st.BB="});
    CHECK(sealed_in("{}").empty());
  }

  TEST_CASE("what opens stands in their place, the rest stays sealed") {
    CHECK(with_opened(record, {{"s1.k1.st.AA=", R"({"email":"ann@example.com"})"}, {"s1.k2.st.BB=", ""}}) ==
          R"({"data":{"a":{"email":"ann@example.com"},"b":"s1.k2.st.BB=","c":"plain s1.x","d":[{"email":"ann@example.com"}]},"tenant":"acme"})");
    CHECK(with_opened("{}", {}) == "{}");
    CHECK(with_opened(R"({"a":"s1.cut)", {}) == R"({"a":"s1.cut)");
  }
}
