#include "topology/score/grade.h"

#include <algorithm>

#include "core/arith.h"

namespace millrace::score {

Graded graded(std::optional<std::int64_t> score_bp, const Readiness& readiness, std::int64_t engagement_bp,
              const GradeRules& rules) {
  Graded g;
  if (!score_bp) {
    g.reasons = {"not_scored"};
    return g;
  }
  const std::int64_t fit = std::min<std::int64_t>(
      10000, *score_bp + (readiness.budget ? rules.budget : 0) + (readiness.timeline ? rules.timeline : 0) +
                 (readiness.pain_points ? rules.pain_points : 0));
  g.fit_bp = fit;
  g.probability_bp = rdiv(Int128{rules.weight_fit} * fit + Int128{rules.weight_engagement} * engagement_bp, 10000);
  if (fit >= rules.a) {
    g.grade = readiness.budget && readiness.timeline ? Grade::A : Grade::B;
    if (!readiness.budget) g.reasons.push_back("missing_budget");
    if (!readiness.timeline) g.reasons.push_back("missing_timeline");
  } else {
    g.grade = fit >= rules.b ? Grade::B : fit >= rules.c ? Grade::C : Grade::D;
  }
  return g;
}

}  // namespace millrace::score
