// What other systems send, and the facts that it becomes: what the conformance cases leave open.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "topology/gateway/hubspot.h"
#include "topology/gateway/inbound.h"
#include "topology/gateway/provider.h"
#include "topology/gateway/segment.h"
#include "topology/harvest/envelope.h"

using namespace millrace;
using namespace millrace::gateway;
using Json = nlohmann::json;

namespace {

Value value(const Json& json) { return *Value::parse(json.dump()); }

// The front door takes what was made.
void check_door(const Fact& fact) {
  wire::StrictJson reader;
  REQUIRE(reader.read(fact.data) == wire::StrictProblem::none);
  const harvest::TypeSpec* type = harvest::front_type(fact.type);
  REQUIRE_MESSAGE(type, fact.type);
  CHECK_MESSAGE(harvest::check_data(reader, reader.root(), *type) == "", fact.type << " " << fact.data);
}

Mapped hubspot(Json event) {
  const Json of_every_event = {{"eventId", 1}, {"subscriptionId", 9}, {"portalId", 7}, {"occurredAt", 1000}};
  for (const auto& [name, of_all] : of_every_event.items())
    if (!event.contains(name)) event[name] = of_all;
  const Mapped mapped = hubspot_fact(value(event), {{"7", "acme"}}, default_hubspot_fields(), harvest::default_stage_aliases());
  if (mapped.fact) check_door(*mapped.fact);
  return mapped;
}
Json data_of(const Mapped& mapped) {
  REQUIRE(mapped.fact);
  return Json::parse(mapped.fact->data);
}
Json property(const char* of, const char* name, const Json& given) {
  return {{"subscriptionType", of}, {"objectId", 5}, {"propertyName", name}, {"propertyValue", given}};
}

Mapped mail(const char* provider, const Json& event) {
  const Mapped mapped = provider_fact(provider, value(event));
  if (mapped.fact) check_door(*mapped.fact);
  return mapped;
}

}  // namespace

TEST_SUITE("topology/gateway") {
  TEST_CASE("HS-2: a contact's property is typed as the front door wants it; what does not fit is ignored") {
    CHECK(data_of(hubspot(property("contact.propertyChange", "firstname", "Ann"))) ==
          Json{{"external_id", "hs:5"}, {"occurred_ms", 1000}, {"set", {{"first_name", "Ann"}}}});
    CHECK(data_of(hubspot(property("contact.propertyChange", "annualrevenue", "1,000.5"))).at("set") == Json{{"annual_revenue_cents", 100050}});
    CHECK(data_of(hubspot(property("contact.propertyChange", "numberofemployees", "12"))).at("set") == Json{{"employee_count", 12}});
    CHECK(data_of(hubspot(property("contact.propertyChange", "tags", "vip; web"))).at("set") == Json{{"tags", {"vip", "web"}}});
    CHECK(data_of(hubspot(property("contact.propertyChange", "crm_tool", "SAP"))).at("set") == Json{{"crm_tool", "SAP"}});
    CHECK(hubspot(property("contact.propertyChange", "annualrevenue", "-5")).ignored());
    CHECK(hubspot(property("contact.propertyChange", "email_verified", "maybe")).ignored());
    CHECK(hubspot(property("contact.propertyChange", "hs_email_optout", "false")).ignored());
    CHECK(hubspot(property("contact.propertyChange", "firstname", nullptr)).ignored());
  }

  TEST_CASE("deals of HubSpot: an amount may be negative, what is no money or no currency is ignored") {
    CHECK(data_of(hubspot(property("deal.propertyChange", "amount", "-12.5"))).at("amount_cents") == -1250);
    CHECK(data_of(hubspot(property("deal.propertyChange", "deal_currency_code", "EUR"))) ==
          Json{{"currency", "EUR"}, {"deal_id", "hs:5"}, {"occurred_ms", 1000}});
    for (const char* amount : {"much", "", "1.234", "1,00"}) CHECK(hubspot(property("deal.propertyChange", "amount", amount)).ignored());
    CHECK(hubspot(property("deal.propertyChange", "deal_currency_code", "euro")).ignored());
    CHECK(hubspot(property("deal.propertyChange", "dealname", "x")).ignored());
    CHECK(hubspot(property("deal.propertyChange", "dealstage", "")).ignored());
    CHECK(hubspot({{"subscriptionType", "deal.associationChange"}, {"associationType", "DEAL_TO_COMPANY"}, {"fromObjectId", 1}, {"toObjectId", 2}}).ignored());
  }

  TEST_CASE("a contact made and contacts merged") {
    CHECK(data_of(hubspot({{"subscriptionType", "contact.creation"}, {"objectId", 5}})) ==
          Json{{"external_id", "hs:5"}, {"lead_source", "hubspot"}, {"occurred_ms", 1000}});
    CHECK(data_of(hubspot({{"subscriptionType", "contact.merge"}, {"objectId", 5}, {"primaryObjectId", 5}, {"mergedObjectIds", {6, 7}}})) ==
          Json{{"external_id", "hs:5"}, {"merge_external_ids", {"hs:6", "hs:7"}}, {"occurred_ms", 1000}});
    CHECK(hubspot({{"subscriptionType", "contact.creation"}, {"objectId", 5}, {"portalId", 8}}).refused == "unknown_tenant");
  }

  TEST_CASE("HS-3: a signature is refused without a secret, when it is stale, and when a byte differs") {
    HubspotRequest request{"s", "POST", "https://x.com/h", "{}", "v1", "", {}};
    const std::string good = "1afcd520ffb1d2b4ecc4ee8fcb23b7d3ab3a20c14f9ab0e03cdc4c1a4cc8e7c9";
    request.signature = good;
    CHECK(check_hubspot_signature(request, 0) == "bad_signature");  // not of this secret and body
    request.secret = "";
    CHECK(check_hubspot_signature(request, 0) == "no_secret");
    request.secret = "s";
    request.version = "v3";
    CHECK(check_hubspot_signature(request, 0) == "bad_signature");  // no timestamp
    request.timestamp_ms = 1'000'000;
    CHECK(check_hubspot_signature(request, 1'300'001) == "stale_timestamp");
    CHECK(check_hubspot_signature(request, 699'999) == "stale_timestamp");
    CHECK(check_hubspot_signature(request, 1'300'000) == "bad_signature");
    request.version = "v4";
    CHECK(check_hubspot_signature(request, 1'000'000) == "bad_signature");
  }

  TEST_CASE("SE-1: a message without ids, or that tells nothing, is ignored; a batch is unpacked") {
    const auto segment = [](const Json& message) {
      const Mapped mapped = segment_fact(value(message), "acme", 77);
      if (mapped.fact) check_door(*mapped.fact);
      return mapped;
    };
    CHECK(segment({{"type", "identify"}, {"messageId", "m"}}).ignored());
    CHECK(segment({{"type", "track"}, {"messageId", "m"}, {"userId", "u"}, {"properties", {{"url", "https://x.com/"}}}}).ignored());
    CHECK(segment({{"type", "screen"}, {"messageId", "m"}, {"userId", "u"}}).ignored());
    CHECK(data_of(segment({{"type", "identify"}, {"messageId", "m"}, {"userId", "u"},
                           {"traits", {{"firstName", "Ann"}, {"company", {{"name", "X"}}}, {"employees", "40"}, {"title", "CTO"}}}})) ==
          Json{{"company", "X"}, {"employee_count", 40}, {"external_ids", {"seg:u"}}, {"first_name", "Ann"}, {"lead_source", "segment"}, {"role", "CTO"}});
    CHECK(data_of(segment({{"type", "group"}, {"messageId", "m"}, {"userId", "u"}, {"traits", {{"name", "X"}, {"industry", "retail"}}}})) ==
          Json{{"enrichment", {{"company", "X"}, {"industry", "retail"}}}, {"external_ids", {"seg:u"}}});
    CHECK(data_of(segment({{"type", "alias"}, {"messageId", "m"}, {"userId", "u"}, {"previousId", "a"}})).at("merge_external_ids") ==
          Json{"seg:u", "seg_anon:a"});
    CHECK(data_of(segment({{"type", "track"}, {"messageId", "m"}, {"userId", "u"}, {"context", {{"page", {{"url", "https://x.com/?fbclid=F&utm_source=s"}}}}}})) ==
          Json{{"click_ids", {{"fbclid", "F"}}}, {"clicked_ms", 77}, {"external_ids", {"seg:u"}}, {"utm", {{"source", "s"}}}});
    const Value batch = value({{"batch", {{{"messageId", "a"}}, {{"messageId", "b"}}}}});
    CHECK(segment_messages(batch).size() == 2);
    CHECK(segment_messages(*segment_messages(batch)[0]).size() == 1);
  }

  TEST_CASE("PV-1 PV-2: what a provider tells, and what it keeps trying") {
    const Json ses = {{"messageId", "p1"}, {"destination", {"a@x.com"}}, {"tags", {{"millrace_message_id", {"msg_1"}}}}};
    CHECK(data_of(mail("ses", {{"eventType", "Bounce"}, {"mail", ses},
                               {"bounce", {{"bounceType", "Transient"}, {"feedbackId", "f1"}, {"bouncedRecipients", {{{"emailAddress", "b@x.com"}, {"status", "4.2.2"}}}}}}})) ==
          Json{{"dsn_status", "4.2.2"}, {"email", "b@x.com"}, {"message_id", "msg_1"}, {"permanent", false}, {"provider_message_id", "p1"}});
    CHECK(data_of(mail("ses", {{"eventType", "Rendering Failure"}, {"mail", ses}})).at("reason") == "content_rejected");
    CHECK(data_of(mail("ses", {{"eventType", "Click"}, {"mail", ses}, {"click", {{"link", "https://x.com"}}}})).at("url") == "https://x.com");
    CHECK(mail("ses", {{"eventType", "Click"}, {"mail", ses}}).ignored());
    CHECK(mail("ses", {{"eventType", "Send"}, {"mail", ses}}).ignored());
    CHECK(mail("ses", {{"notificationType", "Complaint"}, {"mail", ses}}).fact->type == "engagement.complained");
    CHECK(mail("ses", {{"eventType", "Subscription"}, {"mail", ses}}).fact->type == "engagement.unsubscribed");

    const auto sendgrid = [](Json event) {
      event["email"] = "a@x.com";
      event["sg_message_id"] = "p2.f";
      return mail("sendgrid", event);
    };
    CHECK(data_of(sendgrid({{"event", "bounce"}, {"type", "blocked"}})).at("permanent") == false);
    CHECK(data_of(sendgrid({{"event", "dropped"}})).at("reason") == "address_suppressed");
    CHECK(data_of(sendgrid({{"event", "delivered"}, {"millrace_message_id", "msg_2"}})).at("message_id") == "msg_2");
    CHECK_FALSE(data_of(sendgrid({{"event", "open"}})).contains("machine"));
    CHECK(sendgrid({{"event", "group_unsubscribe"}}).fact->type == "engagement.unsubscribed");
    CHECK(sendgrid({{"event", "spamreport"}}).fact->type == "engagement.complained");
    CHECK(sendgrid({{"event", "processed"}}).ignored());

    const auto mailgun = [](Json event) {
      event["recipient"] = "a@x.com";
      event["message"] = {{"headers", {{"message-id", "p3"}}}};
      return mail("mailgun", {{"event-data", event}});
    };
    CHECK(mailgun({{"event", "failed"}, {"severity", "temporary"}}).ignored());
    CHECK(data_of(mailgun({{"event", "rejected"}})).at("reason") == "content_rejected");
    CHECK(mailgun({{"event", "accepted"}}).ignored());
    CHECK(mailgun({{"event", "opened"}}).fact->type == "engagement.opened");

    const Json postmark = {{"MessageID", "p4"}, {"Recipient", "a@x.com"}, {"Metadata", {{"millrace_message_id", "msg_4"}}}};
    const auto with = [&](Json more) {
      more.update(postmark);
      return mail("postmark", more);
    };
    CHECK(data_of(with({{"RecordType", "Bounce"}, {"Type", "BadEmailAddress"}})).at("permanent") == true);
    CHECK(with({{"RecordType", "SubscriptionChange"}, {"SuppressSending", false}}).ignored());
    CHECK(data_of(with({{"RecordType", "Click"}, {"OriginalLink", "https://x.com"}})).at("message_id") == "msg_4");
    CHECK(mail("pigeon", {{"event", "delivered"}}).ignored());
  }

  TEST_CASE("IN-1 IN-2: fields by path, constants, and an id from the content when there is none") {
    InboundConfig config;
    config.tenant = "acme";
    config.type = "lead.enriched";
    config.map = {{"external_id", "=x:1"}, {"enrichment.industry", "about.0.field"}, {"enrichment.employee_count", "about.0.staff"},
                  {"enrichment.annual_revenue_cents", "about.0.money"}, {"final", "done"}, {"email", "nowhere"}};
    const Json item = {{"about", {{{"field", "retail"}, {"staff", 7}, {"money", 12.5}}}}, {"done", "False"}};
    const Mapped mapped = inbound_fact(value(item), "hook", config, 9);
    CHECK(data_of(mapped) == Json{{"enrichment", {{"annual_revenue_cents", 1250}, {"employee_count", 7}, {"industry", "retail"}}},
                                  {"external_id", "x:1"}, {"final", false}});
    check_door(*mapped.fact);
    CHECK(mapped.fact->time_ms == 9);
    CHECK(mapped.fact->id.size() == std::string("hook:").size() + 32);
    CHECK(inbound_fact(value(item), "hook", config, 10).fact->id == mapped.fact->id);
    config.type = "lead.deleted";
    CHECK(inbound_fact(value(item), "hook", config, 9).refused == "unknown_type");
    for (const char* closed : {"operator.kill_switch", "control.tick", "job.queued", "alert.raised", "key.destroyed"}) {
      config.type = closed;
      CHECK(inbound_fact(value(item), "hook", config, 9).refused == "forbidden");
    }

    config.items = "rows";
    CHECK(inbound_items(value({{"rows", {1, 2, 3}}}), config).size() == 3);
    CHECK(inbound_items(value({{"rows", {{"a", 1}}}}), config).size() == 1);
    CHECK(inbound_items(value(Json::object()), config).empty());
  }

  TEST_CASE("DO-1 DO-2: a path that does not fit gives nothing; numbers keep their digits") {
    const Value v = value({{"a", {{{"b", 1}}, "x"}}, {"n", 1500.5}, {"d.e", true}});
    CHECK(v.at("a.0.b").integer() == 1);
    CHECK(v.at("a.1").text() == "x");
    for (const char* path : {"a.2", "a.-1", "a.0.b.c", "a.x", "z", "n.0"}) CHECK_FALSE(v.at(path).known());
    CHECK(v.at("n").text() == "1500.5");
    CHECK_FALSE(v.at("n").integer());
    CHECK(v.member("d.e").is_true());
    CHECK_FALSE(Value::parse("{\"a\":1,\"a\":2}"));
    CHECK_FALSE(Value::parse("{"));
  }
}
