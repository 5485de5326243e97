#include "topology/outreach/experiment.h"

#include <algorithm>

#include "core/chance.h"

namespace millrace::outreach {

Assignment assign(std::int64_t seed, std::string_view experiment_id, std::string_view lead_id,
                  std::span<const std::int64_t> weights_bp) {
  std::string record(experiment_id);
  record.append("/").append(lead_id);
  Assignment made;
  made.bucket = Chance(seed, "outreach.assign", record).uniform(0, 0, 10'000);
  std::int64_t reached = 0;
  for (; made.variant < weights_bp.size(); ++made.variant) {
    reached += weights_bp[made.variant];
    if (reached > made.bucket) break;
  }
  return made;
}

bool counts(Metric metric, const MetricFact& fact, std::string_view goal_stage, std::span<const std::string> won) {
  switch (metric) {
    case Metric::positive_reply: return fact.kind == MetricFact::Kind::reply && fact.reply_class == "POSITIVE";
    case Metric::click: return fact.kind == MetricFact::Kind::click && !fact.machine;
    case Metric::conversion:
    case Metric::revenue_cents:
      if (fact.kind != MetricFact::Kind::stage) return false;
      if (!goal_stage.empty()) return fact.stage_to == goal_stage;
      return std::find(won.begin(), won.end(), fact.stage_to) != won.end();
  }
  return false;
}

}  // namespace millrace::outreach
