#include "tests/unit/outreach_scene.h"

using namespace millrace;
using namespace millrace::test;

TEST_SUITE("topology/outreach") {
  TEST_CASE("DE-1: a template's version is the next one") {
    Scene s;
    CHECK(s.define_template("t", "linkedin", "a", 1).empty());
    CHECK(only(s.define_template("t", "linkedin", "a", 1), "operator.rejected").data.at("code") == "bad_version");
    CHECK(only(s.define_template("t", "linkedin", "a", 3), "operator.rejected").data.at("code") == "bad_version");
    CHECK(s.define_template("t", "linkedin", "b", 2).empty());
  }

  TEST_CASE("a template that could send something raw, or a mail nobody can leave, is refused") {
    Scene s;
    const auto code = [&](const std::string& channel, const std::string& body) {
      return only(s.define_template("t", channel, body), "operator.rejected").data;
    };
    CHECK(code("linkedin", "{{nobody}}").at("code") == "unknown_placeholder");
    CHECK(code("linkedin", "{{nobody}}").at("detail") == "nobody");
    CHECK(code("linkedin", "{{name").at("code") == "bad_template");
    CHECK(code("email", "Hi").at("code") == "template_not_compliant");
    CHECK(code("email", "Hi {{unsubscribe_url}}").at("code") == "template_not_compliant");
    CHECK(s.define_template("t", "email", "{{unsubscribe_url}} {{postal_address}}").empty());
    s.define_template("t", "fax", "Hi");
    CHECK(s.d.last_verdict().reason == "bad_field:channel");
  }

  TEST_CASE("a sequence needs a name, rising days from 0 and templates for each") {
    Scene s;
    const auto reason = [&](Json data) {
      s.all("operator.sequence_defined", std::move(data));
      return s.d.last_verdict().reason;
    };
    const Json two = {Json::object(), Json::object()};
    CHECK(reason({{"name", "ok_1"}, {"days", {0, 1}}, {"templates", two}}).empty());
    CHECK(reason({{"name", "Bad"}, {"days", {0, 1}}, {"templates", two}}) == "bad_field:name");
    CHECK(reason({{"name", "x"}, {"days", {1, 2}}, {"templates", two}}) == "bad_field:days");
    CHECK(reason({{"name", "x"}, {"days", {0, 0}}, {"templates", two}}) == "bad_field:days");
    CHECK(reason({{"name", "x"}, {"days", {0}}, {"templates", two}}) == "bad_field:templates");
    CHECK(reason({{"name", "x"}, {"days", {0, 1}}, {"templates", two}, {"channels", {"fax"}}}) == "bad_field:channels");
    CHECK(reason({{"name", "x"}, {"templates", two}}) == "missing_field:days");
  }

  TEST_CASE("a sequence may name fewer channels") {
    Scene s;
    s.all("operator.sequence_defined",
          {{"name", "quiet"}, {"days", {0}}, {"channels", {"linkedin"}}, {"templates", {{{"linkedin", "aggressive_close/1/linkedin"}}}}});
    s.profile("ld_1", {.email = "ann@x.com", .linkedin = "linkedin.com/in/ann", .linkedin_status = "connected"});
    CHECK(only(s.route("ld_1", 0, "quiet"), "message.intent").data.at("channel") == "linkedin");
  }

  TEST_CASE("DE-2: the policy seeds version 1, which an operator's definition follows") {
    Scene s;
    s.d.policy("[sequence.quick]\ndays = [0, 1]\n");
    s.define_template("quick/1/email", "email", "{{unsubscribe_url}} {{postal_address}}");
    s.profile("ld_1");
    CHECK(only(s.route("ld_1", 0, "quick"), "message.intent").data.at("template_id") == "quick/1/email");
  }

  TEST_CASE("a refused copy is answered by partition 0 alone") {
    Scene s;
    CHECK(count(s.define_template("t", "email", "Hi"), "operator.rejected") == 1);
    StageDriver other("outreach", topics::routing_decisions, outreach::make_fold, 2, 1);
    const auto out = other.send("operator.template_defined",
                                {{"template_id", "t"}, {"version", 1}, {"channel", "email"}, {"body", "Hi"}, {"request_id", "r"}, {"actor", "a"}},
                                {.at_ms = 0, .broadcast = true});
    CHECK(out.empty());
    CHECK(other.last_verdict().kind == Verdict::Kind::handled);
  }

  TEST_CASE("a clone gets the scripts that it names, with their templates") {
    Scene s;
    s.define_template("a", "email", "A {{unsubscribe_url}} {{postal_address}}");
    const std::string slot = "aggressive_close/1/email";
    s.all("operator.script_defined", {{"script_id", "sa"}, {"slot", slot}, {"template_id", "a"}});
    s.all("control.promotion", {{"slot", slot}, {"script_id", "sa"}});
    s.all("control.clone_promoted", {{"clone_id", "c"}, {"tenant", "beta"}, {"policy_sha256", "p"}, {"scripts", {"sa"}}, {"models", Json::array()}});
    // The new tenant's step has no template of its own, but the script.
    Json profile = s.profile_of("ld_1", {.email = "ann@x.com"});
    std::string sealed;
    s.d.keys().seal(s.d.keys().key_for("beta", "ld_1", std::string(32, 'b')), "r", "lead.profile", R"({"email":"ann@x.com"})", sealed);
    profile["sealed"] = sealed;
    s.d.send("lead.profile", profile, {.at_ms = 0, .tenant = "beta", .key = "beta/ld_1"});
    const auto out = s.d.send("route.decided",
                              {{"decision_id", "d"}, {"lead_id", "ld_1"}, {"zone", "z"}, {"tenant", "beta"}, {"category", "lead_assignment"},
                               {"action", "ROUTE"}, {"policy_sha256", "p"}, {"cause_id", "c"}, {"campaign_id", "c1"}, {"sequence", "aggressive_close"},
                               {"sequence_start_ms", 0}, {"now_ms", 0}},
                              {.at_ms = 0, .tenant = "beta", .key = "beta/ld_1"});
    CHECK(only(out, "message.intent").data.at("script_id") == "sa");
    CHECK(only(out, "message.intent").data.at("priority") == "medium");
  }
}
