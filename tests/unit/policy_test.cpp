#include "topology/policy/policy.h"

#include <doctest/doctest.h>

#include "state/memory_kv.h"
#include "tests/unit/stage_driver.h"
#include "topology/control/fold.h"
#include "topology/policy/engine_policy.h"
#include "topology/score/fold.h"
#include "topology/score/policy.h"

namespace millrace::test {

namespace {

std::size_t problems_of(const std::string& toml) {
  Policy policy;
  return Policy::parse(toml, policy).size();
}

// A policy as an earlier version may have taken it: three things that this one refuses, and one that it takes.
const std::string kOld =
    "[tenant]\ncurrency = \"euro\"\n[no.longer]\nknown = 1\n[score.weight]\nsize = 9000\n[score.tier]\nhot = 9100\n";

}  // namespace

TEST_SUITE("topology/policy") {
  TEST_CASE("PO-1: a currency is three capital letters, a calling code one to three digits or none") {
    for (const char* toml : {"[tenant]\ncurrency = \"EUR\"\n", "[tenant.acme]\ncurrency = \"CHF\"\n", "[identity]\ncountry_code = \"49\"\n",
                             "[identity]\ncountry_code = \"\"\n", "[tenant.acme.identity]\ncountry_code = \"358\"\n"})
      CHECK_MESSAGE(problems_of(toml) == 0, toml);
    for (const char* toml : {"[tenant]\ncurrency = \"\"\n", "[tenant]\ncurrency = \"eur\"\n", "[tenant.acme]\ncurrency = \"EURO\"\n",
                             "[identity]\ncountry_code = \"+49\"\n", "[identity]\ncountry_code = \"049\"\n", "[identity]\ncountry_code = \"1234\"\n",
                             "[tenant.acme.identity]\ncountry_code = \"DE\"\n"})
      CHECK_MESSAGE(problems_of(toml) == 1, toml);
  }

  TEST_CASE("PO-3: of a live policy what is refused now is left out and told, and the rest holds under the same hash") {
    const Policy policy = Policy::read_live(kOld);
    REQUIRE(policy.left_out().size() == 3);
    CHECK(policy.of<TenantPolicy>("acme").currency == "USD");
    CHECK(policy.of<score::ScoreWeights>("acme").size == score::ScoreWeights{}.size);
    CHECK(policy.of<score::ScorePolicy>("acme").tier_hot == 9100);
    CHECK(policy.toml() == kOld);
    CHECK(Policy::read_live("[broken").left_out().size() == 1);
    CHECK(Policy::read_live("[score.tier]\nhot = 9100\n").left_out().empty());
  }

  TEST_CASE("PO-3: a tenant's own value that is refused now gives way to the general one") {
    const Policy policy = Policy::read_live("[tenant]\ncurrency = \"EUR\"\n[tenant.acme]\ncurrency = \"x\"\n[tenant.acme.score.weight]\nsize = 1\n");
    CHECK(policy.left_out().size() == 2);
    CHECK(policy.of<TenantPolicy>("acme").currency == "EUR");
    CHECK(policy.of<score::ScoreWeights>("acme").size == score::ScoreWeights{}.size);
  }

  TEST_CASE("SF-4: a copy of a policy that an earlier version made is followed, and is still there after a restart") {
    StageDriver d("score", topics::leads_harvested, score::make_fold, 1);
    d.send("control.policy_changed", {{"policy_sha256", "x"}, {"toml", kOld}}, {.at_ms = 1000, .tenant = "_", .broadcast = true});
    CHECK(d.last_verdict().kind == Verdict::Kind::handled);
    const std::string followed(d.fold().policy_sha256());
    CHECK(followed == Policy::read_live(kOld).sha256());
    d.restart();
    CHECK(d.fold().policy_sha256() == followed);
  }

  TEST_CASE("PO-3: a state whose live policy is refused now opens, and stage control says what is left out") {
    struct Row {
      std::string toml;
      static constexpr auto fields() { return FieldList{field("toml", &Row::toml)}; }
    };
    auto kv = std::make_unique<state::MemoryKv>();
    {
      state::TableSpace before(std::make_unique<state::MemoryKv>(), 1 << 20);
      REQUIRE(before.restore());
      state::Table<Row> table(before, "policy");
      table.edit("live").toml = kOld;
      before.end_step();
      before.cut({});
      while (before.slice(1000)) {
      }
      REQUIRE(before.commit(true));
      kv = std::make_unique<state::MemoryKv>(static_cast<state::MemoryKv&>(before.kv()));
    }
    state::TableSpace space(std::move(kv), 1 << 20);
    REQUIRE(space.restore());
    const Environment environment;
    const auto fold = control::make_fold({space, environment, topics::control, Partition{0}});
    const auto warnings = fold->warnings();
    REQUIRE(warnings.size() == 3);
    for (const std::string& each : warnings) CHECK(each.find("is left out") != std::string::npos);
  }
}

}  // namespace millrace::test
