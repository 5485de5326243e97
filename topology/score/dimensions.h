// How well a company fits the profile that is sold to: dimensions 1-6 and 15 of spec/score.md section 2, each a pure
// function of the lead's value and the targets, in basis points.
//
// DI-1  What is not known, of the lead or of the profile, is neutral: 5000 (titles that nobody asks for: 6000).
// DI-2  Of several targets the best one counts.
//                                                      Tests: tests/unit/score_dimensions_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::score {

enum class CompanySize { startup, small, medium, enterprise };
constexpr std::array<std::string_view, 4> enum_names(CompanySize) { return {"startup", "small", "medium", "enterprise"}; }

// A target or a lead's text, in the two forms that are compared.
struct Phrase {
  std::string folded, words;
  Phrase() = default;
  explicit Phrase(std::string_view text);
  bool known() const { return !folded.empty(); }
};

// Whom the tenant, or one of its campaigns, sells to: [icp.<tenant>.<campaign>], else [icp.<tenant>].
struct IcpProfile {
  std::vector<CompanySize> sizes;
  std::vector<Phrase> industries, locations, titles;
  std::optional<std::int64_t> revenue_min_cents, revenue_max_cents;
};

// Weights of one sum add up to 10000.
struct IcpWeights {
  std::int64_t size = 3000, industry = 3000, revenue = 2500, location = 1500;
};
struct OpportunityWeights {
  std::int64_t title = 3500, seniority = 2500, signals = 4000;
};

// The size a label names, in any case; else that of the number of employees; else nothing.
std::optional<CompanySize> company_size(std::optional<std::string_view> label, std::optional<std::int64_t> employees);

std::int64_t size_bp(std::optional<CompanySize> size, std::span<const CompanySize> targets);
std::int64_t industry_bp(const Phrase& industry, std::span<const Phrase> targets);
// A range may be open on one side; open on both it is unknown.
std::int64_t revenue_bp(std::optional<std::int64_t> cents, std::optional<std::int64_t> min, std::optional<std::int64_t> max);
std::int64_t location_bp(const Phrase& location, std::span<const Phrase> targets);
std::int64_t title_bp(const Phrase& role, std::span<const Phrase> titles);

std::int64_t icp_bp(std::int64_t size, std::int64_t industry, std::int64_t revenue, std::int64_t location,
                    const IcpWeights& weights);
std::int64_t opportunity_bp(std::int64_t title, std::int64_t seniority, std::int64_t signals,
                            const OpportunityWeights& weights);

}  // namespace millrace::score
