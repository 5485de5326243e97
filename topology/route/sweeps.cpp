// Sweeps: what concerns many leads, a batch a step (spec/conventions.md section 6.9).
#include <algorithm>

#include "topology/route/route_fold.h"

namespace millrace::route {

namespace {

constexpr std::int64_t kBatch = 100, kBatchMax = 1000;

// The keys under a prefix after a cursor, at most n.
template <class Row>
std::vector<std::string> keys_after(state::Table<Row>& table, const std::string& prefix, const std::string& cursor,
                                    std::size_t n) {
  std::vector<std::string> keys;
  table.scan(prefix, cursor, [&](std::string_view key, const Row&) {
    keys.emplace_back(key);
    return keys.size() < n;
  });
  return keys;
}

}  // namespace

void RouteFold::start_sweep(std::string_view zone, std::string_view rule, Step& step) {
  Sweep sweep;
  sweep.stage = stage();
  sweep.zone = zone;
  sweep.rule = rule;
  const std::string key = step.tenant + "/" + std::string(zone);
  step.emit({.topic = topics::leads_scored, .key = key, .partition = partition().value}, sweep);
}

Verdict RouteFold::swept(const Sweep& e, Step& step) {
  if (e.stage != stage()) return Verdict::ignored();
  const std::string rule = e.rule.value_or("");
  if (!rule.empty() && rule != "cap" && rule != "shield") return Verdict::ignored();

  const std::string tenant = step.tenant;  // "_": of all
  const bool one_zone = e.zone && *e.zone != "*" && tenant != "_";
  const std::string prefix = tenant == "_" ? "" : one_zone ? zone_key(tenant, *e.zone) + "/" : tenant + "/";
  const auto batch = static_cast<std::size_t>(std::clamp<std::int64_t>(e.batch.value_or(kBatch), 1, kBatchMax));
  const std::string cursor = e.cursor.value_or("");
  auto keys = rule.empty()    ? keys_after(waiting_, prefix, cursor, batch + 1)
              : rule == "cap" ? keys_after(watched_, prefix, cursor, batch + 1)
                              : keys_after(shield_items_, prefix, cursor, batch + 1);
  const bool more = keys.size() > batch;
  if (more) keys.pop_back();

  for (const std::string& key : keys) {
    std::string lead_key = key;
    if (rule == "shield") {
      const ShieldItemRow* item = shield_items_.find(key);
      if (!item) continue;  // closed by a decision of this sweep
      lead_key = under(zone_part(key), item->lead_id);
    }
    if (!leads_.contains(lead_key)) continue;
    Lead lead = lead_at(lead_key);
    if (e.campaign_id && lead.row.last.campaign_id != e.campaign_id) continue;
    if (e.zone && *e.zone != "*" && lead.zone != *e.zone) continue;
    step.tenant = lead.tenant;
    if (rule == "cap") {
      count_exposure(lead);
      watch_cap(lead, Reason::cap_lowered, step);
    }
    refresh_shields(lead.zone, lead.zone_key, step);
    if (rule != "cap") decide_lead(lead, {}, step);
    reindex(lead);
  }
  step.tenant = tenant;
  if (!more) return Verdict::handled();
  Sweep next = e;
  next.cursor = keys.back();
  step.emit({.topic = topics::leads_scored, .key = step.raw_key, .partition = partition().value, .same_hop = true}, next);
  return Verdict::handled();
}

}  // namespace millrace::route
