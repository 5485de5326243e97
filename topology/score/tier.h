// Score and tier (spec/score.md section 4). The tier table serves route's sequences too.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::score {

enum class Tier { HOT, WARM, COOL, COLD };
constexpr std::array<std::string_view, 4> enum_names(Tier) { return {"HOT", "WARM", "COOL", "COLD"}; }

struct TierLimits {
  std::int64_t hot = 8500, warm = 7000, cool = 5000;
};
Tier tier(std::int64_t score_bp, const TierLimits& limits = {});

// What an active model says of a lead, and how much of the score it is.
struct ModelPart {
  std::int64_t weight_bp = 3000;
  std::int64_t p_bp = 5000;
};

struct Combined {
  std::int64_t base_bp = 0, bonus_bp = 0, score_bp = 0;
};
// base of icp and opportunity, the bonus of engagement, and the model's part; 0 <= score <= 10000.
Combined combined(std::int64_t icp_bp, std::int64_t opportunity_bp, std::int64_t engagement_bp,
                  std::int64_t weight_icp_bp = 5000, std::int64_t weight_engagement_bp = 1000,
                  const std::optional<ModelPart>& model = std::nullopt);

}  // namespace millrace::score
