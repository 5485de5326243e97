#include "topology/score/model.h"

#include "core/hash.h"
#include "core/json.h"
#include "topology/score/dims.h"
#include "topology/wire/decode.h"

namespace millrace::score {

namespace {

struct ArtifactText {
  std::int64_t intercept_micro = 0;
  std::map<std::string, std::int64_t> weights_micro_per_bp;
  static constexpr auto fields() {
    return FieldList{required("intercept_micro", &ArtifactText::intercept_micro),
                      required("weights_micro_per_bp", &ArtifactText::weights_micro_per_bp)};
  }
};

}  // namespace

std::optional<ScoreDims> Dims::published() const {
  using D = ScoreDims;
  // In the order of Dim.
  static constexpr std::array<std::optional<std::int64_t> D::*, kDims> members = {
      &D::size, &D::industry, &D::revenue, &D::location, &D::icp, &D::title, &D::seniority, &D::recent_job_change,
      &D::company_funded_recently, &D::company_hiring, &D::recent_activity, &D::is_decision_maker,
      &D::has_budget_authority, &D::signals, &D::opportunity, &D::engagement_open, &D::engagement_click,
      &D::engagement_reply, &D::engagement, &D::has_enrichment, &D::has_company_size, &D::has_linkedin,
      &D::email_verified_ok, &D::email_verified_bad, &D::confidence, &D::budget, &D::timeline, &D::pain_points,
      &D::intent, &D::source_quality, &D::fit, &D::probability, &D::model, &D::base, &D::score};
  std::optional<ScoreDims> out;
  for (std::size_t i = 0; i < kDims; ++i) {
    if (values_[i] == kAbsent) continue;
    if (!out) out.emplace();
    (*out).*members[i] = values_[i];
  }
  return out;
}

std::string artifact_text(const ModelArtifact& artifact) {
  std::string text = "{\"intercept_micro\":";
  append_json_int(text, artifact.intercept_micro);
  text.append(",\"weights_micro_per_bp\":");
  append_json(text, artifact.weights_micro_per_bp);
  text.push_back('}');
  return text;
}

ArtifactCheck check_artifact(std::string_view text, std::string_view artifact_sha256,
                             std::optional<std::int64_t> weight_bp) {
  if (text.size() > kArtifactBytesMax) return {"artifact_too_large"};
  if (sha256_hex(text) != artifact_sha256) return {"artifact_mismatch"};
  ArtifactText read;
  std::string problem;
  if (!wire::decode_text(text, read, problem)) return {"bad_artifact"};
  ArtifactCheck check;
  check.artifact = {read.intercept_micro, std::move(read.weights_micro_per_bp)};
  // Equal text: canonical, and no key beside the two.
  if (artifact_text(check.artifact) != text) return {"bad_artifact"};
  for (const auto& [name, weight] : check.artifact.weights_micro_per_bp) {
    const auto dim = enum_of<Dim>(name);
    if (!dim || !may_carry_weight(*dim)) return {"unknown_dimension"};
  }
  if (weight_bp && (*weight_bp < 0 || *weight_bp > 10000)) return {"bad_field:weight_bp"};
  return check;
}

Int128 model_z(std::int64_t intercept_micro, const std::vector<std::int64_t>& weights, const Dims& dims) {
  Int128 z = intercept_micro;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (weights[i] != 0) z += Int128{weights[i]} * dims.get(static_cast<Dim>(i)).value_or(5000);
  return z;
}

std::vector<std::int64_t> weights_in_order(const ModelArtifact& artifact) {
  std::vector<std::int64_t> weights(kModelDims, 0);
  for (const auto& [name, weight] : artifact.weights_micro_per_bp)
    if (const auto dim = enum_of<Dim>(name); dim && may_carry_weight(*dim)) weights[static_cast<std::size_t>(*dim)] = weight;
  return weights;
}

std::int64_t model_bp(Int128 z) {
  const bool positive = z >= 0;
  if (!positive) z = -z;
  // Beyond 64 halvings e^-x is 0 in Q32, so larger magnitudes need no room.
  constexpr Int128 kMagnitudeMax = 64'000'000;
  const Int128 bounded = z < kMagnitudeMax ? z : kMagnitudeMax;
  const Int128 e = exp_neg(static_cast<std::int64_t>(bounded * kOneQ32 / 1'000'000));
  return positive ? rdiv(Int128{10000} * kOneQ32, static_cast<std::int64_t>(kOneQ32 + e))
                  : rdiv(Int128{10000} * e, static_cast<std::int64_t>(kOneQ32 + e));
}

std::optional<bool> outcome(bool won, bool lost, bool contacted, std::optional<std::int64_t> predicted_bp) {
  if (!predicted_bp) return std::nullopt;
  if (won) return true;
  if (lost && contacted) return false;
  return std::nullopt;
}

}  // namespace millrace::score
