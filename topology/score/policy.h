// What a tenant can say about scoring: limits, weights, whom it sells to, its own fields, its zones.
//
//   const ScorePolicy& p = policy().of<ScorePolicy>(tenant);
//   const IcpProfile& profile = policy().of<IcpProfiles>(tenant).of(campaign_id);
//
// SP-1  Weights of one sum add up to 10000 (topology/policy/schema.cpp).
// SP-2  An entry of a free table that is of the wrong type refuses the policy (topology/policy/free_tables.h); given to a
//       loader all the same, it is not there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "topology/policy/policy.h"
#include "topology/score/dimensions.h"
#include "topology/score/engagement.h"
#include "topology/score/grade.h"
#include "topology/score/qualify.h"
#include "topology/score/signals.h"
#include "topology/score/tier.h"

namespace millrace::score {

struct ScorePolicy {
  std::int64_t tier_hot = 8500, tier_warm = 7000, tier_cool = 5000;
  std::int64_t grade_a = 8000, grade_b = 6000, grade_c = 4000;
  std::int64_t weight_icp_bp = 5000, engagement_weight_bp = 1000;
  std::int64_t open_bp = 500, click_bp = 1500, positive_bp = 6000, neutral_bp = 2500;
  std::int64_t open_cap_bp = 1500, click_cap_bp = 4500, reply_cap_bp = 6000;
  std::int64_t machine_open_ms = 2000;
  std::int64_t enrichment_wait_ms = 86'400'000;
  std::int64_t qualify_min_bp = 7000, qualify_intent_bp = 2000;
  std::vector<std::string> competitors;  // domains
  std::string disposable_file;           // a named list of the environment; empty: none
  bool block_free = false;
  std::int64_t next_new_ms = 300'000;
  std::int64_t silent_ms = 2'592'000'000;

  void load(const Policy& policy, std::string_view tenant);  // domains in lower case

  TierLimits tiers() const { return {tier_hot, tier_warm, tier_cool}; }
  EngagementRules engagement() const {
    return {open_bp, click_bp, positive_bp, neutral_bp, open_cap_bp, click_cap_bp, reply_cap_bp, machine_open_ms};
  }
  QualifyLimits qualify() const { return {qualify_min_bp, qualify_intent_bp}; }

  static constexpr auto keys() {
    using P = ScorePolicy;
    constexpr std::int64_t bp = 10000, year = 366 * kDayMs;
    return std::tuple{policy_key("score.tier.hot", &P::tier_hot, 0, bp),
                      policy_key("score.tier.warm", &P::tier_warm, 0, bp),
                      policy_key("score.tier.cool", &P::tier_cool, 0, bp),
                      policy_key("score.grade.a", &P::grade_a, 0, bp),
                      policy_key("score.grade.b", &P::grade_b, 0, bp),
                      policy_key("score.grade.c", &P::grade_c, 0, bp),
                      policy_key("score.weight.icp_bp", &P::weight_icp_bp, 0, bp),
                      policy_key("score.engagement.weight_bp", &P::engagement_weight_bp, 0, bp),
                      policy_key("score.engagement.open_bp", &P::open_bp, 0, bp),
                      policy_key("score.engagement.click_bp", &P::click_bp, 0, bp),
                      policy_key("score.engagement.positive_bp", &P::positive_bp, 0, bp),
                      policy_key("score.engagement.neutral_bp", &P::neutral_bp, 0, bp),
                      policy_key("score.engagement.open_cap_bp", &P::open_cap_bp, 0, bp),
                      policy_key("score.engagement.click_cap_bp", &P::click_cap_bp, 0, bp),
                      policy_key("score.engagement.reply_cap_bp", &P::reply_cap_bp, 0, bp),
                      policy_key("score.engagement.machine_open_ms", &P::machine_open_ms, 0, kHourMs),
                      policy_key("score.enrichment_wait_ms", &P::enrichment_wait_ms, 0, year),
                      policy_key("score.qualify.min_bp", &P::qualify_min_bp, 0, bp),
                      policy_key("score.qualify.intent_bp", &P::qualify_intent_bp, 0, bp),
                      policy_key("score.competitors", &P::competitors),
                      policy_key("score.disposable_file", &P::disposable_file),
                      policy_key("score.block_free", &P::block_free),
                      policy_key("score.next.new_ms", &P::next_new_ms, 0, year),
                      policy_key("score.silent_ms", &P::silent_ms, 0, 10 * year)};
  }
};

// The numbers of the table of dimensions: score.weight.*
struct ScoreWeights {
  std::int64_t size = 3000, industry = 3000, revenue = 2500, location = 1500;
  std::int64_t title = 3500, seniority = 2500, signals = 4000;
  std::int64_t job_change = 2500, funded = 1500, hiring = 1000, activity = 1000, decision_maker = 1500,
               budget_authority = 1000;
  std::int64_t enrichment = 2000, company_size = 1000, linkedin = 500, email_ok = 1000, email_bad = -2000;
  std::int64_t intent_job_change = 2500, intent_funded = 2000, intent_hiring = 2000, intent_activity = 1500,
               intent_decision_maker = 1000, intent_budget_authority = 1000;
  std::int64_t fit_budget = 2000, fit_timeline = 1000, fit_pain_points = 1000;
  std::int64_t probability_fit = 7000, probability_engagement = 3000;

  IcpWeights icp() const { return {size, industry, revenue, location}; }
  OpportunityWeights opportunity() const { return {title, seniority, signals}; }
  SignalPoints signal_points() const {
    return {job_change, funded, hiring, activity, decision_maker, budget_authority};
  }
  SignalPoints intent_points() const {
    return {intent_job_change, intent_funded, intent_hiring, intent_activity, intent_decision_maker,
            intent_budget_authority};
  }
  ConfidencePoints confidence() const { return {enrichment, company_size, linkedin, email_ok, email_bad}; }

  static constexpr auto keys() {
    using W = ScoreWeights;
    constexpr std::int64_t bp = 10000;
    return std::tuple{
        policy_key("score.weight.size", &W::size, 0, bp),
        policy_key("score.weight.industry", &W::industry, 0, bp),
        policy_key("score.weight.revenue", &W::revenue, 0, bp),
        policy_key("score.weight.location", &W::location, 0, bp),
        policy_key("score.weight.title", &W::title, 0, bp),
        policy_key("score.weight.seniority", &W::seniority, 0, bp),
        policy_key("score.weight.signals", &W::signals, 0, bp),
        policy_key("score.weight.recent_job_change", &W::job_change, -bp, bp),
        policy_key("score.weight.company_funded_recently", &W::funded, -bp, bp),
        policy_key("score.weight.company_hiring", &W::hiring, -bp, bp),
        policy_key("score.weight.recent_activity", &W::activity, -bp, bp),
        policy_key("score.weight.is_decision_maker", &W::decision_maker, -bp, bp),
        policy_key("score.weight.has_budget_authority", &W::budget_authority, -bp, bp),
        policy_key("score.weight.has_enrichment", &W::enrichment, -bp, bp),
        policy_key("score.weight.has_company_size", &W::company_size, -bp, bp),
        policy_key("score.weight.has_linkedin", &W::linkedin, -bp, bp),
        policy_key("score.weight.email_verified_ok", &W::email_ok, -bp, bp),
        policy_key("score.weight.email_verified_bad", &W::email_bad, -bp, bp),
        policy_key("score.weight.intent.recent_job_change", &W::intent_job_change, 0, bp),
        policy_key("score.weight.intent.company_funded_recently", &W::intent_funded, 0, bp),
        policy_key("score.weight.intent.company_hiring", &W::intent_hiring, 0, bp),
        policy_key("score.weight.intent.recent_activity", &W::intent_activity, 0, bp),
        policy_key("score.weight.intent.is_decision_maker", &W::intent_decision_maker, 0, bp),
        policy_key("score.weight.intent.has_budget_authority", &W::intent_budget_authority, 0, bp),
        policy_key("score.weight.fit.budget", &W::fit_budget, 0, bp),
        policy_key("score.weight.fit.timeline", &W::fit_timeline, 0, bp),
        policy_key("score.weight.fit.pain_points", &W::fit_pain_points, 0, bp),
        policy_key("score.weight.probability.fit", &W::probability_fit, 0, bp),
        policy_key("score.weight.probability.engagement", &W::probability_engagement, 0, bp)};
  }
};

GradeRules grade_rules(const ScorePolicy& policy, const ScoreWeights& weights);

// [icp.<tenant>.<campaign>], else [icp.<tenant>]: a campaign that has a table of its own takes nothing from the
// tenant's.
struct IcpProfiles {
  IcpProfile own;
  std::map<std::string, IcpProfile, std::less<>> by_campaign;
  const IcpProfile& of(const std::string& campaign_id) const {
    const auto found = by_campaign.find(campaign_id);
    return found == by_campaign.end() ? own : found->second;
  }
  static constexpr auto keys() { return std::tuple{}; }
  void load(const Policy& policy, std::string_view tenant);
};
// Takes one entry of a profile's table ("sizes", "revenue_min_cents", …); others are ignored (SP-2).
void set_icp(IcpProfile& profile, std::string_view key, const PolicyValue& value);

// [custom.<field>]
struct CustomFieldPolicy {
  CustomFields fields;
  static constexpr auto keys() { return std::tuple{}; }
  void load(const Policy& policy, std::string_view tenant);
};

// [zones.map]: location, compared without case and outer blanks, to zone.
struct ZonesMap {
  std::map<std::string, std::string, std::less<>> zones;
  static constexpr auto keys() { return std::tuple{}; }
  void load(const Policy& policy, std::string_view tenant);
};

}  // namespace millrace::score
