// What a simulated history should have come to, and what it came to (spec/governance.md section 17): the truth is the
// plan's own, told by the population and its facts; measured is what stands in the topics.
//
//   Oracle oracle(plan);
//   for (const TopicId topic : Oracle::kTopics) … oracle.take(topic, record) in log order …
//   for (const OracleRow& row : oracle.rows()) …
//
// OR-1  The truth is never read from a topic, nor what is measured from the plan.
// OR-2  A row of a rule that is not built says so; it is never counted as good.
// Limits of sending are those of the default policy, which simulations keep.        Tests: tests/unit/simulation_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/record.h"
#include "topology/simulation/population.h"
#include "topology/topics.h"

namespace millrace::simulation {

enum class OracleVerdict { good, broken, not_built };
constexpr std::array<std::string_view, 3> enum_names(OracleVerdict) { return {"good", "BROKEN", "not built yet"}; }

struct OracleRow {
  std::string what, truth, measured, limit;
  OracleVerdict verdict = OracleVerdict::not_built;
};

class Oracle {
 public:
  explicit Oracle(const Plan& plan);

  // The topics that it reads, in this order.
  static constexpr std::array kTopics = {topics::leads_harvested, topics::leads_scored, topics::routing_decisions,
                                         topics::outreach_commands, topics::attribution_credits};
  void take(TopicId topic, const Record& record);
  std::vector<OracleRow> rows() const;

 private:
  struct Truth {
    std::set<std::string> people, winners;                   // tenant/lead_id
    std::map<std::string, std::int64_t> quality_bp;          // of each person
    std::map<std::string, std::int64_t> value_cents;         // by tenant/deal_id
    std::map<std::string, std::int64_t> channel_cents;       // won revenue by the channel that brought the lead
  };
  using Keyed = std::map<std::string, std::vector<TimeMs>>;

  OracleRow merged() const;
  OracleRow auc() const;
  OracleRow credit_of(const std::string& model, const std::map<std::string, std::int64_t>& by_channel) const;
  OracleRow credit_sum() const;
  std::int64_t over_limit() const;

  Truth truth_;
  std::set<std::string> leads_, absorbed_;
  std::map<std::string, std::int64_t> score_bp_;   // the last of each lead
  std::map<std::string, TimeMs> never_since_;      // when a lead said no, for ever
  std::set<std::string> failed_, sent_, commanded_;  // message ids; send keys, told and commanded
  Keyed sent_to_lead_, sent_of_tenant_;             // times of live commands that did not fail
  std::int64_t double_sends_ = 0, sends_to_no_ = 0;
  std::map<std::string, std::map<std::string, std::int64_t>> credit_;  // model, channel
  std::map<std::string, std::map<std::string, std::int64_t>> deal_credit_;  // model, tenant/deal_id
};

}  // namespace millrace::simulation
