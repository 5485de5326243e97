#include "topology/dispatch/auto_pause.h"

#include "topology/dispatch/metrics.h"

namespace millrace::dispatch {

std::vector<std::string> pause_reasons(const CampaignCounts& c, std::optional<std::int64_t> target_clients,
                                       bool reply_rule) {
  std::vector<std::string> reasons;
  if (c.sent >= 50 && rate_bp(c.bounced_hard, c.sent) > 500) reasons.emplace_back("bounce_rate");
  const std::int64_t complaint_bp = rate_bp(c.complaints, c.delivered);
  if ((c.delivered >= 1000 && complaint_bp > 10) || (c.complaints >= 2 && complaint_bp >= 30))
    reasons.emplace_back("complaint_rate");
  if (reply_rule && c.sent >= 50 && rate_bp(c.replied, c.sent) < 1000) reasons.emplace_back("low_reply_rate");
  if (target_clients && *target_clients > 0 && c.won >= *target_clients) reasons.emplace_back("goal_met");
  if (c.contacted > 10 && rate_bp(c.lost, c.contacted) > 5000) reasons.emplace_back("lost_rate");
  if (c.age_ms > kStaleMs && c.qualified == 0) reasons.emplace_back("stale");
  return reasons;
}

}  // namespace millrace::dispatch
