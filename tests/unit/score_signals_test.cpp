#include <doctest/doctest.h>

#include "topology/score/custom_values.h"
#include "topology/score/policy.h"
#include "topology/score/signals.h"

using namespace millrace;
using namespace millrace::score;

TEST_SUITE("topology/score") {
  TEST_CASE("SI-1: a signal counts once, and only the six are signals") {
    const SignalSet s({"company_hiring", "company_hiring", "rich"});
    CHECK(s.count() == 1);
    CHECK(signals_bp(s, kSignalPoints, {}, {}) == 6000);
    CHECK(intent_bp(s) == 2000);
  }

  TEST_CASE("Signals and intent are capped at 10000, signals also from below") {
    const SignalSet all({"recent_job_change", "company_funded_recently", "company_hiring", "recent_activity",
                         "is_decision_maker", "has_budget_authority"});
    CHECK(signals_bp(all, kSignalPoints, {}, {}) == 10000);
    CHECK(intent_bp(all) == 10000);
    CustomField bad{CustomField::Type::boolean, {}, {}, {true}, -5000};
    CustomField worse = bad;
    CHECK(signals_bp(SignalSet{}, kSignalPoints, {{"a", true}, {"b", true}}, {{"a", bad}, {"b", worse}}) == 0);
  }

  TEST_CASE("SI-2: a custom field counts when its value is of its type and listed") {
    CustomField tool{CustomField::Type::text, {}, {}, {}, 1500};
    CHECK(tool.add_value("HubSpot"));
    CHECK(tool.holds(std::string(" hubspot")));
    CHECK_FALSE(tool.holds(std::int64_t{1}));
    CustomField seats{CustomField::Type::integer, {}, {}, {}, 500};
    CHECK(seats.add_value("10..99"));
    CHECK(seats.add_value("500"));
    CHECK_FALSE(seats.add_value("many"));
    CHECK_FALSE(seats.add_value("1.."));
    CHECK(seats.holds(std::int64_t{10}));
    CHECK(seats.holds(std::int64_t{99}));
    CHECK_FALSE(seats.holds(std::int64_t{100}));
    CHECK(seats.holds(std::int64_t{500}));
    CHECK_FALSE(seats.holds(std::string("50")));
  }

  TEST_CASE("Custom fields load from the policy, mixed lists and tenants' own entries too") {
    Policy policy;
    REQUIRE(Policy::parse(R"(
[custom.seats]
type = "integer"
icp_values = ["10..99", 500]
points = 500
[custom.churned]
type = "boolean"
icp_values = [true]
points = -5000
[tenant.acme.custom.seats]
points = 700
)", policy).empty());
    const auto& fields = policy.of<CustomFieldPolicy>("acme").fields;
    REQUIRE(fields.size() == 2);
    CHECK(fields.at("seats").points == 700);
    CHECK(fields.at("seats").holds(std::int64_t{500}));
    CHECK(fields.at("churned").points == -5000);
    CHECK(fields.at("churned").holds(true));
    CHECK(policy.of<CustomFieldPolicy>("other").fields.at("seats").points == 500);
  }

  TEST_CASE("custom{} of a record gives texts, integers and booleans, and nothing else") {
    const auto values = custom_values({R"({"a":"x \"y\" é","b":-12,"c":true,"d":null,"e":[1]})"});
    CHECK(values.size() == 3);
    CHECK(std::get<std::string>(values.at("a")) == "x \"y\" é");
    CHECK(std::get<std::int64_t>(values.at("b")) == -12);
    CHECK(std::get<bool>(values.at("c")));
    CHECK(custom_values({""}).empty());
    CHECK(custom_values({"{\"a\":"}).empty());
  }

  TEST_CASE("Confidence adds what is proven and takes off what is refuted") {
    CHECK(confidence_bp({}) == 5000);
    CHECK(confidence_bp({true, true, true, EmailVerified::ok}) == 9500);
    CHECK(confidence_bp({false, false, false, EmailVerified::bad}) == 3000);
  }
}
