// All dimensions of a lead from its facts, its engagement, the policy and the model (spec/score.md sections 2-7).
//
// Takes   Facts, Engagement and the rules they are weighed by.
// Gives   a Rating. What rests on facts and policy alone (dimensions 1-15 and 20-30) is taken apart from what moves
//         with time and answers (16-19 and 31-35), so that an engagement event costs little.
//
// RA-1  A lead without enrichment has no score, grade or tier; its icp and opportunity are published as 5000.
// RA-2  0 <= score <= 10000.                              Tests: tests/unit/score_rating_test.cpp
#pragma once

#include "topology/score/policy.h"
#include "topology/score/tables.h"

namespace millrace::score {

struct RatingRules {
  const ScorePolicy& policy;
  const ScoreWeights& weights;
  const IcpProfile& profile;
  const CustomFields& custom;
  const ZonesMap& zones;
};

// The zone of a lead: the enrichment's, else that of its location, else "default".
std::string zone_of(const Facts& facts, const ZonesMap& map);
// Dimensions 1-15, 20-30 and the zone.
void rate_facts(Rating& rating, const Facts& facts, const RatingRules& rules);
// Dimensions 16-19.
void rate_engagement(Rating& rating, const Engagement& engagement);
// Dimensions 31-35, grade and the model's part; the rest must be taken already.
void rate_score(Rating& rating, const Facts& facts, const RatingRules& rules, const ModelRow* model);

Readiness readiness_of(const Facts& facts);
Candidate candidate_of(const Facts& facts, const Rating& rating);

}  // namespace millrace::score
