#include "topology/score/deals.h"

#include <algorithm>

namespace millrace::score {

std::optional<Trigger> deal_trigger(const std::vector<Deal>& deals, std::string_view deal_id,
                                    const SyntheticTable& table) {
  const auto deal = std::find_if(deals.begin(), deals.end(), [&](const Deal& d) { return d.deal_id == deal_id; });
  if (deal == deals.end()) return std::nullopt;
  if (table.is_won(deal->stage)) return Trigger::deal_won;
  if (!table.is_lost(deal->stage)) return std::nullopt;
  const bool others = std::any_of(deals.begin(), deals.end(), [&](const Deal& d) {
    return d.deal_id != deal_id && (is_open(d.stage, table) || table.is_won(d.stage));
  });
  return others ? std::nullopt : std::optional(Trigger::deal_lost);
}

bool is_progressed(const std::vector<Deal>& deals, const StageTables& tables) {
  return std::any_of(deals.begin(), deals.end(), [&](const Deal& d) {
    const auto group = group_of(d.stage, tables.table, tables.groups);
    return group && millrace::is_progressed(*group);
  });
}

const Deal* latest_open(const std::vector<Deal>& deals, const SyntheticTable& table) {
  const Deal* latest = nullptr;
  for (const Deal& d : deals)
    if (is_open(d.stage, table) && (!latest || d.event_ms >= latest->event_ms)) latest = &d;
  return latest;
}

}  // namespace millrace::score
