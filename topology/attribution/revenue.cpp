#include "topology/attribution/revenue.h"

#include <algorithm>

#include "core/arith.h"

namespace millrace::attribution {

AdValue ad_value(std::span<const AdCredit> credits, std::int64_t spend_cents) {
  AdValue value;
  Int128 weighted = 0, sizes = 0;
  for (const AdCredit& each : credits) {
    value.pipeline_cents += each.incremental_cents;
    const std::int64_t size = each.incremental_cents < 0 ? -each.incremental_cents : each.incremental_cents;
    weighted += Int128{size} * each.confidence_bp;
    sizes += size;
  }
  value.roas_bp = std::max<std::int64_t>(
      0, rdiv(Int128{10000} * value.pipeline_cents, std::max<std::int64_t>(spend_cents, 1)));
  if (value.pipeline_cents > 0) value.avg_confidence_bp = rdiv(weighted, sizes);
  return value;
}

std::vector<RevenueRow> netted(std::span<const RevenueRow> rows) {
  std::vector<RevenueRow> made;
  for (const RevenueRow& row : rows) {
    if (row.ad_id.empty() || row.ad_account.empty()) continue;
    const auto same = std::find_if(made.begin(), made.end(), [&](const RevenueRow& each) {
      return each.ad_id == row.ad_id && each.deal_id == row.deal_id && each.event_id == row.event_id &&
             each.rev == row.rev;
    });
    if (same == made.end()) {
      made.push_back(row);
    } else {
      same->pipeline_cents += row.pipeline_cents;
      same->cash_cents += row.cash_cents;
    }
  }
  std::erase_if(made, [](const RevenueRow& each) { return each.pipeline_cents == 0 && each.cash_cents == 0; });
  return made;
}

std::int64_t roi_bp(std::int64_t cash_cents, std::int64_t cost_cents) {
  return rdiv(Int128{10000} * (Int128{cash_cents} - cost_cents), std::max<std::int64_t>(cost_cents, 1));
}

}  // namespace millrace::attribution
