#include "topology/score/rating.h"

#include "core/arith.h"
#include "topology/score/custom_values.h"
#include "topology/score/model.h"
#include "topology/score/seniority.h"
#include "topology/score/words.h"

namespace millrace::score {

namespace {

EmailVerified verified(const Facts& facts) { return facts.bounced ? EmailVerified::bad : facts.email_verified; }

std::optional<CompanySize> size_of(const Facts& facts) {
  return company_size(facts.company_size.empty() ? std::nullopt : std::optional<std::string_view>(facts.company_size),
                      facts.employee_count);
}

void rate_company(Dims& dims, const Facts& facts, const RatingRules& rules) {
  const IcpProfile& profile = rules.profile;
  const std::int64_t size = size_bp(size_of(facts), profile.sizes);
  const std::int64_t industry = industry_bp(Phrase(facts.industry), profile.industries);
  const std::int64_t revenue =
      revenue_bp(facts.annual_revenue_cents, profile.revenue_min_cents, profile.revenue_max_cents);
  const std::int64_t location = location_bp(Phrase(facts.location), profile.locations);
  dims.set(Dim::size, size);
  dims.set(Dim::industry, industry);
  dims.set(Dim::revenue, revenue);
  dims.set(Dim::location, location);
  dims.set(Dim::icp, icp_bp(size, industry, revenue, location, rules.weights.icp()));
}

void rate_person(Dims& dims, const Facts& facts, const SignalSet& signals, const RatingRules& rules) {
  const Phrase role(facts.role);
  const SignalPoints points = rules.weights.signal_points();
  const std::int64_t title = title_bp(role, rules.profile.titles);
  const std::int64_t seniority = seniority_bp(role.words, words(facts.job_level));
  const std::int64_t signals_total =
      signals_bp(signals, points, rules.custom.empty() ? CustomValues{} : custom_values(facts.custom), rules.custom);
  dims.set(Dim::title, title);
  dims.set(Dim::seniority, seniority);
  for (std::size_t i = 0; i < kSignals; ++i)
    dims.set(static_cast<Dim>(static_cast<std::size_t>(Dim::recent_job_change) + i),
             signals.has(static_cast<Signal>(i)) ? points[i] : 0);
  dims.set(Dim::signals, signals_total);
  dims.set(Dim::opportunity, opportunity_bp(title, seniority, signals_total, rules.weights.opportunity()));
}

void rate_evidence(Dims& dims, const Facts& facts, const RatingRules& rules) {
  const ConfidencePoints points = rules.weights.confidence();
  const Evidence evidence{facts.enriched, size_of(facts).has_value(), facts.linkedin, verified(facts)};
  dims.set(Dim::has_enrichment, evidence.enrichment ? points.has_enrichment : 0);
  dims.set(Dim::has_company_size, evidence.company_size ? points.has_company_size : 0);
  dims.set(Dim::has_linkedin, evidence.linkedin ? points.has_linkedin : 0);
  dims.set(Dim::email_verified_ok, evidence.email == EmailVerified::ok ? points.email_verified_ok : 0);
  dims.set(Dim::email_verified_bad, evidence.email == EmailVerified::bad ? points.email_verified_bad : 0);
  dims.set(Dim::confidence, confidence_bp(evidence, points));
}

std::int64_t all_or_nothing(bool present) { return present ? 10000 : 0; }

}  // namespace

std::string zone_of(const Facts& facts, const ZonesMap& map) {
  if (!facts.zone.empty()) return facts.zone;
  if (!facts.location.empty() && !map.zones.empty())
    if (const auto found = map.zones.find(folded(facts.location)); found != map.zones.end()) return found->second;
  return "default";
}

Readiness readiness_of(const Facts& facts) {
  return {facts.budget, facts.timeline_months.value_or(0) >= 1, facts.pain_points >= 1};
}

Candidate candidate_of(const Facts& facts, const Rating& rating) {
  return {rating.score_bp(), facts.email_known, facts.linkedin || facts.form_url, facts.phone,
          SignalSet(facts.signals),      rating.dims[Dim::intent]};
}

void rate_facts(Rating& rating, const Facts& facts, const RatingRules& rules) {
  Dims& dims = rating.dims;
  const SignalSet signals(facts.signals);
  rate_company(dims, facts, rules);
  rate_person(dims, facts, signals, rules);
  if (!facts.enriched) {  // RA-1
    dims.set(Dim::icp, 5000);
    dims.set(Dim::opportunity, 5000);
  }
  rate_evidence(dims, facts, rules);
  const Readiness readiness = readiness_of(facts);
  dims.set(Dim::budget, all_or_nothing(readiness.budget));
  dims.set(Dim::timeline, all_or_nothing(readiness.timeline));
  dims.set(Dim::pain_points, all_or_nothing(readiness.pain_points));
  dims.set(Dim::intent, intent_bp(signals, rules.weights.intent_points()));
  dims.set(Dim::source_quality, facts.source_quality_bp.value_or(5000));
  rating.zone = zone_of(facts, rules.zones);
}

void rate_engagement(Rating& rating, const Engagement& engagement) {
  rating.dims.set(Dim::engagement_open, engagement.open);
  rating.dims.set(Dim::engagement_click, engagement.click);
  rating.dims.set(Dim::engagement_reply, engagement.reply);
  rating.dims.set(Dim::engagement, engagement.total);
}

void rate_score(Rating& rating, const Facts& facts, const RatingRules& rules, const ModelRow* model) {
  Dims& dims = rating.dims;
  std::optional<ModelPart> part;
  if (model) part = ModelPart{model->weight_bp, model_bp(model_z(model->intercept_micro, model->weights, dims))};
  dims.set(Dim::model, part ? part->p_bp : 5000);
  std::optional<std::int64_t> base, score;
  if (facts.enriched) {
    const Combined c = combined(dims[Dim::icp], dims[Dim::opportunity], dims[Dim::engagement],
                                rules.policy.weight_icp_bp, rules.policy.engagement_weight_bp, part);
    base = c.base_bp;
    score = c.score_bp;
  }
  dims.set(Dim::base, base);
  dims.set(Dim::score, score);
  rating.model_version = part && score ? model->version : 0;
  Graded g = graded(score, readiness_of(facts), dims[Dim::engagement], grade_rules(rules.policy, rules.weights));
  dims.set(Dim::fit, g.fit_bp);
  dims.set(Dim::probability, g.probability_bp);
  rating.grade = g.grade;
  rating.grade_reasons = std::move(g.reasons);
}

}  // namespace millrace::score
