// Fit, probability and grade (spec/score.md section 5, rule score.grade).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::score {

enum class Grade { A, B, C, D };
constexpr std::array<std::string_view, 4> enum_names(Grade) { return {"A", "B", "C", "D"}; }

// What the lead has told of its plans.
struct Readiness {
  bool budget = false;
  bool timeline = false;     // timeline_months >= 1
  bool pain_points = false;  // at least one
};

struct GradeRules {
  std::int64_t a = 8000, b = 6000, c = 4000;
  std::int64_t budget = 2000, timeline = 1000, pain_points = 1000;  // added to the score
  std::int64_t weight_fit = 7000, weight_engagement = 3000;         // of the probability
};

struct Graded {
  std::optional<Grade> grade;  // with fit and probability absent exactly when the score is
  std::optional<std::int64_t> fit_bp, probability_bp;
  std::vector<std::string> reasons;
};

Graded graded(std::optional<std::int64_t> score_bp, const Readiness& readiness, std::int64_t engagement_bp,
              const GradeRules& rules = {});

}  // namespace millrace::score
