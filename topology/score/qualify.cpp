#include "topology/score/qualify.h"

#include "topology/score/email_check.h"

namespace millrace::score {

std::string_view Qualified::reason() const {
  return reasons.empty() ? std::string_view{} : summary(reasons);
}

Qualified qualify(const Candidate& lead, const QualifyLimits& limits,
                  const std::function<std::vector<std::string>()>& email_hits) {
  using enum QualificationResult;
  if (!lead.score_bp) return {PENDING, {"not_scored"}};
  if (*lead.score_bp < limits.min_bp) return {REJECTED, {"low_icp_fit"}};
  if (lead.has_email)
    if (auto hits = email_hits(); !hits.empty()) return {REJECTED, std::move(hits)};
  if (!lead.has_email && !lead.other_address) return {MANUAL_REVIEW, {lead.phone ? "phone_only" : "no_channel"}};
  if (lead.intent_bp < limits.intent_bp && !lead.signals.has(Signal::is_decision_maker))
    return {MANUAL_REVIEW, {"low_intent"}};
  return {QUALIFIED, {}};
}

bool is_system_reason(std::string_view reason) {
  return reason == "low_intent" || reason == "no_channel" || reason == "phone_only" || reason == "enrichment_missing";
}

}  // namespace millrace::score
