// Money per ad and per campaign (spec/attribution.md sections 7.3 and 7.4, rules attribution.ad_value,
// attribution.revenue and attribution.roi).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/ids.h"

namespace millrace::attribution {

struct AdCredit {
  std::int64_t incremental_cents, confidence_bp;
};
struct AdValue {
  std::int64_t pipeline_cents = 0, roas_bp = 0, avg_confidence_bp = 0;
};
AdValue ad_value(std::span<const AdCredit> credits, std::int64_t spend_cents);

// One matched credit of an ad; rows of the same (ad, deal, event, rev) are netted.
struct RevenueRow {
  std::string ad_id, ad_account, deal_id, event_id;
  std::int64_t rev = 0;
  TimeMs clicked_ms = 0;
  std::int64_t pipeline_cents = 0, cash_cents = 0;
};
// In order of first rows; without what nets to nothing and without clicks that name no ad or account.
std::vector<RevenueRow> netted(std::span<const RevenueRow> rows);

// 10000 * (cash - cost) / max(cost, 1).
std::int64_t roi_bp(std::int64_t cash_cents, std::int64_t cost_cents);

}  // namespace millrace::attribution
