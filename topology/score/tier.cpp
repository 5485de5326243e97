#include "topology/score/tier.h"

#include <algorithm>

#include "core/arith.h"

namespace millrace::score {

Tier tier(std::int64_t score_bp, const TierLimits& limits) {
  if (score_bp >= limits.hot) return Tier::HOT;
  if (score_bp >= limits.warm) return Tier::WARM;
  if (score_bp >= limits.cool) return Tier::COOL;
  return Tier::COLD;
}

Combined combined(std::int64_t icp_bp, std::int64_t opportunity_bp, std::int64_t engagement_bp,
                  std::int64_t weight_icp_bp, std::int64_t weight_engagement_bp,
                  const std::optional<ModelPart>& model) {
  Combined c;
  c.base_bp = rdiv(Int128{weight_icp_bp} * icp_bp + Int128{10000 - weight_icp_bp} * opportunity_bp, 10000);
  c.bonus_bp = rdiv(Int128{engagement_bp} * weight_engagement_bp, 10000);
  c.score_bp = std::min<std::int64_t>(10000, c.base_bp + c.bonus_bp);
  if (model)
    c.score_bp = rdiv(Int128{10000 - model->weight_bp} * c.score_bp + Int128{model->weight_bp} * model->p_bp, 10000);
  return c;
}

}  // namespace millrace::score
