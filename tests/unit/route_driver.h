// What the tests of stage route share: a driver with the words of routing.
#pragma once

#include "tests/unit/stage_driver.h"
#include "topology/route/fold.h"

namespace millrace::test {

class RouteDriver : public StageDriver {
 public:
  RouteDriver() : StageDriver("route", topics::leads_scored, route::make_fold) {}

  // A lead.scored; `changes` are laid over a lead that is qualified and worth 9000.00.
  std::vector<Sent> scored(const std::string& lead_id, const Json& changes = Json::object(), How how = {}) {
    Json lead = {{"lead_id", lead_id},       {"zone", "north"},        {"status", "QUALIFIED"},
                 {"score_bp", 8000},         {"probability_bp", 6000}, {"engagement_bp", 2000},
                 {"confidence_bp", 7000},    {"timeline_months", 2},   {"deal_value_cents", 900000},
                 {"currency", "USD"},        {"campaign_id", "c1"},    {"signals", Json::array()},
                 {"dims", {{"fit", 8000}}},  {"policy_sha256", "p"},   {"cause_id", "c"}};
    lead.merge_patch(changes);
    how.key = "acme/" + lead.at("zone").get<std::string>();
    return send("lead.scored", lead, how);
  }
  std::vector<Sent> zone(const Json& changes = Json::object()) {
    Json zone = {{"zone", "north"}, {"average_price_cents", 100000000}, {"risk_bp", 5000}, {"currency", "USD"}};
    zone.merge_patch(changes);
    return op("operator.zone_defined", zone);
  }
  std::vector<Sent> op(const std::string& type, Json data, How how = {}) {
    if (!data.contains("actor")) data["actor"] = "ann";
    if (!data.contains("request_id")) data["request_id"] = "req";
    how.key = "acme/" + data.value("zone", "north");
    return send(type, data, how);
  }
  // The review item that the outputs opened.
  static Json opened(const std::vector<Sent>& out) {
    for (const Sent& each : out)
      if (each.type == "ledger.entry" && each.data.at("kind") == "approval" && each.data.at("body").at("state") == "open")
        return each.data.at("body");
    return nullptr;
  }
  static Json states(const std::vector<Sent>& out) {
    Json found = Json::array();
    for (const Sent& each : out)
      if (each.type == "ledger.entry" && each.data.at("kind") == "approval") found.push_back(each.data.at("body").at("state"));
    return found;
  }
  std::vector<Sent> answer(const std::string& verb, const Json& item, const std::string& actor = "bob") {
    return op("operator." + verb, {{"review_id", item.at("review_id")}, {"zone", item.at("zone")}, {"actor", actor}});
  }
  static std::string action(const std::vector<Sent>& out) {
    return only(out, "route.decided").data.at("action").get<std::string>();
  }
  static Json reasons(const std::vector<Sent>& out) { return only(out, "route.decided").data.value("reasons", Json::array()); }
};

}  // namespace millrace::test
