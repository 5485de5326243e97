#include <doctest/doctest.h>

#include "topology/outreach/experiment.h"

using namespace millrace;
using namespace millrace::outreach;

TEST_SUITE("topology/outreach") {
  TEST_CASE("EX-1: a variant depends on seed, experiment and lead alone, and follows the weights") {
    const std::vector<std::int64_t> half = {5000, 5000};
    CHECK(assign(1, "exp1", "ld_1", half).bucket == 9363);
    CHECK(assign(1, "exp1", "ld_1", half).variant == 1);
    CHECK(assign(1, "exp1", "ld_2", half).variant == 0);
    CHECK(assign(2, "exp1", "ld_1", half).bucket != 9363);
    int first = 0;
    const std::vector<std::int64_t> uneven = {2000, 3000, 5000};
    for (int i = 0; i < 2000; ++i) first += assign(1, "e", "ld_" + std::to_string(i), uneven).variant == 0;
    CHECK(first > 300);
    CHECK(first < 500);
    CHECK(assign(1, "exp1", "ld_1", std::vector<std::int64_t>{100}).variant == 1);  // weights that do not reach the bucket
    CHECK(assign(1, "exp1", "ld_1", std::vector<std::int64_t>{9363}).variant == 1);
    CHECK(assign(1, "exp1", "ld_1", std::vector<std::int64_t>{9364}).variant == 0);
  }

  TEST_CASE("EX-2: the window counts from the exposure and includes its end") {
    CHECK(in_window(100, 100, 10));
    CHECK(in_window(100, 110, 10));
    CHECK_FALSE(in_window(100, 111, 10));
    CHECK_FALSE(in_window(100, 99, 10));
    CHECK(default_window(Metric::click) == 14 * kDayMs);
    CHECK(default_window(Metric::revenue_cents) == 90 * kDayMs);
  }

  TEST_CASE("each metric has its own fact") {
    const std::vector<std::string> won = {"closed_won"};
    const MetricFact good{MetricFact::Kind::reply, "POSITIVE", false, {}, {}, 0};
    const MetricFact machine{MetricFact::Kind::click, {}, true, {}, {}, 0};
    const MetricFact click{MetricFact::Kind::click, {}, false, {}, {}, 0};
    const MetricFact sale{MetricFact::Kind::stage, {}, false, "closed_won", 700, 0};
    CHECK(counts(Metric::positive_reply, good, "", won));
    CHECK_FALSE(counts(Metric::click, machine, "", won));
    CHECK(counts(Metric::click, click, "", won));
    CHECK(counts(Metric::conversion, sale, "", won));
    CHECK_FALSE(counts(Metric::conversion, sale, "show_up", won));
    CHECK(counts(Metric::revenue_cents, sale, "closed_won", {}));
    CHECK(value_of(Metric::revenue_cents, sale) == 700);
    CHECK(value_of(Metric::conversion, sale) == 0);
  }
}
