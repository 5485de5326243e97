// The chain of the spine for one lead (spec/conventions.md section 11): score sections 2 to 8, route.decide and
// outreach.schedule, each by the rule of its own name, so that the parts are those that the stages use.
#include "tests/conformance/conformance.h"

namespace millrace::conformance {
namespace {

Json member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? Json(nullptr) : *found;
}

// An object of those members of `from` that are there.
Json only(const Json& from, std::initializer_list<const char*> names) {
  Json out = Json::object();
  for (const char* name : names)
    if (const auto found = from.find(name); found != from.end()) out[name] = *found;
  return out;
}

std::string status_after(const std::string& qualification) {
  if (qualification == "QUALIFIED") return "QUALIFIED";
  if (qualification == "REJECTED") return "LOST";
  return qualification == "MANUAL_REVIEW" ? "MANUAL_REVIEW" : "NEW";
}

}  // namespace

RULE("pipeline.lead") {
  const Json& lead = given.at("lead");
  const Json profile = get_or<Json>(given, "profile", Json::object());
  const std::int64_t engagement_bp = get_or<std::int64_t>(lead, "engagement_bp", 0);

  const Json icp = result_of("score.icp", {{"lead", lead}, {"profile", profile}});
  Json asked = only(lead, {"role", "job_level", "signals", "custom"});
  asked["titles"] = member(profile, "titles");
  asked["custom_fields"] = member(given, "custom_fields");
  const Json opportunity = result_of("score.opportunity", asked);
  Json score = nullptr, tier = nullptr;
  if (get_or(given, "enriched", true)) {
    const Json combined = result_of("score.combined", {{"icp_bp", icp.at("icp_bp")}, {"opportunity_bp", opportunity.at("opportunity_bp")},
                                                   {"engagement_bp", engagement_bp}, {"model", member(given, "model")}});
    score = combined.at("score_bp");
    tier = combined.at("tier");
  }
  Json rated = only(lead, {"budget", "timeline_months", "pain_points"});
  rated["score_bp"] = score;
  rated["engagement_bp"] = engagement_bp;
  const Json grade = result_of("score.grade", rated);

  Json candidate = only(lead, {"email", "signals", "phone"});
  candidate["score_bp"] = score;
  for (const char* address : {"linkedin", "linkedin_url", "form_url", "other_address"})
    if (!member(lead, address).is_null()) candidate["other_address"] = lead.at(address);
  for (const char* list : {"competitors", "disposable", "block_free"})
    if (given.contains(list)) candidate[list] = given.at(list);
  const Json qualified = result_of("score.qualify", candidate);

  std::string status = status_after(qualified.at("result"));
  Json routed_lead = only(lead, {"signals", "timeline_months", "deal_value_cents", "currency", "cap_approved_cents",
                                 "routing_approved", "campaign_id"});
  routed_lead["status"] = status;
  routed_lead["score_bp"] = score;
  routed_lead["probability_bp"] = member(grade, "probability_bp");
  routed_lead["engagement_bp"] = engagement_bp;
  Json situation = only(given, {"zone", "zone_name", "shield_values", "cap_method", "boost_enabled", "auto", "override", "owners"});
  situation["lead"] = routed_lead;
  const Json decision = result_of("route.decide", situation);
  Json due = Json::array();
  if (decision.at("action") == "ROUTE") {
    status = "ROUTED";
    due = result_of("outreach.schedule", {{"sequence", decision.at("sequence")}, {"start_ms", given.at("now_ms")}}).at("due_ms");
  }
  return {{"icp_bp", icp.at("icp_bp")},
          {"opportunity_bp", opportunity.at("opportunity_bp")},
          {"score_bp", score},
          {"tier", tier},
          {"grade", grade.at("grade")},
          {"probability_bp", grade.at("probability_bp")},
          {"qualification", qualified.at("result")},
          {"reasons", qualified.at("reasons")},
          {"action", decision.at("action")},
          {"route_reasons", decision.at("reasons")},
          {"sequence", member(decision, "sequence")},
          {"priority", member(decision, "priority")},
          {"owner_id", member(decision, "owner_id")},
          {"status", status},
          {"due_ms", due}};
}

}  // namespace millrace::conformance
