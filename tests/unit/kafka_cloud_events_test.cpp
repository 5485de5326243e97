#include "log/kafka/cloud_events.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "topology/harvest/envelope.h"

namespace millrace::log::kafka {
namespace {

using Header = std::pair<std::string_view, std::string_view>;
using Value = std::optional<std::string_view>;

bool is_binary(std::vector<Header> headers) {
  BinaryEvent event;
  for (const auto& [name, value] : headers) event.take(name, value);
  return event.is_binary();
}
std::string text_of(std::vector<Header> headers, Value value) {
  BinaryEvent event;
  for (const auto& [name, v] : headers) event.take(name, v);
  REQUIRE(event.is_binary());
  std::string out;
  event.append_text(value, out);
  return out;
}
// The verdict of the front door on a binary event.
std::string reason_of(std::string_view text) {
  wire::StrictJson json;
  harvest::Envelope envelope;
  harvest::Door door;
  door.append_ms = 4'000'000'000'000;
  return harvest::check_envelope(json, text, door, envelope);
}

const std::vector<Header> kLead = {{"ce_specversion", "1.0"}, {"ce_id", "e1"}, {"ce_source", "web/form"},
                                   {"ce_type", "lead.captured"}, {"ce_time", "2026-01-31T09:30:00Z"},
                                   {"ce_tenant", "acme"}, {"content-type", "application/json"}};
constexpr std::string_view kData = R"({"email":"ann@example.com","lead_source":"csv"})";

std::vector<Header> lead_and(std::vector<Header> more) {
  std::vector<Header> all = kLead;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("log/kafka cloud events");

TEST_CASE("the mode follows from content-type and ce_ headers") {
  CHECK_FALSE(is_binary({}));
  CHECK_FALSE(is_binary({{"x-millrace-chain", "1 - -"}, {"traceparent", "00"}}));
  CHECK_FALSE(is_binary({{"content-type", "application/cloudevents+json"}}));
  CHECK_FALSE(is_binary({{"content-type", "Application/CloudEvents+JSON; charset=utf-8"}}));
  CHECK_FALSE(is_binary({{"content-type", "APPLICATION/CLOUDEVENTS"}, {"ce_id", "e1"}}));
  CHECK(is_binary({{"content-type", "application/json"}}));
  CHECK(is_binary({{"content-type", ""}}));
  CHECK(is_binary({{"content-type", "application/cloudevent"}}));
  CHECK(is_binary({{"ce_id", "e1"}}));
  CHECK(is_binary(kLead));
}

TEST_CASE("CE-1: a binary event becomes the structured text, in order, and passes the front door") {
  const std::string text = text_of(kLead, kData);
  CHECK(text ==
        R"({"data":{"email":"ann@example.com","lead_source":"csv"},"id":"e1","source":"web/form","specversion":"1.0",)"
        R"("tenant":"acme","time":"2026-01-31T09:30:00Z","type":"lead.captured"})");
  CHECK(reason_of(text).empty());
  std::vector<Header> reversed(kLead.rbegin(), kLead.rend());
  CHECK(text_of(reversed, kData) == text);
}

TEST_CASE("subject, schema, sig and extensions are attributes too; schema is a number") {
  CHECK(text_of({{"ce_subject", "a\"b"}, {"ce_schema", "2"}, {"ce_sig", "00ff"}, {"ce_abc", "x"}}, "1") ==
        R"({"abc":"x","data":1,"schema":2,"sig":"00ff","subject":"a\"b"})");
  CHECK(reason_of(text_of(lead_and({{"ce_schema", "2"}}), kData)) == "newer_schema");
  for (const char* bad : {"", "01", "-1", "1.0", "one", "99999999999999999999"}) {
    CAPTURE(bad);
    CHECK(reason_of(text_of(lead_and({{"ce_schema", bad}}), kData)) == "bad_schema");
  }
}

TEST_CASE("CE-2: a value that is no JSON is bad_json, a null value is missing_data") {
  for (const std::string_view bad :
       {"", " ", "ann", "{", "}", "{]", "[1,", "\"open", "\"open\\", "1 2", "{\"a\":1}}", "{}{}", "nul", "{\"a\"}", "'a'"}) {
    CAPTURE(bad);
    CHECK(reason_of(text_of(kLead, bad)) == "bad_json");
  }
  CHECK(reason_of(text_of(kLead, std::nullopt)) == "missing_data");
  CHECK(reason_of(text_of(kLead, "null")) == "missing_data");
  CHECK(reason_of(text_of(kLead, "[1]")) == "bad_data");
  CHECK(reason_of(text_of(kLead, "[]")) == "missing_data");
  CHECK(reason_of("") == "missing_data");  // the null value of a structured record
}

TEST_CASE("CE-2: what is missing, repeated or broken among the attributes has the reason of the front door") {
  CHECK(reason_of(text_of({{"content-type", "application/json"}}, kData)) == "missing_id");
  CHECK(reason_of(text_of({{"ce_id", "e1"}}, std::nullopt)) == "missing_source");
  CHECK(reason_of(text_of(lead_and({{"ce_id", "e2"}}), kData)) == "duplicate_key");
  CHECK(reason_of(text_of(lead_and({{"ce_subject", "\xff"}}), kData)) == "bad_utf8");
  CHECK(reason_of(text_of(lead_and({{"ce_specversion", "1.0"}}), kData)) == "duplicate_key");
}

TEST_CASE("CE-3: no value and no header can add or replace an attribute") {
  const std::vector<Header> without_tenant(kLead.begin(), kLead.end() - 2);
  CHECK(reason_of(text_of(without_tenant, R"({"lead_source":"csv"},"tenant":"acme")")) == "bad_json");
  CHECK(reason_of(text_of(without_tenant, R"({"lead_source":"csv"}],"tenant":["acme")")) == "bad_json");
  CHECK(reason_of(text_of(without_tenant, R"("x","tenant":"acme")")) == "bad_json");
  CHECK(reason_of(text_of(without_tenant, R"("a\",\"tenant\":\"acme")")) == "missing_tenant");
  CHECK(reason_of(text_of(lead_and({{"ce_data", "x"}, {"ce_", "x"}, {"ce_BAD", "x"}, {"ce_a\"b", "x"}}), kData)).empty());
}

TEST_CASE("the binding's own conformance scenario in binary mode gives its attributes and data") {
  const auto json = nlohmann::json::parse(text_of({{"ce_specversion", "1.0"},
                                                   {"ce_id", "1234-1234-1234"},
                                                   {"ce_type", "com.example.someevent"},
                                                   {"ce_source", "/mycontext/subcontext"},
                                                   {"ce_time", "2018-04-05T03:56:24Z"},
                                                   {"content-type", "application/json"}},
                                                  R"({"message": "Hello World!"})"));
  CHECK(json["id"] == "1234-1234-1234");
  CHECK(json["type"] == "com.example.someevent");
  CHECK(json["source"] == "/mycontext/subcontext");
  CHECK(json["time"] == "2018-04-05T03:56:24Z");
  CHECK(json["data"]["message"] == "Hello World!");
}

TEST_SUITE_END();

}  // namespace millrace::log::kafka
