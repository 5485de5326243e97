#include "topology/harvest/sources.h"

#include <algorithm>
#include <array>

namespace millrace::harvest {

namespace {

constexpr auto kTypes = std::to_array<std::string_view>({"public_listing", "private_listing", "mls", "portal", "direct", "referral", "social", "other"});

std::string source_key(std::string_view tenant, std::string_view name) {
  std::string key;
  key.reserve(tenant.size() + name.size() + 9);
  return key.append(tenant).append("/").append(name);
}
std::string cohort_key(std::string_view tenant, std::string_view name, std::string_view month) {
  return source_key(tenant, name).append("\n").append(month);
}
bool is_bp(std::int64_t v) { return v >= 0 && v <= 10000; }

}  // namespace

Sources::Sources(state::TableSpace& space) : sources_(space, "source"), cohorts_(space, "cohort") {
  listed_.quality_bp = source_quality({listed_.conversion_bp, listed_.risk_bp, 0}, {}, 1);
}

const SourceRow* Sources::find(std::string_view tenant, std::string_view name, const HarvestPolicy& policy) {
  const SourceRow* row = sources_.find(source_key(tenant, name));
  if (row && row->defined) return row;
  const auto& listed = policy.sources;
  if (std::find(listed.begin(), listed.end(), name) == listed.end()) return nullptr;
  return row ? row : &listed_;
}

Cohort& Sources::row(std::string_view tenant, std::string_view name, std::string_view month, Step& step) {
  const std::string key = cohort_key(tenant, name, month);
  if (!cohorts_.contains(key))
    if (const auto end = end_of_month(month)) step.set_timer(*end, std::string(kMonthTimer), key);
  return cohorts_.edit(key);
}

void Sources::captured(std::string_view name, std::string_view month, Step& step) {
  ++row(step.tenant, name, month, step).leads;
  const std::string key = source_key(step.tenant, name);
  if (!sources_.contains(key)) sources_.edit(key) = listed_;  // so that the next look-up finds a hot row
}

void Sources::converted(std::string_view name, std::string_view month, const HarvestPolicy& policy, Step& step) {
  ++row(step.tenant, name, month, step).conversions;
  if (const auto end = end_of_month(month); end && *end <= step.now_ms) evaluate(step.tenant, name, policy, step);
}

std::string Sources::refuse(const SourceDefined& d) {
  if (source_name(d.name).empty()) return "bad_field:name";
  if (d.source_type && std::find(kTypes.begin(), kTypes.end(), *d.source_type) == kTypes.end()) return "bad_field:type";
  if (!is_bp(d.risk_bp)) return "bad_field:risk_bp";
  if (!is_bp(d.conversion_bp)) return "bad_field:conversion_bp";
  if (d.cost_per_lead_cents.value_or(0) < 0) return "bad_field:cost_per_lead_cents";
  if (d.volume_monthly.value_or(0) < 0) return "bad_field:volume_monthly";
  return {};
}

std::string Sources::refuse(const SourcePerformance& p) {
  if (source_name(p.name).empty()) return "bad_field:name";
  if (!end_of_month(p.month)) return "bad_field:month";
  if (p.leads < 0) return "bad_field:leads";
  if (p.conversions < 0 || p.conversions > p.leads) return "bad_field:conversions";
  return {};
}

void Sources::define(const SourceDefined& d, const HarvestPolicy& policy, Step& step) {
  const std::string name = source_name(d.name);
  SourceRow& row = sources_.edit(source_key(step.tenant, name));
  row.defined = true;
  row.conversion_bp = d.conversion_bp;
  row.risk_bp = d.risk_bp;
  row.cost_per_lead_cents = d.cost_per_lead_cents.value_or(0);
  row.volume_monthly = d.volume_monthly.value_or(0);
  row.type = d.source_type.value_or("other");
  if (d.revive.value_or(false)) row.state = SourceState::active;
  evaluate(step.tenant, name, policy, step);
}

void Sources::set_row(const SourcePerformance& p, const HarvestPolicy& policy, Step& step) {
  const std::string name = source_name(p.name);
  Cohort& cohort = row(step.tenant, name, p.month, step);
  cohort.leads = p.leads;
  cohort.conversions = p.conversions;
  evaluate(step.tenant, name, policy, step);
}

void Sources::month_over(std::string_view key, const HarvestPolicy& policy, Step& step) {
  const std::size_t slash = key.find('/'), line = key.rfind('\n');
  evaluate(key.substr(0, slash), key.substr(slash + 1, line - slash - 1), policy, step);
}

void Sources::pause_over(std::string_view key, TimeMs due_ms) {
  SourceRow* row = sources_.edit_if(key);
  if (row && row->state == SourceState::paused && row->paused_until_ms <= due_ms) row->state = SourceState::active;
}

std::vector<std::pair<std::string, Cohort>> Sources::rows(std::string_view tenant, std::string_view name) {
  std::vector<std::pair<std::string, Cohort>> out;
  const std::string prefix = cohort_key(tenant, name, {});
  cohorts_.scan(prefix, {}, [&](std::string_view key, const Cohort& cohort) {
    out.emplace_back(key.substr(prefix.size()), cohort);
    return true;
  });
  return out;
}

std::vector<std::pair<std::string, Cohort>> Sources::closed_rows(std::string_view tenant, std::string_view name, TimeMs now_ms) {
  auto out = rows(tenant, name);
  std::erase_if(out, [&](const auto& each) { return *end_of_month(each.first) > now_ms; });
  return out;
}

void Sources::evaluate(std::string_view tenant, std::string_view name, const HarvestPolicy& policy, Step& step) {
  const std::string key = source_key(tenant, name);
  SourceRow& source = sources_.edit(key);
  std::vector<Cohort> closed;
  for (const auto& [month, cohort] : closed_rows(tenant, name, step.now_ms)) closed.push_back(cohort);
  source.quality_bp = source_quality({source.conversion_bp, source.risk_bp, source.cost_per_lead_cents}, closed, policy.min_leads);
  if (source.state == SourceState::killed) return;
  switch (source_action(source.quality_bp, policy.kill_bp, policy.pause_bp)) {
    case SourceAction::none: break;
    case SourceAction::kill: source.state = SourceState::killed; break;
    case SourceAction::pause:
      source.state = SourceState::paused;
      source.paused_until_ms = step.now_ms + policy.pause_ms;
      step.set_timer(source.paused_until_ms, std::string(kPauseTimer), key);
      break;
  }
}

}  // namespace millrace::harvest
