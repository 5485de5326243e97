// What harvest reads of the policy (spec/harvest.md).
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "topology/harvest/naming.h"
#include "topology/policy/policy.h"

namespace millrace::harvest {

// A field of [custom.<field>] (spec/score.md section 2).
enum class CustomType { text, integer, boolean };
constexpr std::array<std::string_view, 3> enum_names(CustomType) { return {"text", "integer", "boolean"}; }

struct HarvestPolicy {
  std::vector<std::string> tenants;  // empty: every tenant may write
  std::int64_t future_ms = 300'000;
  std::int64_t dedupe_ms = 604'800'000;
  std::vector<std::string> sources = {"csv", "manual", "hubspot", "segment", "api"};
  std::int64_t unresolved_ms = 86'400'000;
  std::int64_t machine_click_ms = 10'000;
  std::int64_t machine_pair_ms = 2'000;
  std::int64_t min_leads = 30;
  std::int64_t kill_bp = 2000;
  std::int64_t pause_bp = 3000;
  std::int64_t pause_ms = 172'800'000;
  std::string country_code = "1";
  std::vector<std::string> blocked_values;
  std::int64_t max_per_kind = 10;
  std::int64_t max_merge = 5;
  std::int64_t enrich_ttl_ms = 2'592'000'000;
  std::int64_t erasure_ms = 2'592'000'000;
  std::string currency = "USD";

  // Free tables.
  StageAliases stage_aliases = default_stage_aliases();
  CampaignDefaults campaigns;
  std::map<std::string, CustomType, std::less<>> custom;

  static constexpr auto keys() {
    using P = HarvestPolicy;
    return std::tuple{policy_key("harvest.tenants", &P::tenants),
                      policy_key("harvest.future_ms", &P::future_ms, 0),
                      policy_key("harvest.dedupe_ms", &P::dedupe_ms, 0),
                      policy_key("harvest.sources", &P::sources),
                      policy_key("harvest.unresolved_ms", &P::unresolved_ms, 0),
                      policy_key("harvest.machine_click_ms", &P::machine_click_ms, 0),
                      policy_key("harvest.machine_pair_ms", &P::machine_pair_ms, 0),
                      policy_key("source.min_leads", &P::min_leads, 1),
                      policy_key("source.kill_bp", &P::kill_bp, 0, 10000),
                      policy_key("source.pause_bp", &P::pause_bp, 0, 10000),
                      policy_key("source.pause_ms", &P::pause_ms, 0),
                      policy_key("identity.country_code", &P::country_code),
                      policy_key("identity.blocked_values", &P::blocked_values),
                      policy_key("identity.max_per_kind", &P::max_per_kind, 1, 32),
                      policy_key("identity.max_merge", &P::max_merge, 2, 32),
                      policy_key("enrich.ttl_ms", &P::enrich_ttl_ms, 0),
                      policy_key("governance.erasure_ms", &P::erasure_ms, 0),
                      policy_key("tenant.currency", &P::currency)};
  }
  void load(const Policy& policy, std::string_view tenant);
};

// What attribution declares and harvest applies when it sends touches.
struct TouchPolicy {
  bool count_opens = false;
  std::int64_t fp_min_parts = 4;
  static constexpr auto keys() {
    return std::tuple{policy_key("attribution.count_opens", &TouchPolicy::count_opens),
                      policy_key("attribution.fp.min_parts", &TouchPolicy::fp_min_parts, 1, 7)};
  }
};

}  // namespace millrace::harvest
