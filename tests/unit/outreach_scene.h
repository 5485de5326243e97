// A stage outreach with a tenant that has templates: the start of its fold's tests.
//
//   Scene s;                                  // acme: aggressive_close (days 0, 2, 5) by email and linkedin
//   s.profile("ld_1", {.email = "ann@x.com"});
//   const Sent intent = only(s.route("ld_1"), "message.intent");
//   s.commanded(intent);
#pragma once

#include "core/json.h"
#include "tests/unit/stage_driver.h"
#include "topology/events/personal.h"
#include "topology/outreach/fold.h"

namespace millrace::test {

inline constexpr TimeMs kDay = kDayMs;

struct Person {
  std::string email = {}, linkedin = {}, form_url = {}, phone = {}, linkedin_status = {}, consent = "UNKNOWN";
  std::vector<std::string> tags = {};
  std::string email_verified = {};
};

class Scene {
 public:
  Scene() : d("outreach", topics::routing_decisions, outreach::make_fold) {
    d.environment().zone_country = {{"Europe/Berlin", "DE"}};
    for (int step = 1; step <= 3; ++step) {
      const std::string name = "aggressive_close/" + std::to_string(step);
      define_template(name + "/email", "email", "Hi {{first_name}}\n{{unsubscribe_url}} {{postal_address}}");
      define_template(name + "/linkedin", "linkedin", "Hello {{first_name}} of {{company}}");
    }
  }

  std::vector<Sent> define_template(const std::string& id, const std::string& channel, const std::string& body, int version = 1) {
    return all("operator.template_defined",
               {{"template_id", id}, {"version", version}, {"channel", channel}, {"subject", "A word"}, {"body", body}});
  }
  // A record that reaches every partition as a copy.
  std::vector<Sent> all(const std::string& type, Json data, TimeMs at = -1, const std::string& tenant = "acme") {
    if (type.starts_with("operator.")) {
      data["request_id"] = "req-" + std::to_string(++requests_);
      data["actor"] = "ann";
    }
    return d.send(type, data, {.at_ms = at, .tenant = tenant, .broadcast = true});
  }
  std::vector<Sent> lead(const std::string& type, const std::string& lead_id, Json data, TimeMs at = -1) {
    data["lead_id"] = lead_id;
    return d.send(type, data, {.at_ms = at, .key = "acme/" + lead_id});
  }

  Json profile_of(const std::string& lead_id, const Person& p) {
    ProfilePersonal personal;
    Json has = Json::array(), tokens = Json::object();
    const auto put = [&](const char* kind, const std::string& value, std::optional<std::string>& field) {
      if (value.empty()) return;
      field = value;
      has.push_back(kind);
      tokens[kind] = d.keys().token("acme", kind, value);
    };
    put("email", p.email, personal.email);
    put("linkedin", p.linkedin, personal.linkedin);
    put("form_url", p.form_url, personal.form_url);
    put("phone", p.phone, personal.phone);
    personal.first_name = "Ann";
    std::string sealed;
    d.keys().seal(d.keys().key_for("acme", lead_id, std::string(32, 'a')), "rec", "lead.profile", to_json(personal), sealed);
    Json data = {{"lead_id", lead_id}, {"consent", p.consent},  {"sealed", sealed},       {"tokens", tokens},
                 {"has", has},         {"tags", p.tags},        {"company", "X Ltd"},     {"role", "CTO"},
                 {"campaign_id", "c1"}, {"custom", {{"plan", "Pro"}, {"seats", 5}, {"list", {1}}}}};
    if (!p.linkedin_status.empty()) data["linkedin_status"] = p.linkedin_status;
    if (!p.email_verified.empty()) data["email_verified"] = p.email_verified;
    if (!p.email.empty()) data["email_tld"] = p.email.substr(p.email.rfind('.') + 1);
    return data;
  }
  std::vector<Sent> profile(const std::string& lead_id, const Person& p = {.email = "ann@x.com"}, TimeMs at = -1) {
    return lead("lead.profile", lead_id, profile_of(lead_id, p), at);
  }
  std::vector<Sent> route(const std::string& lead_id, TimeMs at = -1, const std::string& sequence = "aggressive_close") {
    return lead("route.decided", lead_id,
                {{"decision_id", "dec_1"}, {"zone", "z"}, {"tenant", "acme"}, {"category", "lead_assignment"},
                 {"action", "ROUTE"}, {"policy_sha256", "p"}, {"cause_id", "c"}, {"campaign_id", "c1"},
                 {"sequence", sequence}, {"sequence_start_ms", at < 0 ? now : at}, {"now_ms", at < 0 ? now : at},
                 {"priority", "medium"}},
                at);
  }
  // A lead with a profile whose first message is in dispatch.
  Sent started(const std::string& lead_id, const Person& p = {.email = "ann@x.com"}, TimeMs at = -1) {
    profile(lead_id, p, at);
    return only(route(lead_id, at), "message.intent");
  }

  std::vector<Sent> answer(const Sent& intent, const std::string& result, const std::string& reason, TimeMs at, bool live) {
    Json data = {{"message_id", intent.data.at("message_id")}, {"attempt", intent.data.at("attempt")},
                 {"channel", intent.data.at("channel")}, {"result", result}};
    if (!reason.empty()) data["reason"] = reason;
    if (result == "COMMANDED") data["mode"] = live ? "live" : "dry_run";
    return lead("intent.result", intent.data.at("lead_id"), data, at);
  }
  std::vector<Sent> commanded(const Sent& intent, TimeMs at = -1, bool live = true) {
    return answer(intent, "COMMANDED", "", at, live);
  }
  std::vector<Sent> skipped(const Sent& intent, const std::string& reason, TimeMs at = -1) {
    return answer(intent, "SKIPPED", reason, at, false);
  }
  std::vector<Sent> fact(const std::string& type, const Sent& intent, Json more = Json::object(), TimeMs at = -1) {
    more["message_id"] = intent.data.at("message_id");
    more["channel"] = intent.data.at("channel");
    if (type.starts_with("delivery.")) more["attempt"] = intent.data.at("attempt");
    return lead(type, intent.data.at("lead_id"), more, at);
  }
  std::vector<Sent> reply(const std::string& lead_id, const std::string& body, const std::string& message_id = "",
                          const std::string& uid = "", TimeMs at = -1) {
    Json data = {{"subject", "Re: hello"}, {"body", body}, {"provider", "imap"}};
    if (!message_id.empty()) data["message_id"] = message_id;
    if (!uid.empty()) data["provider_uid"] = uid;
    return lead("engagement.replied", lead_id, data, at);
  }
  std::vector<Sent> arm(TimeMs at = -1, bool on = true, const std::string& connector = "email") {
    return all("operator.connector_armed",
               {{"connector", connector}, {"tenant", "acme"}, {"armed", on}, {"reason", "go"}}, at);
  }
  // The clear text of an intent's sealed part.
  Json clear(const Sent& intent) {
    const auto text = d.keys().open("acme", intent.data.at("sealed").get<std::string>());
    REQUIRE(text);
    return Json::parse(*text);
  }
  std::vector<Sent> tick(TimeMs at) {
    now = at;
    return d.tick(at);
  }

  StageDriver d;
  TimeMs now = 0;

 private:
  int requests_ = 0;
};

}  // namespace millrace::test
