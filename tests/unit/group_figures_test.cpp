#include "engine/group_figures.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace millrace::engine {

TEST_SUITE_BEGIN("engine/group_figures");

TEST_CASE("MS-2: what a member counts carries its labels and the names that belong to its kind") {
  GroupFigures figures;
  figures.folded = 7;
  figures.commits = 2;
  figures.commit_us = 1'500'000;
  const Labels labels{{"member", "0"}};
  const Measures all = figures.measures(labels, 10'000);
  const auto one = [&](std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Measure& m) { return m.name == name; });
    REQUIRE(found != all.end());
    return *found;
  };
  CHECK(one("millrace_member_folded_records_total").value == 7);
  CHECK(one("millrace_member_commit_seconds").value == 1.5);
  CHECK(one("millrace_member_commit_seconds").count == 2);
  for (const Measure& measure : all) {
    CAPTURE(measure.name);
    CHECK(measure.name.starts_with("millrace_"));
    CHECK(measure.name.ends_with("_total") == (measure.kind == Measure::Kind::counter));
    CHECK(measure.labels == labels);
    CHECK_FALSE(measure.help.empty());
  }
}

TEST_CASE("the age of a checkpoint is told from the first one on") {
  GroupFigures figures;
  const auto age = [&] {
    const Measures all = figures.measures({}, 10'000);
    const auto found = std::find_if(all.begin(), all.end(), [](const Measure& m) { return m.name == "millrace_checkpoint_age_seconds"; });
    return found == all.end() ? -1.0 : found->value;
  };
  CHECK(age() == -1.0);
  figures.checkpoint_ms = 8'500;
  CHECK(age() == 1.5);
}

TEST_SUITE_END();

}  // namespace millrace::engine
