#include "topology/score/dimensions.h"

#include <algorithm>
#include <cstdlib>

#include "core/arith.h"
#include "core/fields.h"
#include "topology/score/words.h"

namespace millrace::score {

Phrase::Phrase(std::string_view text) : folded(score::folded(text)), words(score::words(text)) {}

std::optional<CompanySize> company_size(std::optional<std::string_view> label, std::optional<std::int64_t> employees) {
  if (label)
    if (const auto named = enum_of<CompanySize>(folded(*label))) return named;
  if (!employees) return std::nullopt;
  if (*employees < 10) return CompanySize::startup;
  if (*employees < 50) return CompanySize::small;
  if (*employees < 500) return CompanySize::medium;
  return CompanySize::enterprise;
}

std::int64_t size_bp(std::optional<CompanySize> size, std::span<const CompanySize> targets) {
  std::int64_t best = 5000;
  if (!size) return best;
  for (const CompanySize target : targets) {
    const int distance = std::abs(static_cast<int>(*size) - static_cast<int>(target));
    best = std::max<std::int64_t>(best, 10000 - 2000 * distance);
  }
  return best;
}

std::int64_t industry_bp(const Phrase& industry, std::span<const Phrase> targets) {
  if (!industry.known() || targets.empty()) return 5000;
  std::int64_t best = 3000;
  for (const Phrase& target : targets) {
    if (industry.folded == target.folded) return 10000;
    if (holds_run(industry.words, target.words) || holds_run(target.words, industry.words)) best = 8000;
  }
  return best;
}

std::int64_t revenue_bp(std::optional<std::int64_t> cents, std::optional<std::int64_t> min,
                        std::optional<std::int64_t> max) {
  if (!cents || (!min && !max)) return 5000;
  if (min && *cents < *min) return *min > 0 ? std::max<std::int64_t>(3000, rdiv(Int128{10000} * *cents, *min)) : 3000;
  if (max && *cents > *max) return *cents > 0 ? std::max<std::int64_t>(3000, rdiv(Int128{10000} * *max, *cents)) : 3000;
  return 10000;
}

std::int64_t location_bp(const Phrase& location, std::span<const Phrase> targets) {
  if (!location.known() || targets.empty()) return 5000;
  std::int64_t best = 4000;
  for (const Phrase& target : targets) {
    if (location.folded == target.folded) return 10000;
    if (holds_run(location.words, target.words)) best = 8000;
  }
  return best;
}

std::int64_t title_bp(const Phrase& role, std::span<const Phrase> titles) {
  if (!role.known()) return 5000;
  if (titles.empty()) return 6000;
  std::int64_t best = 3000;
  for (const Phrase& title : titles) {
    if (role.words == title.words && !role.words.empty()) return 10000;
    if (holds_run(role.words, title.words) || holds_run(title.words, role.words)) best = 8000;
  }
  return best;
}

std::int64_t icp_bp(std::int64_t size, std::int64_t industry, std::int64_t revenue, std::int64_t location,
                    const IcpWeights& w) {
  return rdiv(Int128{w.size} * size + Int128{w.industry} * industry + Int128{w.revenue} * revenue +
                  Int128{w.location} * location,
              10000);
}

std::int64_t opportunity_bp(std::int64_t title, std::int64_t seniority, std::int64_t signals,
                            const OpportunityWeights& w) {
  return rdiv(Int128{w.title} * title + Int128{w.seniority} * seniority + Int128{w.signals} * signals, 10000);
}

}  // namespace millrace::score
