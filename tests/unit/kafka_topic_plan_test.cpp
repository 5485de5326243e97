#include "log/kafka/topic_plan.h"

#include <doctest/doctest.h>

#include "core/outputs.h"

namespace millrace::log::kafka {
namespace {

Layout layout() {
  return {TopicTable({{"control", 1}, {"crm.events", 8}, {"leads.scored", 8}, {"alerts.out", 8}}),
          {TopicId{0}, TopicId{1}, TopicId{2}},
          {TopicId{0}, TopicId{1}}};
}
const TopicPlan& plan_of(const std::vector<TopicPlan>& plan, std::string_view name) {
  for (const TopicPlan& p : plan)
    if (p.name == name) return p;
  FAIL("no such topic: " << name);
  return plan.front();
}
// The settings of a topic that is exactly as planned, among others that do not matter.
std::map<std::string, std::string> as_planned(const TopicPlan& plan) {
  auto found = plan.settings;
  found["min.insync.replicas"] = "2";
  return found;
}

}  // namespace

TEST_SUITE_BEGIN("log/kafka topic plan");

TEST_CASE("every topic of the table is planned, keys, and a changelog for each inbox with its partitions") {
  const auto plan = plan_topics(layout());
  REQUIRE(plan.size() == 4 + 1 + 3);
  CHECK(plan_of(plan, "crm.events").partitions == 8);
  CHECK(plan_of(plan, "keys").partitions == 1);
  CHECK(plan_of(plan, "control.changelog").partitions == 1);
  CHECK(plan_of(plan, "leads.scored.changelog").partitions == 8);
  CHECK(changelog_of("leads.scored") == "leads.scored.changelog");
}

TEST_CASE("TP-1: nothing is dropped by time or size, TP-2: the doors are stamped by the broker") {
  const auto plan = plan_topics(layout());
  for (const char* name : {"control", "crm.events", "leads.scored", "alerts.out"}) {
    const auto& settings = plan_of(plan, name).settings;
    CHECK(settings.at("retention.ms") == "-1");
    CHECK(settings.at("retention.bytes") == "-1");
    CHECK(settings.at("cleanup.policy") == "delete");
  }
  CHECK(plan_of(plan, "control").settings.at("message.timestamp.type") == "LogAppendTime");
  CHECK(plan_of(plan, "crm.events").settings.at("message.timestamp.type") == "LogAppendTime");
  CHECK(plan_of(plan, "leads.scored").settings.at("message.timestamp.type") == "CreateTime");
  for (const char* name : {"keys", "crm.events.changelog"}) {
    CHECK(plan_of(plan, name).settings.at("cleanup.policy") == "compact");
    CHECK(plan_of(plan, name).settings.at("delete.retention.ms") == "604800000");
  }
}

TEST_CASE("TP-3: every topic takes the largest output of a fold") {
  for (const TopicPlan& p : plan_topics(layout()))
    CHECK(std::stoul(p.settings.at("max.message.bytes")) > kOutputMax);
}

TEST_CASE("a topic as planned has no mismatch, whatever else is set") {
  for (const TopicPlan& p : plan_topics(layout())) CHECK(compare(p, p.name, p.partitions, as_planned(p), "k:1").empty());
}

TEST_CASE("a mismatch names topic, setting, found, needed and the command") {
  const TopicPlan plan = plan_of(plan_topics(layout()), "crm.events");
  auto found = as_planned(plan);
  found["retention.ms"] = "604800000";
  found.erase("cleanup.policy");
  const auto wrong = compare(plan, "acme.crm.events", 6, found, "k:1");
  REQUIRE(wrong.size() == 3);
  CHECK(describe(wrong[0]).starts_with("topic acme.crm.events has partitions 6 and needs 8: the count is fixed"));
  CHECK(describe(wrong[1]).starts_with("topic acme.crm.events has cleanup.policy (none) and needs delete: "));
  CHECK(describe(wrong[2]) ==
        "topic acme.crm.events has retention.ms 604800000 and needs -1: kafka-configs.sh --bootstrap-server k:1 --alter "
        "--entity-type topics --entity-name acme.crm.events --add-config retention.ms=-1");
  const auto none = compare(plan, "acme.crm.events", 0, {}, "k:1");
  REQUIRE(none.size() == 1);
  CHECK(describe(none[0]) == "topic acme.crm.events does not exist: millrace topology --create");
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
