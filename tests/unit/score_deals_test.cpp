#include <doctest/doctest.h>

#include "topology/score/deals.h"

using namespace millrace;
using namespace millrace::score;

namespace {
Deal deal(std::string id, std::string stage, TimeMs event_ms = 0) { return {std::move(id), std::move(stage), event_ms, event_ms, {}, {}}; }
const SyntheticTable kTable = SyntheticTable::service();
const StageGroups kGroups;
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("DE-1: a lost deal loses the lead only when no other is open or won") {
    std::vector<Deal> deals = {deal("a", "closed_lost")};
    CHECK(deal_trigger(deals, "a", kTable) == Trigger::deal_lost);
    deals.push_back(deal("b", "lead"));
    CHECK(deal_trigger(deals, "a", kTable) == std::nullopt);
    deals.back().stage = "closed_won";
    CHECK(deal_trigger(deals, "a", kTable) == std::nullopt);
    CHECK(deal_trigger(deals, "b", kTable) == Trigger::deal_won);
    deals.back().stage = "closed_lost";
    CHECK(deal_trigger(deals, "a", kTable) == Trigger::deal_lost);
  }

  TEST_CASE("DE-1: a deal of which only the amount is known is not open") {
    const std::vector<Deal> deals = {deal("a", "closed_lost"), deal("b", "")};
    CHECK(deal_trigger(deals, "a", kTable) == Trigger::deal_lost);
    CHECK(latest_open(deals, kTable) == nullptr);
  }

  TEST_CASE("DE-2: any deal past the first talk, even a closed one, suspends silence") {
    CHECK_FALSE(is_progressed({deal("a", "lead"), deal("b", "odd")}, {kTable, kGroups}));
    for (const char* stage : {"appointment_scheduled", "show_up", "contract_sent", "closed_won", "closed_lost"})
      CHECK(is_progressed({deal("a", "lead"), deal("b", stage)}, {kTable, kGroups}));
    CHECK_FALSE(is_progressed({}, {kTable, kGroups}));
  }

  TEST_CASE("The latest open deal is the one told of last") {
    const std::vector<Deal> deals = {deal("a", "lead", 5), deal("b", "show_up", 9), deal("c", "closed_won", 20)};
    REQUIRE(latest_open(deals, kTable));
    CHECK(latest_open(deals, kTable)->deal_id == "b");
  }
}
