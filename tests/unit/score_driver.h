// The stage under test with a lead or two: short verbs over tests/unit/stage_driver.h.
#pragma once

#include "tests/unit/stage_driver.h"
#include "topology/score/fold.h"

namespace millrace::test {

inline constexpr TimeMs kT0 = 1'767'225'600'000;  // 2026-01-01

inline const char* kScorePolicy = R"(
[icp.acme]
sizes = ["medium"]
industries = ["technology"]
revenue_min_cents = 100000000
revenue_max_cents = 10000000000
locations = ["US"]
titles = ["CTO", "VP Engineering"]
[zones.map]
"us" = "amer"
)";

class ScoreDriver {
 public:
  explicit ScoreDriver(const char* policy = kScorePolicy) : d("score", topics::leads_harvested, score::make_fold) {
    d.tick(kT0);
    d.policy(policy);
  }

  // A lead that qualifies: enriched, final, like the profile.
  static Json strong_lead() {
    return {{"company_size", "medium"}, {"industry", "technology"}, {"annual_revenue_cents", 5000000000}, {"location", "US"},
            {"role", "VP Engineering"}, {"campaign_id", "c1"}, {"email", true}, {"consent", "CONSENTED"},
            {"signals", {"recent_job_change", "company_hiring", "recent_activity", "is_decision_maker", "has_budget_authority"}},
            {"budget", true}, {"timeline_months", 2}, {"pain_points", {"slow"}}, {"deal_value_cents", 1500000}, {"currency", "USD"}};
  }
  static Json bare_lead() { return {{"email", true}, {"campaign_id", "c1"}}; }

  std::vector<Sent> snapshot(const Json& lead, Json more = Json::object(), std::string id = "ld_1", TimeMs at_ms = -1) {
    const bool enriched = lead.contains("industry");
    Json data = {{"lead_id", id}, {"origin", "captured"}, {"lead", lead}, {"enriched", enriched}, {"final", enriched},
                 {"tokens", {{"email", "tok-" + id}}}, {"source", "csv"}, {"source_type", "other"}};
    if (lead.value("email", false)) data["sealed"] = sealed_email(more.value("email", "ann@x.com"), id);
    more.erase("email");
    data.update(more);
    return send("lead.snapshot", data, id, at_ms);
  }
  std::vector<Sent> send(const std::string& type, Json data, const std::string& id = "ld_1", TimeMs at_ms = -1, TimeMs event_ms = -1) {
    if (!data.contains("lead_id")) data["lead_id"] = id;
    return d.send(type, data, {.at_ms = at_ms, .event_ms = event_ms, .key = "acme/" + id});
  }
  // All of a strong lead's way to CONTACTED.
  void contact(const std::string& id = "ld_1") {
    snapshot(strong_lead(), Json::object(), id);
    send("lead.routed", {{"sequence", "s"}, {"decision_id", "dec_1"}}, id);
    send("delivery.sent", {{"message_id", "m1"}, {"attempt", 1}, {"channel", "email"}}, id);
  }
  std::string sealed_email(const std::string& email, const std::string& owner) {
    std::string out;
    const SealingKey key = d.keys().key_for("acme", owner, "rec");
    d.keys().seal(key, "rec", "lead.snapshot", Json{{"email", email}}.dump(), out);
    return out;
  }

  StageDriver d;
};

}  // namespace millrace::test
