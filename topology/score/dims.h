// The 35 dimensions of a lead, by number and name (spec/score.md section 2).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.h"
#include "topology/events/score_dims.h"

namespace millrace::score {

enum class Dim {
  size, industry, revenue, location, icp, title, seniority,
  recent_job_change, company_funded_recently, company_hiring, recent_activity, is_decision_maker, has_budget_authority,
  signals, opportunity,
  engagement_open, engagement_click, engagement_reply, engagement,
  has_enrichment, has_company_size, has_linkedin, email_verified_ok, email_verified_bad,
  confidence, budget, timeline, pain_points, intent, source_quality,
  fit, probability, model, base, score
};
inline constexpr std::size_t kDims = 35;
inline constexpr std::size_t kModelDims = 30;  // the first ones: those that a model may weigh
constexpr std::array<std::string_view, kDims> enum_names(Dim) {
  return {"size", "industry", "revenue", "location", "icp", "title", "seniority",
          "recent_job_change", "company_funded_recently", "company_hiring", "recent_activity", "is_decision_maker",
          "has_budget_authority", "signals", "opportunity",
          "engagement_open", "engagement_click", "engagement_reply", "engagement",
          "has_enrichment", "has_company_size", "has_linkedin", "email_verified_ok", "email_verified_bad",
          "confidence", "budget", "timeline", "pain_points", "intent", "source_quality",
          "fit", "probability", "model", "base", "score"};
}
constexpr bool may_carry_weight(Dim d) { return static_cast<std::size_t>(d) < kModelDims; }

// Basis points by dimension; a dimension that is null is absent.
class Dims {
 public:
  Dims() : values_(kDims, kAbsent) {}
  std::optional<std::int64_t> get(Dim d) const {
    const std::int32_t v = values_[static_cast<std::size_t>(d)];
    return v == kAbsent ? std::nullopt : std::optional<std::int64_t>(v);
  }
  std::int64_t operator[](Dim d) const { return values_[static_cast<std::size_t>(d)]; }
  void set(Dim d, std::int64_t bp) { values_[static_cast<std::size_t>(d)] = static_cast<std::int32_t>(bp); }
  void set(Dim d, std::optional<std::int64_t> bp) {
    values_[static_cast<std::size_t>(d)] = bp ? static_cast<std::int32_t>(*bp) : kAbsent;
  }
  // As lead.scored publishes them; nullopt when all are absent.
  std::optional<ScoreDims> published() const;
  friend bool operator==(const Dims&, const Dims&) = default;
  static constexpr auto fields() { return FieldList{field("values", &Dims::values_)}; }

 private:
  static constexpr std::int32_t kAbsent = INT32_MIN;
  std::vector<std::int32_t> values_;
};

}  // namespace millrace::score
