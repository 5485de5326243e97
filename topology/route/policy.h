// The policy keys of routing (spec/route.md). All of them can be set per tenant.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "topology/policy/policy.h"

namespace millrace::route {

// Bands of a score, low to high, so that the next better one is +1. The limits are score's (spec/score.md section 4).
enum class Tier { cold, cool, warm, hot };
constexpr std::array<std::string_view, 4> enum_names(Tier) { return {"COLD", "COOL", "WARM", "HOT"}; }

struct RoutePolicy {
  bool auto_route = true;  // false: each lead waits for a person

  std::int64_t tier_hot = 8500, tier_warm = 7000, tier_cool = 5000;
  bool boost_enabled = true;
  std::int64_t boost_min_signals = 3;
  std::int64_t boost_bp = 1500;
  std::string sequence_hot = "aggressive_close", sequence_warm = "regular_nurture",
              sequence_cool = "long_term_nurture", sequence_cold = "cold_outreach";

  std::string cap_method = "basic";
  std::string cap_unknown_zone = "hold";
  std::int64_t cap_hard_bp = 15000;

  std::int64_t cone_deal_ref_cents = 1'500'000;
  std::int64_t cone_top_n = 10;

  std::int64_t review_ttl_ms = 604'800'000;

  std::int64_t lead_days = 7, contact_days = 5, negotiation_days = 14, closing_days = 10, other_days = 7;

  std::string default_campaign;  // [campaign.default] "*"; empty: none

  static constexpr auto keys() {
    return std::tuple{
        policy_key("route.auto", &RoutePolicy::auto_route),
        policy_key("score.tier.hot", &RoutePolicy::tier_hot, 0, 10000),
        policy_key("score.tier.warm", &RoutePolicy::tier_warm, 0, 10000),
        policy_key("score.tier.cool", &RoutePolicy::tier_cool, 0, 10000),
        policy_key("route.boost.enabled", &RoutePolicy::boost_enabled),
        policy_key("route.boost.min_signals", &RoutePolicy::boost_min_signals, 0, 6),
        policy_key("route.boost.bp", &RoutePolicy::boost_bp, 0, 10000),
        policy_key("route.sequence.hot", &RoutePolicy::sequence_hot),
        policy_key("route.sequence.warm", &RoutePolicy::sequence_warm),
        policy_key("route.sequence.cool", &RoutePolicy::sequence_cool),
        policy_key("route.sequence.cold", &RoutePolicy::sequence_cold),
        policy_choice("route.cap.method", &RoutePolicy::cap_method, "basic|demand|inventory"),
        policy_choice("route.cap.unknown_zone", &RoutePolicy::cap_unknown_zone, "hold|allow"),
        policy_key("route.cap.hard_bp", &RoutePolicy::cap_hard_bp, 10000, 1'000'000),
        policy_key("route.cone.deal_ref_cents", &RoutePolicy::cone_deal_ref_cents, 1),
        policy_key("route.cone.top_n", &RoutePolicy::cone_top_n, 0, 100),
        policy_key("route.review.ttl_ms", &RoutePolicy::review_ttl_ms, 1),
        policy_key("route.escalation.lead_days", &RoutePolicy::lead_days, 1, 3650),
        policy_key("route.escalation.contact_days", &RoutePolicy::contact_days, 1, 3650),
        policy_key("route.escalation.negotiation_days", &RoutePolicy::negotiation_days, 1, 3650),
        policy_key("route.escalation.closing_days", &RoutePolicy::closing_days, 1, 3650),
        policy_key("route.escalation.other_days", &RoutePolicy::other_days, 1, 3650)};
  }
  void load(const Policy& policy, std::string_view tenant) {
    const auto campaigns = policy.table("campaign.default", tenant);
    const auto found = campaigns.find("*");
    if (found == campaigns.end()) return;
    if (const auto* name = std::get_if<std::string>(&found->second)) default_campaign = *name;
  }
};

}  // namespace millrace::route
