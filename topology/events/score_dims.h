// The dimensions of a lead's score by name, in basis points, as lead.scored publishes them and decisions repeat them. As a
// struct they cost a row and a reader a tenth of what a map of 35 names does.
#pragma once

#include <cstdint>
#include <optional>

#include "core/fields.h"

namespace millrace {

struct ScoreDims {
  std::optional<std::int64_t> base, budget, company_funded_recently, company_hiring, confidence, email_verified_bad,
      email_verified_ok, engagement, engagement_click, engagement_open, engagement_reply, fit, has_budget_authority,
      has_company_size, has_enrichment, has_linkedin, icp, industry, intent, is_decision_maker, location, model,
      opportunity, pain_points, probability, recent_activity, recent_job_change, revenue, score, seniority, signals,
      size, source_quality, timeline, title;
  friend bool operator==(const ScoreDims&, const ScoreDims&) = default;
  static constexpr auto fields() {
    using D = ScoreDims;
    return FieldList{field("base", &D::base),
                      field("budget", &D::budget),
                      field("company_funded_recently", &D::company_funded_recently),
                      field("company_hiring", &D::company_hiring),
                      field("confidence", &D::confidence),
                      field("email_verified_bad", &D::email_verified_bad),
                      field("email_verified_ok", &D::email_verified_ok),
                      field("engagement", &D::engagement),
                      field("engagement_click", &D::engagement_click),
                      field("engagement_open", &D::engagement_open),
                      field("engagement_reply", &D::engagement_reply),
                      field("fit", &D::fit),
                      field("has_budget_authority", &D::has_budget_authority),
                      field("has_company_size", &D::has_company_size),
                      field("has_enrichment", &D::has_enrichment),
                      field("has_linkedin", &D::has_linkedin),
                      field("icp", &D::icp),
                      field("industry", &D::industry),
                      field("intent", &D::intent),
                      field("is_decision_maker", &D::is_decision_maker),
                      field("location", &D::location),
                      field("model", &D::model),
                      field("opportunity", &D::opportunity),
                      field("pain_points", &D::pain_points),
                      field("probability", &D::probability),
                      field("recent_activity", &D::recent_activity),
                      field("recent_job_change", &D::recent_job_change),
                      field("revenue", &D::revenue),
                      field("score", &D::score),
                      field("seniority", &D::seniority),
                      field("signals", &D::signals),
                      field("size", &D::size),
                      field("source_quality", &D::source_quality),
                      field("timeline", &D::timeline),
                      field("title", &D::title)};
  }
};

}  // namespace millrace
