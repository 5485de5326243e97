// A dispatch stage with a campaign, a template and a sender, and short ways to say what happens to it.
//
//   Desk desk;                                   // Monday 2026-01-05, 10:00 UTC
//   auto out = desk.intend("m1");                // a mail to lead l1
//   CHECK(desk.result(out) == "COMMANDED");
#pragma once

#include "tests/unit/stage_driver.h"
#include "topology/dispatch/fold.h"

namespace millrace::test {

inline constexpr TimeMs kMonday10 = 1'767'607'200'000;

// An intent; what is not said is a mail to lead l1 that may go.
struct Ask {
  std::string lead = "l1", channel = "email", sequence = "nurture", step = "1", priority = "medium";
  std::string consent = "CONSENTED", country = {}, domain = "acme.com", to = "ann@acme.com", timezone = {};
  std::string campaign = "-";  // "-": the desk's own
  std::int64_t attempt = 1;
  bool from_operator = false, dry_run = false;
  std::vector<std::string> tags = {};
  std::string template_id = "t1";
};

struct Desk {
  explicit Desk(TimeMs at = kMonday10) : now(at) {
    d.tick(at - 1000);
    d.send("operator.campaign_defined", op({{"name", "Spring"}, {"max_per_day", 1000}}), {.at_ms = at - 1000});
    campaign = hid("cmp_", 12, {"acme", "spring"});
    for (const char* channel : {"email", "linkedin", "contact_form"})
      d.send("operator.template_defined",
             op({{"template_id", std::string(channel) == "email" ? "t1" : channel}, {"version", 1}, {"channel", channel},
                 {"subject", "Hi {{first_name}}"},
                 {"body", std::string(channel) == "email" ? "{{company}} and {{sender_company}} {{postal_address}} {{unsubscribe_url}}"
                                                          : "Hello {{first_name}}"}}));
    sender("s1");
  }

  // The fields that every operator.* record has.
  Json op(Json data) {
    data["request_id"] = "rq-" + std::to_string(++requests);
    data["actor"] = "ann";
    return data;
  }
  void sender(const std::string& id, const std::string& channel = "email", Json more = {}) {
    Json data = {{"sender_id", id}, {"channel", channel}, {"address", id + "@us.com"}, {"company", "Us"}, {"postal_address", "1 Road"}};
    if (more.is_object()) data.update(more);
    d.send("operator.sender_defined", op(data), {.at_ms = now});
  }
  // Live from here on.
  void arm(const std::string& channel = "email") {
    d.send("operator.channel_config", op({{"channel", channel}, {"settings", {{"provider", "smtp"}}}}), {.at_ms = now});
    d.send("operator.connector_armed", op({{"connector", channel}, {"tenant", "acme"}, {"armed", true}, {"reason", "go"}}), {.at_ms = now});
    d.tick(now);
  }

  std::string token(const std::string& kind, const std::string& value) { return d.keys().token("acme", kind, value); }
  Json intent(const std::string& message, const Ask& a) {
    const SealingKey key = d.keys().key_for("acme", a.lead, "0123456789abcdef0123456789abcdef");
    std::string sealed;
    const Json personal = {{"to", a.to}, {"variables", {{"first_name", "Ann"}, {"company", "Acme"}, {"subject", "Your question"}, {"body", "An answer."}}}};
    d.keys().seal(key, message, "message.intent", personal.dump(), sealed);
    Json data = {{"message_id", message}, {"attempt", a.attempt},   {"lead_id", a.lead},   {"sequence", a.sequence},
                 {"step", a.step},        {"channel", a.channel},   {"consent", a.consent}, {"priority", a.priority},
                 {"operator", a.from_operator}, {"dry_run", a.dry_run}, {"tags", a.tags},   {"sealed", sealed},
                 {"address_token", token("address", a.to)}};
    if (a.channel == "email") data["domain_token"] = token("domain", a.domain);
    if (a.channel == "contact_form") data["url_token"] = token("url", a.to);
    if (!a.country.empty()) data["country"] = a.country;
    if (!a.timezone.empty()) data["timezone"] = a.timezone;
    if (!a.from_operator && a.sequence != "task") {
      data["template_id"] = a.channel == "email" ? a.template_id : a.channel;
      data["template_version"] = 1;
    }
    if (a.campaign == "-") data["campaign_id"] = campaign;
    else if (!a.campaign.empty()) data["campaign_id"] = a.campaign;
    return data;
  }
  std::vector<Sent> intend(const std::string& message, const Ask& a = {}) {
    return d.send("message.intent", intent(message, a), {.at_ms = now});
  }
  // A fact about a message of l1.
  std::vector<Sent> fact(const std::string& type, const std::string& message, Json more = {}) {
    Json data = {{"message_id", message}, {"lead_id", "l1"}, {"attempt", 1}, {"channel", "email"}};
    if (more.is_object()) data.update(more);
    return d.send(type, data, {.at_ms = now});
  }
  std::vector<Sent> tick(TimeMs at) {
    now = at;
    return d.tick(at);
  }

  // "COMMANDED", "SKIPPED <reason>", "DROPPED duplicate"; "-" when nothing was answered.
  static std::string result(const std::vector<Sent>& out, const std::string& message = {}) {
    for (const Sent& each : out)
      if (each.type == "intent.result" && (message.empty() || each.data.at("message_id") == message))
        return each.data.at("result").get<std::string>() + (each.data.contains("reason") ? " " + each.data.at("reason").get<std::string>() : "");
    return "-";
  }
  // Messages that were commanded, in order.
  static std::vector<std::string> commanded(const std::vector<Sent>& out) {
    std::vector<std::string> ids;
    for (const Sent& each : out)
      if (each.topic == "outreach.commands" && each.type != "command.revoked") ids.push_back(each.data.at("message_id"));
    return ids;
  }
  static std::vector<std::string> alerts(const std::vector<Sent>& out) {
    std::vector<std::string> reasons;
    for (const Sent& each : out)
      if (each.type == "alert.raised") reasons.push_back(each.data.at("reason"));
    return reasons;
  }
  Json opened(const Sent& command) {
    const auto text = d.keys().open("acme", command.data.at("sealed").get<std::string>());
    REQUIRE(text);
    return Json::parse(*text);
  }

  StageDriver d{"dispatch", topics::outreach_intents, dispatch::make_fold};
  TimeMs now;
  std::string campaign;
  int requests = 0;
};

}  // namespace millrace::test
