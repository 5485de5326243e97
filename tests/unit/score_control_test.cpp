#include "core/hash.h"
#include "tests/unit/score_driver.h"

using namespace millrace;
using namespace millrace::test;

namespace {
Json activation(std::int64_t version, std::int64_t intercept, std::int64_t weight_bp = 5000) {
  const Json weights = {{"icp", 0}};
  const std::string text = R"({"intercept_micro":)" + std::to_string(intercept) + R"(,"weights_micro_per_bp":{"icp":0}})";
  return {{"model", "lead_score"}, {"version", version}, {"artifact_sha256", sha256_hex(text)}, {"weight_bp", weight_bp},
          {"intercept_micro", intercept}, {"weights_micro_per_bp", weights}};
}
std::vector<Sent> control(ScoreDriver& s, const char* type, const Json& data, const std::string& tenant = "acme") {
  return s.d.send(type, data, {.tenant = tenant, .broadcast = true});
}
}  // namespace

TEST_SUITE("topology/score") {
  TEST_CASE("MO-1: an activated model is part of the next score, which names it") {
    ScoreDriver s;
    control(s, "control.model_activated", activation(3, 250000));
    const Json e = only(s.snapshot(ScoreDriver::strong_lead()), "lead.scored").data;
    CHECK(e.at("model") == Json{{"name", "lead_score"}, {"version", 3}});
    CHECK(e.at("dims").at("model") == 5622);
    CHECK(e.at("score_bp") == (9938 + 5622) / 2);
  }

  TEST_CASE("MO-2: a refused activation goes to the dead letters and the active model stays") {
    ScoreDriver s;
    control(s, "control.model_activated", activation(3, 250000));
    Json bad = activation(4, 0);
    bad["artifact_sha256"] = "00";
    control(s, "control.model_activated", bad);
    CHECK(s.d.last_verdict().reason == "artifact_mismatch");
    control(s, "control.model_activated", activation(4, 0, 10001));
    CHECK(s.d.last_verdict().reason == "bad_field:weight_bp");
    bad = activation(4, 0);
    bad.erase("intercept_micro");
    control(s, "control.model_activated", bad);
    CHECK(s.d.last_verdict().reason == "missing_field:intercept_micro");
    Json other = activation(4, 0);
    other["model"] = "ad_prior";
    control(s, "control.model_activated", other);
    CHECK(s.d.last_verdict().kind == Verdict::Kind::ignored);
    CHECK(only(s.snapshot(ScoreDriver::strong_lead()), "lead.scored").data.at("model").at("version") == 3);
  }

  TEST_CASE("A model belongs to its tenant; a promoted clone takes its parent's along") {
    ScoreDriver s;
    control(s, "control.model_activated", activation(3, 250000));
    const auto scored = [&](const std::string& tenant) {
      Json data = {{"lead_id", "ld_1"}, {"origin", "captured"}, {"lead", {{"industry", "x"}}}, {"enriched", true}, {"final", true}};
      return only(s.d.send("lead.snapshot", data, {.tenant = tenant, .key = tenant + "/ld_1"}), "lead.scored").data;
    };
    CHECK_FALSE(scored("other").contains("model"));
    control(s, "control.clone_promoted", {{"clone_id", "clone_1"}, {"tenant", "emea"}, {"policy_sha256", "x"}, {"models", {"lead_score"}}, {"scripts", Json::array()}});
    control(s, "control.clone_promoted", {{"clone_id", "clone_2"}, {"tenant", "apac"}, {"policy_sha256", "x"}, {"models", Json::array()}, {"scripts", Json::array()}});
    CHECK(scored("emea").at("model").at("version") == 3);
    CHECK_FALSE(scored("apac").contains("model"));
  }

  TEST_CASE("A lead's end tells the model what became of its prediction, once per version") {
    ScoreDriver s;
    control(s, "control.model_activated", activation(3, 250000));
    s.contact();
    control(s, "control.model_activated", activation(4, -250000));
    auto out = s.send("reply.classified", {{"class", "NEGATIVE"}, {"confidence_bp", 6667}});
    const Sent& lost = only(out, "outcome.model");
    CHECK(lost.topic == "learning.outcomes");
    CHECK(lost.key == "acme/model:lead_score");
    CHECK(lost.data == Json{{"actual", false}, {"model", "lead_score"}, {"predicted_bp", 5622}, {"version", 3}});
    out = s.send("crm.stage_changed", {{"deal_id", "hs:1"}, {"stage_to", "closed_won"}, {"currency", "USD"}});
    CHECK(only(out, "lead.scored").data.at("status") == "WON");
    CHECK(count(out, "outcome.model") == 0);
  }

  TEST_CASE("A lead won before any message tells the model of now; one lost before says nothing") {
    ScoreDriver s;
    control(s, "control.model_activated", activation(3, 250000));
    s.snapshot(ScoreDriver::strong_lead());
    auto out = s.send("review.decided", {{"outcome", "rejected"}, {"actor", "ann"}});
    CHECK(count(out, "outcome.model") == 0);
    out = s.send("crm.stage_changed", {{"deal_id", "hs:1"}, {"stage_to", "closed_won"}, {"currency", "USD"}});
    CHECK(only(out, "outcome.model").data.at("actual") == true);
  }

  TEST_CASE("A sweep rates and judges its leads anew, in batches that each make progress") {
    ScoreDriver s;
    auto weak = ScoreDriver::strong_lead();
    weak["signals"] = Json::array();
    for (int i = 1; i <= 5; ++i) s.snapshot(weak, Json::object(), "ld_" + std::to_string(i));
    s.d.policy(std::string(kScorePolicy) + "[score.qualify]\nintent_bp = 0\n");
    auto out = control(s, "control.sweep", {{"stage", "score"}, {"batch", 2}}, "_");
    CHECK(count(out, "lead.scored") == 2);
    CHECK(out[0].tenant == "acme");
    CHECK(only(out, "lead.status_changed").data.at("trigger") == "qualified");
    const Sent& next = only(out, "control.sweep");
    CHECK(next.topic == "leads.harvested");
    CHECK(next.broadcast);
    CHECK(next.tenant == "_");
    CHECK(next.data.at("cursor") == "acme/ld_2");
    out = s.d.deliver(out);
    CHECK(count(out, "lead.scored") == 2);
    out = s.d.deliver(out);
    CHECK(count(out, "lead.scored") == 1);
    CHECK(count(out, "control.sweep") == 0);
  }

  TEST_CASE("A sweep takes the tenant, campaign or zone it names, and other stages' sweeps are ignored") {
    ScoreDriver s;
    auto weak = ScoreDriver::strong_lead();
    weak["signals"] = Json::array();
    s.snapshot(weak, Json::object(), "ld_1");
    weak["campaign_id"] = "c2";
    s.snapshot(weak, Json::object(), "ld_2");
    weak["zone"] = "emea";
    s.snapshot(weak, Json::object(), "ld_3");
    s.d.policy(std::string(kScorePolicy) + "[score.qualify]\nintent_bp = 0\n");
    CHECK(control(s, "control.sweep", {{"stage", "route"}}).empty());
    CHECK(s.d.last_verdict().kind == Verdict::Kind::ignored);
    CHECK(control(s, "control.sweep", {{"stage", "score"}}, "other").empty());
    CHECK(only(control(s, "control.sweep", {{"stage", "score"}, {"campaign_id", "c1"}}), "lead.scored").data.at("lead_id") == "ld_1");
    CHECK(only(control(s, "control.sweep", {{"stage", "score"}, {"zone", "emea"}}), "lead.scored").data.at("lead_id") == "ld_3");
    CHECK(only(control(s, "control.sweep", {{"stage", "score"}}), "lead.scored").data.at("lead_id") == "ld_2");
  }

  TEST_CASE("A reopened lead that is enriched goes on with the next sweep") {
    ScoreDriver s;
    s.snapshot(ScoreDriver::strong_lead());
    s.send("review.decided", {{"outcome", "rejected"}, {"actor", "ann"}});
    s.send("operator.lead_reopened", {{"request_id", "r2"}, {"actor", "ann"}, {"approver", "bob"}});
    CHECK(s.d.tick(kT0 + 2 * kDayMs).empty());
    CHECK(only(control(s, "control.sweep", {{"stage", "score"}}), "lead.scored").data.at("status") == "QUALIFIED");
  }
}
