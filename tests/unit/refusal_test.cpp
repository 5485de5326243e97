// The front door's refusals in words.
#include "topology/harvest/refusal.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace millrace;
using Json = nlohmann::json;

namespace {

constexpr TimeMs kNoon = 1'767'225'600'000;  // 2026-01-01

Json fact() {
  return {{"id", "e1"}, {"source", "web"}, {"type", "lead.captured"}, {"tenant", "acme"}, {"time", "2026-01-01T00:00:00Z"},
          {"data", {{"lead_source", "csv"}, {"email", "ann@example.com"}}}};
}

std::vector<std::string> reasons(const std::string& bytes) {
  wire::StrictJson json;
  harvest::Door door;
  door.append_ms = kNoon;
  return harvest::all_reasons(json, bytes, door);
}

std::string words(const std::string& bytes) {
  harvest::Door door;
  door.append_ms = kNoon;
  const auto all = reasons(bytes);
  REQUIRE(!all.empty());
  return harvest::refusal_in_words(all.front(), bytes, door);
}

std::string without(const char* name) {
  Json json = fact();
  json.erase(name);
  return json.dump();
}

std::string with(const char* name, const Json& value) {
  Json json = fact();
  json[name] = value;
  return json.dump();
}

std::string with_field(const char* name, const Json& value) {
  Json json = fact();
  json["data"][name] = value;
  return json.dump();
}

bool says(const std::string& text, const char* what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_SUITE("harvest/refusal") {
  TEST_CASE("all_reasons: a good fact has none") { CHECK(reasons(fact().dump()).empty()); }

  TEST_CASE("all_reasons: what is wrong beside the first reason is named too, in the order of the checks") {
    using List = std::vector<std::string>;
    CHECK(reasons(R"({"id":"","source":"web","type":"lead.captured","tenant":"Big Co","time":"yesterday","data":{"employee_count":"many","budget":1}})") ==
          List{"missing_id", "bad_tenant", "bad_time", "missing_field:lead_source", "bad_field:employee_count", "bad_field:budget"});
    CHECK(reasons(with("data", Json::object())) == List{"missing_data", "missing_field:lead_source"});
    CHECK(reasons(with("data", nullptr)) == List{"missing_data"});
    CHECK(reasons(with("data", Json::array())) == List{"missing_data"});
    CHECK(reasons(with("type", "lead.cptured")) == List{"unknown_type"});
    CHECK(reasons("{}") == List{"missing_id", "missing_source", "missing_type", "missing_time", "missing_tenant", "missing_data"});
    CHECK(reasons("") == List{"missing_data"});
    CHECK(reasons("{\"id\":1") == List{"bad_json"});
  }

  TEST_CASE("RW-1: every reason has a sentence that says what to do") {
    const std::string many[] = {
        "{", "\xff", R"({"a":1,"a":2})", without("id"), without("source"), without("type"), without("time"), without("tenant"), without("data"),
        with("specversion", "2.0"), with("schema", 0), with("schema", 2), with("id", 7), with("source", 7), with("type", 7), with("subject", 7),
        with("tenant", "Big Co"), with("time", "yesterday"), with("time", "2027-01-01T00:00:00Z"), with("type", "lead.cptured"), with("data", "text"),
        with_field("employee_count", "many"), with_field("consent", "yes"), with_field("lead_source", ""), with("id", std::string(70'000, 'x')),
        with("type", "operator.connector_armed"), with("type", "control.tick")};
    for (const std::string& bytes : many) {
      const std::string said = words(bytes);
      CHECK_MESSAGE(says(said, ": "), said);
    }
    CHECK(says(harvest::refusal_in_words("forbidden", with("type", "operator.approve"), {}), "own commands"));
    CHECK(says(harvest::refusal_in_words("unknown_tenant", fact().dump(), {}), "harvest.tenants"));
    for (const char* error : {"csv_bad_row", "csv_name_missing", "csv_deal_missing", "csv_bad_money", "csv_bad_number", "csv_bad_currency", "csv_bad_time",
                              "bad_time", "no_identifier", "bad_money:deal_value_cents", "bad_number:attempt"})
      CHECK_MESSAGE(says(harvest::row_error_in_words(error), ": "), error);
  }

  TEST_CASE("a sentence names what is needed and in which form") {
    CHECK(words(with_field("lead_source", "")) == "missing_field:lead_source: a lead.captured needs data.lead_source");
    CHECK(says(words(with_field("employee_count", "many")), "data.employee_count of a lead.captured is a whole number"));
    CHECK(says(words(with("type", "lead.cptured")), "did you mean lead.captured?"));
    CHECK(says(words(with("type", "engagement.seen")), "engagement.opened"));
    CHECK(says(words(with("type", "x.y")), "produce --help"));
    CHECK(says(words(with("type", "consent.changed")), "names its lead") == false);  // an email names it
    CHECK(says(words(with("time", "2026-01-01")), "not \"2026-01-01\""));
    CHECK(says(words(with("data", Json::object())), "also missing_field:lead_source"));
  }

  TEST_CASE("RW-2: no value of data is repeated") {
    Json json = fact();
    json["data"]["employee_count"] = "private words";
    json["data"]["budget"] = "ann@example.com";
    CHECK_FALSE(says(words(json.dump()), "private"));
    CHECK_FALSE(says(words(json.dump()), "ann@"));
  }
}
