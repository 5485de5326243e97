// The predictive model hook (spec/score.md section 7): a logistic model over the dimensions, in integers.
//
// MO-1  A record of an activation carries the model itself; only dimensions 1-30 may carry weights.
// MO-2  A refused activation leaves the active model as it is.
// MO-3  A dimension that is missing counts as 5000; one without a weight does not count.
// The checks serve learn as well, for the text that is submitted.      Tests: tests/unit/score_model_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/arith.h"
#include "topology/score/dims.h"

namespace millrace::score {

inline constexpr std::int64_t kModelWeightBp = 3000;      // of an activation that names none
inline constexpr std::size_t kArtifactBytesMax = 32768;

struct ModelArtifact {
  std::int64_t intercept_micro = 0;                              // micro-logits
  std::map<std::string, std::int64_t> weights_micro_per_bp = {};  // by dimension
};

// The canonical JSON text whose SHA-256 is artifact_sha256.
std::string artifact_text(const ModelArtifact& artifact);

struct ArtifactCheck {
  std::string refused;  // empty: active; else artifact_too_large, artifact_mismatch, bad_artifact, unknown_dimension,
                        // bad_field:weight_bp: the first that holds, in this order
  ModelArtifact artifact = {};
};
ArtifactCheck check_artifact(std::string_view text, std::string_view artifact_sha256,
                             std::optional<std::int64_t> weight_bp);

// Micro-logits. `dim` gives the value of a dimension by its name, nullopt when it is missing.
template <class Dim>
Int128 model_z(const ModelArtifact& model, Dim dim) {
  Int128 z = model.intercept_micro;
  for (const auto& [name, weight] : model.weights_micro_per_bp)
    z += static_cast<Int128>(weight) * std::optional<std::int64_t>(dim(name)).value_or(5000);
  return z;
}
// The same over a lead's dimensions, with the weights of dimensions 1-30 in their order.
Int128 model_z(std::int64_t intercept_micro, const std::vector<std::int64_t>& weights, const Dims& dims);
std::vector<std::int64_t> weights_in_order(const ModelArtifact& artifact);
// The probability of micro-logits, in basis points.
std::int64_t model_bp(Int128 z_micro);

// What a lead's end says of what was predicted for it (rule score.outcome_model): true when it was won, false when it
// was lost after a message was sent; nullopt as long as it says nothing, or nothing was predicted.
std::optional<bool> outcome(bool won, bool lost, bool contacted, std::optional<std::int64_t> predicted_bp);

}  // namespace millrace::score
