// The simulated population, its facts, its operators' records, and the world that answers.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "node/simulated_world.h"
#include "topology/harvest/envelope.h"
#include "topology/policy/policy.h"
#include "topology/simulation/answers.h"
#include "topology/simulation/setup.h"
#include "topology/topics.h"

using namespace millrace;
using namespace millrace::simulation;
using Json = nlohmann::json;

namespace {

constexpr Plan kPlan{.seed = 7, .leads = 400, .days = 30, .tenants = 3};

std::vector<Fact> all_facts(const Plan& plan) {
  std::vector<Fact> out;
  for (std::int64_t i = 0; i < plan.leads; ++i)
    for (Fact& fact : facts_of_lead(plan, i)) out.push_back(std::move(fact));
  for (std::int64_t day = 0; day < plan.days; ++day)
    for (Fact& fact : ad_spend_of_day(plan, day)) out.push_back(std::move(fact));
  return out;
}

// What the front door of a history would say of it.
std::string refusal(const std::string& json) {
  wire::StrictJson reader;
  harvest::Envelope envelope;
  harvest::Door door;
  door.wall = false;
  const std::string reason = harvest::check_envelope(reader, json, door, envelope);
  CHECK(reader.canonical());
  return reason;
}

SendCommand command(std::string id, std::string mode) {
  SendCommand c;
  c.command_id = std::move(id);
  c.message_id = "msg_1";
  c.lead_id = "ld_1";
  c.tenant = "tenant-1";
  c.channel = "email";
  c.mode = std::move(mode);
  c.attempt = 1;
  c.provider_key = "pk";
  return c;
}

}  // namespace

TEST_SUITE("topology/simulation") {
  TEST_CASE("PN-1: a lead is the same whatever was made before it") {
    std::vector<Lead> forth, back;
    for (std::int64_t i = 0; i < 50; ++i) forth.push_back(lead_at(3, i, 60));
    for (std::int64_t i = 49; i >= 0; --i) back.push_back(lead_at(3, i, 60));
    std::reverse(back.begin(), back.end());
    for (std::size_t i = 0; i < 50; ++i) {
      CHECK(forth[i].quality_bp == back[i].quality_bp);
      CHECK(forth[i].wins == back[i].wins);
    }
  }

  TEST_CASE("SF-1: the same seed gives the same bytes, another seed others") {
    const auto once = all_facts(kPlan), again = all_facts(kPlan);
    CHECK(once == again);
    Plan other = kPlan;
    other.seed = 8;
    CHECK(all_facts(other) != once);
  }

  TEST_CASE("every fact passes the front door, inside the days of the plan") {
    std::set<std::string> ids;
    std::set<std::string> types;
    for (const Fact& fact : all_facts(kPlan)) {
      CHECK_MESSAGE(refusal(fact.json) == "", fact.json);
      CHECK(fact.time_ms >= kPlan.start_ms);
      CHECK(fact.time_ms < kPlan.end_ms());
      CHECK(ids.insert(fact.tenant + "/" + fact.id).second);
      types.insert(Json::parse(fact.json).at("type"));
    }
    CHECK(types == std::set<std::string>{"ad.click", "ad.metrics", "crm.stage_changed", "lead.captured", "lead.enriched"});
  }

  TEST_CASE("SF-3: a duplicate brings its person's email to the same tenant, under another id") {
    const auto captured = [](std::int64_t i) {
      for (const Fact& fact : facts_of_lead(kPlan, i))
        if (fact.id == captured_id(i)) return Json::parse(fact.json);
      return Json();
    };
    int seen = 0;
    for (std::int64_t i = 1; i < kPlan.leads; ++i) {
      if (!lead_at(kPlan.seed, i, kPlan.days).duplicate_of) continue;
      ++seen;
      const Json mine = captured(i), before = captured(i - 1);
      CHECK(mine.at("tenant") == before.at("tenant"));
      CHECK(mine.at("data").at("email") == before.at("data").at("email"));
      CHECK(mine.at("id") != before.at("id"));
    }
    CHECK(seen > 5);
  }

  TEST_CASE("SF-2: who wins is of better quality on average") {
    std::int64_t won = 0, won_quality = 0, other = 0, other_quality = 0;
    for (std::int64_t i = 0; i < 2000; ++i) {
      const Lead lead = lead_at(1, i, 60);
      (lead.wins ? won : other) += 1;
      (lead.wins ? won_quality : other_quality) += lead.quality_bp;
    }
    CHECK(won > 100);
    CHECK(won_quality / won > other_quality / other + 1000);
  }

  TEST_CASE("SU-1: nothing is armed unless asked for; then before each arming expires") {
    const auto armings = [](bool armed) {
      std::vector<TimeMs> times;
      for (const Fact& fact : setup_records({.seed = 1, .leads = 10, .days = 61, .tenants = 1}, armed))
        if (Json::parse(fact.json).at("type") == "operator.connector_armed") times.push_back(fact.time_ms);
      return times;
    };
    CHECK(armings(false).empty());
    const auto times = armings(true);
    REQUIRE(times.size() == 3);
    for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] < 30 * kDayMs);
  }

  TEST_CASE("the operators' records have the form of the door, but for the signature, and the policy loads") {
    for (const Fact& fact : setup_records(kPlan, true)) {
      CHECK(fact.is_operator);
      CHECK(refusal(fact.json) == "unauthorised");  // it comes last: all else is in order
    }
    Policy policy;
    const auto problems = Policy::parse(policy_toml(kPlan), policy);
    CHECK_MESSAGE(problems.empty(), (problems.empty() ? "" : problems.front()));
  }

  TEST_CASE("AN-1, AN-2: answers follow from the command, pass the front door, and come after it") {
    std::set<std::string> types;
    std::set<std::string> ids;
    for (int n = 0; n < 400; ++n) {
      const SendCommand c = command("msg_" + std::to_string(n) + ":1", "live");
      const auto answers = answers_to(1, "email.send", c, 1'000'000, 7000);
      CHECK(answers == answers_to(1, "email.send", c, 1'000'000, 7000));
      REQUIRE_FALSE(answers.empty());
      TimeMs last = 1'000'000;
      for (const Fact& answer : answers) {
        CHECK(refusal(answer.json) == "");
        CHECK(answer.time_ms > last);
        last = answer.time_ms;
        CHECK(ids.insert(answer.id).second);
        types.insert(Json::parse(answer.json).at("type"));
      }
    }
    for (const char* type : {"delivery.sent", "delivery.delivered", "engagement.opened", "engagement.clicked", "engagement.replied", "engagement.bounced"})
      CHECK_MESSAGE(types.contains(type), type);
  }

  TEST_CASE("AN-3: a dry run is sent by nobody and leads to nothing") {
    for (int n = 0; n < 50; ++n) {
      const auto answers = answers_to(1, "email.send", command("m" + std::to_string(n) + ":1", "dry_run"), 5000, 9000);
      REQUIRE(answers.size() == 1);
      const Json answer = Json::parse(answers[0].json);
      CHECK(answer.at("type") == "delivery.sent");
      CHECK(answer.at("data").at("dry_run") == true);
      CHECK(answer.at("data").at("provider") == "dry_run");
    }
  }
}

TEST_SUITE("node/simulated_world") {
  TEST_CASE("WO-1: the plan comes back from the namespace, and a world answers a command record of its topic") {
    const auto plan = node::world_plan(node::world_settings(kPlan));
    REQUIRE(plan);
    CHECK(plan->seed == kPlan.seed);
    CHECK(plan->tenants == kPlan.tenants);
    CHECK_FALSE(node::world_plan({{"world_seed", "1"}}));

    node::SimulatedWorld world(*plan);
    CHECK(world.watches() == std::vector<TopicId>{topics::outreach_commands});
    const std::string value = R"({"data":)" + to_json(command("msg_1:1", "live")) + R"(,"id":"x","type":"email.send"})";
    Record record{{topics::outreach_commands, Partition{0}, Offset{0}}, 9000, "tenant-1/ld_1", value, {}};
    std::vector<engine::World::Answer> answers;
    world.observe(record, answers);
    REQUIRE_FALSE(answers.empty());
    CHECK(answers[0].key == "tenant-1");
    CHECK(answers[0].stamp > 9000);
    CHECK(answers[0].value.find("\"id\":\"" + answers[0].id + "\"") != std::string::npos);
  }
}
