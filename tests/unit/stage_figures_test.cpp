#include "engine/stage_figures.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace millrace::engine {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

std::vector<Measure> of(const StageFigures& figures, const std::string& name) {
  std::vector<Measure> found;
  for (Measure& measure : figures.measures())
    if (measure.name == name) found.push_back(std::move(measure));
  return found;
}

}  // namespace

TEST_SUITE_BEGIN("engine/stage_figures");

TEST_CASE("SG-1: what is not published is not counted, and what is counts once") {
  StageFigures figures;
  TaskFigures one(figures, "score"), two(figures, "score");
  one.count("lead.captured", Became::ok);
  one.refuse("bad_json");
  one.publish();
  CHECK(of(figures, "millrace_records_total").empty());
  one.close();
  one.publish();
  one.publish();
  two.count("lead.captured", Became::ok);
  two.count("lead.captured", Became::duplicate);
  two.close();
  two.publish();
  const auto records = of(figures, "millrace_records_total");
  REQUIRE(records.size() == 2);
  CHECK(records[0].labels == Labels{{"stage", "score"}, {"type", "lead.captured"}, {"result", "ok"}});
  CHECK(records[0].value == 2);
  CHECK(records[1].labels.back().second == "duplicate");
  const auto letters = of(figures, "millrace_dlq_total");
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].labels == Labels{{"stage", "score"}, {"reason", "bad_json"}});
  CHECK(letters[0].value == 1);
}

TEST_CASE("SG-1: of a batch that is closed and one that is open only the closed one's counts are published when it is committed") {
  StageFigures figures;
  {
    TaskFigures task(figures, "score");
    task.count("lead.captured", Became::ok);
    task.close();
    task.count("lead.captured", Became::ok);
    task.refuse("bad_json");
    task.publish();
  }  // the open one is lost
  const auto records = of(figures, "millrace_records_total");
  REQUIRE(records.size() == 1);
  CHECK(records[0].value == 1);
  CHECK(of(figures, "millrace_dlq_total").empty());
}

TEST_CASE("SG-3: a type that no stage lists is `other`, and so is the reason after the last that has room") {
  StageFigures figures;
  TaskFigures task(figures, "harvest");
  task.count({}, Became::dlq);
  for (std::size_t i = 0; i < kReasonsMax + 10; ++i) task.refuse("bad_field:" + std::to_string(i));
  task.close();
  task.publish();
  task.refuse("bad_field:0");
  task.close();
  task.publish();
  CHECK(of(figures, "millrace_records_total").front().labels[1].second == "other");
  double letters = 0, first = 0;
  const auto all = of(figures, "millrace_dlq_total");
  for (const Measure& measure : all) {
    letters += measure.value;
    if (measure.labels[1].second == "bad_field:0") first = measure.value;
  }
  CHECK(all.size() == kReasonsMax + 1);
  CHECK(letters == kReasonsMax + 11);
  CHECK(first == 2);
}

TEST_CASE("steps of a share count with their mean, in the bucket that it does not pass") {
  StageFigures figures;
  TaskFigures task(figures, "route");
  task.spend(microseconds(5'000), 1'000);  // 5 us each
  task.spend(nanoseconds(5'001), 1);
  task.spend(std::chrono::seconds(11), 1);  // in no bucket
  task.spend(microseconds(1), 0);           // a share of nothing
  task.close();
  task.publish();
  const auto steps = of(figures, "millrace_step_seconds");
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].kind == Measure::Kind::histogram);
  CHECK(steps[0].count == 1'002);
  CHECK(steps[0].value == doctest::Approx(11.005005));
  REQUIRE(steps[0].buckets.size() == kStepBuckets.size());
  CHECK(steps[0].buckets[1].second == 0);
  CHECK(steps[0].buckets[2] == std::pair<double, std::uint64_t>(5e-6, 1'000));
  CHECK(steps[0].buckets[3].second == 1'001);
  CHECK(steps[0].buckets.back().second == 1'001);
}

TEST_CASE("timers that are due are those of the tasks that stand") {
  StageFigures figures;
  TaskFigures one(figures, "outreach");
  one.due(5);
  {
    TaskFigures two(figures, "outreach");
    two.due(7);
    REQUIRE(of(figures, "millrace_timers_due").size() == 1);
    CHECK(of(figures, "millrace_timers_due").front().value == 12);
  }
  CHECK(of(figures, "millrace_timers_due").front().value == 5);
}

TEST_SUITE_END();

}  // namespace millrace::engine
