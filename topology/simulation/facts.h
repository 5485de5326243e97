// What the people of a simulation do, as records of the front door: they click ads, are captured, enriched, and some
// become deals that are won or lost (spec/governance.md section 17).
//
// Takes   a plan and an index. Gives the records of that lead in order of time, none at or after the plan's end.
//
// SF-1  Equal (plan, index) give equal bytes; nothing else is read.
// SF-2  A better lead shows more of what scoring looks for, but by chance: a score can tell, never know.
// SF-3  A duplicate brings the email of its person, another source and its own id.
// Tests: tests/unit/simulation_test.cpp
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/time.h"
#include "topology/simulation/population.h"

namespace millrace::simulation {

inline constexpr DurationMs kMinuteMs = 60'000;

struct Fact {
  TimeMs time_ms = 0;
  std::string id, tenant;
  std::string json;          // canonical; an operator's record lacks its signature
  bool is_operator = false;  // goes through the operators' door
  auto operator<=>(const Fact&) const = default;
};

std::vector<Fact> facts_of_lead(const Plan& plan, std::int64_t index);
// What the ad platforms report of one day: a record per ad, stamped at the day's end.
std::vector<Fact> ad_spend_of_day(const Plan& plan, std::int64_t day);

// The campaign that every captured lead is in.
std::string campaign_of(std::string_view tenant);

// One record of the front door around `data`.
template <class Event>
Fact fact_of(std::string_view type, const Event& data, std::string id, std::string tenant, TimeMs time_ms) {
  Fact fact{time_ms, std::move(id), std::move(tenant), "{\"data\":", type.starts_with("operator.")};
  append_json(fact.json, data);
  fact.json.append(",\"id\":");
  append_json_string(fact.json, fact.id);
  fact.json.append(",\"source\":\"").append(kProducer).append("\",\"specversion\":\"1.0\",\"tenant\":\"").append(fact.tenant);
  fact.json.append("\",\"time\":\"");
  append_rfc3339(fact.json, time_ms);
  fact.json.append("\",\"type\":\"").append(type).append("\"}");
  return fact;
}

}  // namespace millrace::simulation
