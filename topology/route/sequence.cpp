#include "topology/route/sequence.h"

#include <algorithm>
#include <array>

namespace millrace::route {

namespace {

// Names of the six signals of spec/score.md section 2, dimensions 8 to 13.
constexpr std::array<std::string_view, 6> kIntentSignals = {"recent_job_change", "company_funded_recently",
                                                            "company_hiring",    "recent_activity",
                                                            "is_decision_maker", "has_budget_authority"};

std::int64_t intent_signals(std::span<const std::string> signals) {
  return std::count_if(kIntentSignals.begin(), kIntentSignals.end(), [&](std::string_view name) {
    return std::find(signals.begin(), signals.end(), name) != signals.end();
  });
}

}  // namespace

Tier tier_of(std::int64_t bp, const RoutePolicy& policy) {
  if (bp >= policy.tier_hot) return Tier::hot;
  if (bp >= policy.tier_warm) return Tier::warm;
  if (bp >= policy.tier_cool) return Tier::cool;
  return Tier::cold;
}

std::int64_t tier_floor(Tier tier, const RoutePolicy& policy) {
  switch (tier) {
    case Tier::hot: return policy.tier_hot;
    case Tier::warm: return policy.tier_warm;
    case Tier::cool: return policy.tier_cool;
    case Tier::cold: return 0;
  }
  return 0;
}

const std::string& sequence_of(Tier tier, const RoutePolicy& policy) {
  switch (tier) {
    case Tier::hot: return policy.sequence_hot;
    case Tier::warm: return policy.sequence_warm;
    case Tier::cool: return policy.sequence_cool;
    case Tier::cold: return policy.sequence_cold;
  }
  return policy.sequence_cold;
}

SequenceChoice choose_sequence(std::optional<std::int64_t> score_bp, std::span<const std::string> signals,
                               const RoutePolicy& policy) {
  if (!score_bp) return {};
  SequenceChoice choice;
  choice.boosted = policy.boost_enabled && intent_signals(signals) >= policy.boost_min_signals;
  choice.effective_bp = choice.boosted ? std::min<std::int64_t>(10000, *score_bp + policy.boost_bp) : *score_bp;
  choice.tier = tier_of(*choice.effective_bp, policy);
  return choice;
}

std::vector<Alternate> alternates(const SequenceChoice& choice, const RoutePolicy& policy) {
  std::vector<Alternate> found;
  if (!choice.effective_bp) return found;
  const std::int64_t bp = *choice.effective_bp;
  if (choice.tier != Tier::cold) {
    const Tier lower = static_cast<Tier>(static_cast<int>(choice.tier) - 1);
    found.push_back({lower, bp - tier_floor(choice.tier, policy) + 1});
  }
  if (choice.tier != Tier::hot) {
    const Tier higher = static_cast<Tier>(static_cast<int>(choice.tier) + 1);
    found.push_back({higher, tier_floor(higher, policy) - bp});
  }
  return found;
}

std::optional<SequenceShape> shape_of(std::string_view sequence) {
  if (sequence == "aggressive_close") return SequenceShape{"aggressive_close", 7, {0, 2, 5}};
  if (sequence == "regular_nurture") return SequenceShape{"regular_nurture", 14, {0, 3, 7, 10}};
  if (sequence == "long_term_nurture") return SequenceShape{"long_term_nurture", 30, {0, 5, 10, 15, 20, 25}};
  if (sequence == "cold_outreach") return SequenceShape{"cold_outreach", 60, {0, 7, 14, 21, 28, 35, 42, 49}};
  return std::nullopt;
}

bool is_sequence_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace millrace::route
