// Whether a lead is worth working, by the first check that fails (spec/score.md section 8, rule score.qualify).
//
// QU-1  A lead without a score is PENDING: it is never qualified and never rejected.
//                                                      Tests: tests/unit/score_qualify_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "topology/score/signals.h"

namespace millrace::score {

enum class QualificationResult { PENDING, REJECTED, MANUAL_REVIEW, QUALIFIED };
constexpr std::array<std::string_view, 4> enum_names(QualificationResult) {
  return {"PENDING", "REJECTED", "MANUAL_REVIEW", "QUALIFIED"};
}

struct QualifyLimits {
  std::int64_t min_bp = 7000, intent_bp = 2000;
};

struct Candidate {
  std::optional<std::int64_t> score_bp;
  bool has_email = false;
  bool other_address = false;  // linkedin or a form URL
  bool phone = false;
  SignalSet signals;
  std::int64_t intent_bp = 0;
};

struct Qualified {
  QualificationResult result = QualificationResult::PENDING;
  std::vector<std::string> reasons;
  // The one reason, multiple_reasons, or empty: what status_reason says.
  std::string_view reason() const;
};

// `email_hits` is asked only when the decision gets as far as the address: it unseals.
Qualified qualify(const Candidate& lead, const QualifyLimits& limits,
                  const std::function<std::vector<std::string>()>& email_hits);

// A review that a rule asked for, and may end: not one that a person opened.
bool is_system_reason(std::string_view review_reason);

}  // namespace millrace::score
