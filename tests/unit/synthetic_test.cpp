#include <doctest/doctest.h>

#include "topology/policy/synthetic.h"

using namespace millrace;

static Policy parsed(std::string_view toml) {
  Policy policy;
  const auto problems = Policy::parse(toml, policy);
  REQUIRE_MESSAGE(problems.empty(), (problems.empty() ? "" : problems.front()));
  return policy;
}

TEST_SUITE("topology/policy") {
  TEST_CASE("a text that is no TOML is refused with a reason, whatever its keys and tables begin with") {
    for (const char* text : {"[+x]\na = 1\n", "[x.+y]\n", "+a = 1\n", "[[+x]]\n", "[", "a.", "a = {+b = 1}\n", "a.+b = 1\n", "=\n"}) {
      Policy policy;
      CHECK_MESSAGE(!Policy::parse(text, policy).empty(), text);
    }
  }

  TEST_CASE("PO-1: a text that means nothing to its key is refused, not replaced by the default") {
    const auto refused = [](const char* toml) {
      Policy policy;
      return !Policy::parse(toml, policy).empty();
    };
    CHECK(refused("[dispatch.window]\nstart = \"25:00\"\n"));
    CHECK(refused("[tenant.acme.dispatch.window]\nend = \"6pm\"\n"));
    CHECK(refused("[dispatch]\nquiet = [\"21:00\"]\n"));
    CHECK(refused("[dispatch]\nquiet = [\"21:00\", \"8\"]\n"));
    CHECK_FALSE(refused("[dispatch]\nquiet = []\n"));
    CHECK_FALSE(refused("[dispatch.window]\nstart = \"00:00\"\nend = \"24:00\"\n"));
    CHECK(refused("[attribution]\nmodels = [\"linear\", \"lineer\"]\n"));
    CHECK(refused("[outreach]\nchannels = [\"email\", \"fax\"]\n"));
  }

  TEST_CASE("SY-1: a tenant without a table has the service table in its own currency") {
    const Policy policy = parsed("[tenant]\ncurrency = \"EUR\"\n");
    const auto& table = policy.of<SyntheticTable>("acme");
    CHECK(table.currency == "EUR");
    CHECK(table.is_won("closed_won"));
    CHECK(table.is_lost("closed_lost"));
    CHECK(table.at("show_up") == StageValue{900000, 8500});
  }

  TEST_CASE("SY-1: a tenant's table replaces lists and stages, and only its own") {
    const Policy policy = parsed(R"(
[synthetic.shop]
currency = "GBP"
won = ["paid"]
lost = []
[synthetic.shop.stages]
basket = [100, 2000]
paid = [900, 10000]
[synthetic.next]
table = "ecommerce"
)");
    const auto& shop = policy.of<SyntheticTable>("shop");
    CHECK(shop.currency == "GBP");
    CHECK(shop.is_won("paid"));
    CHECK_FALSE(shop.is_won("closed_won"));
    CHECK_FALSE(shop.is_lost("closed_lost"));
    CHECK(shop.at("basket") == StageValue{100, 2000});
    CHECK(shop.at("closed_won") == StageValue{});
    const auto& next = policy.of<SyntheticTable>("next");
    CHECK(next.is_won("purchase"));
    CHECK(next.lost.empty());
    CHECK(policy.of<SyntheticTable>("acme").is_won("closed_won"));
  }

  TEST_CASE("SY-2: a stage that no table names is worth nothing, with no confidence") {
    CHECK(SyntheticTable::b2b_saas().at("mystery") == StageValue{0, 0});
  }
}
