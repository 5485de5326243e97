#include <doctest/doctest.h>

#include "topology/outreach/address.h"
#include "topology/outreach/campaign.h"
#include "topology/outreach/country.h"
#include "topology/outreach/linkedin.h"
#include "topology/outreach/policy.h"

using namespace millrace;
using namespace millrace::outreach;

namespace {
const std::map<std::string, std::string> kZones = {
    {"Europe/Berlin", "DE"}, {"Europe/Paris", "FR"}, {"America/Toronto", "CA"}, {"America/New_York", "US"}};
std::string country(std::string_view location, std::string_view zone = "", std::string_view email = "") {
  const OutreachPolicy policy;
  return country_of(location, zone, top_level_domain(email), kZones, default_country_names(), policy.generic_cc).value_or("");
}
constexpr DurationMs kWait = 7 * kDayMs;
using Do = LinkedinStep::Action;
}  // namespace

TEST_SUITE("topology/outreach") {
  TEST_CASE("a LinkedIn message waits for its connection, seven days from the request") {
    CHECK(linkedin_step("connected", {}, {}, 0, kWait).action == Do::message);
    CHECK(linkedin_step("declined", 0, 0, 0, kWait).action == Do::not_connected);
    CHECK(linkedin_step("", {}, 0, 0, kWait).action == Do::connect);
    CHECK(linkedin_step("none", {}, 0, 0, kWait).action == Do::connect);
    CHECK(linkedin_step("none", 100, 0, 100, kWait).until_ms == 100 + kWait);
    CHECK(linkedin_step("requested", 100, 0, 99 + kWait, kWait).action == Do::wait);
    CHECK(linkedin_step("requested", 100, 0, 100 + kWait, kWait).action == Do::not_connected);
    CHECK(linkedin_step("requested", {}, 50, 60, kWait).until_ms == 50 + kWait);
  }

  TEST_CASE("CY-1: zone before location before domain") {
    CHECK(country("Boston", "Europe/Berlin") == "DE");
    CHECK(country("Lyon, FR", "Mars/Olympus", "a@x.de") == "FR");
    CHECK(country("", "", "a@x.co.uk") == "GB");
    CHECK(country("", "", "a@x.io").empty());
    CHECK(country("", "", "a@x.com").empty());
    CHECK(country("", "", "a@x.ca") == "CA");
    CHECK(country("Graz, Österreich") == "AT");
    CHECK(country("ÖSTERREICH") == "AT");
    CHECK(country("Zürich, Schweiz ") == "CH");
  }

  TEST_CASE("two letters that may be a US state are a country only alone or after two other parts") {
    CHECK(country("Wilmington, DE").empty());
    CHECK(country("DE") == "DE");
    CHECK(country("Berlin, Berlin, DE") == "DE");
    CHECK(country("Toronto, ON, CA") == "CA");
    CHECK(country("Los Angeles, CA").empty());
    CHECK(country("Toronto, ON", "", "a@x.ca") == "CA");  // ON is no country, so the domain may speak
    CHECK(country("Wilmington, DE", "", "ann@x.de") == "DE");
  }

  TEST_CASE("CA-1: a name is held once, whatever its case, and an id is never given twice") {
    std::map<std::string, std::string> names;  // id -> name
    const auto define = [&](std::string_view id, std::string_view name) {
      const auto verdict = judge_campaign(
          "acme", id, name, [&](std::string_view each) { return names.contains(std::string(each)); },
          [&](const std::string& key) {
            for (const auto& [held, by] : names)
              if (by == key) return held;
            return std::string();
          });
      if (verdict.error.empty()) names[verdict.campaign_id] = campaign_name_key(name);
      return verdict.error.empty() ? verdict.campaign_id : std::string(verdict.error);
    };
    const std::string spring = define("", "Spring");
    CHECK(spring == "cmp_4415071f7dc5");
    CHECK(define("", " SPRING ") == "name_taken");
    CHECK(define(spring, "Summer") == spring);
    CHECK(define("", "Spring") == "name_taken");  // its id is in use
    CHECK(define(spring, "Summer") == spring);
    CHECK(define("cmp_x", "Winter") == "unknown_campaign");
  }

  TEST_CASE("AD-1: an email that proved bad is no address") {
    LeadRow lead;
    CHECK_FALSE(has_address(lead, "email"));
    lead.profile.emplace();
    lead.profile->has = {"email", "phone"};
    lead.profile->tokens["email"] = "t1";
    CHECK(has_address(lead, "email"));
    CHECK(has_address(lead, "phone_task"));
    CHECK_FALSE(has_address(lead, "linkedin"));
    lead.bad_tokens = {"t1"};
    CHECK_FALSE(has_address(lead, "email"));
    lead.profile->tokens["email"] = "t2";
    CHECK(has_address(lead, "email"));
    lead.profile->email_verified = "bad";
    CHECK_FALSE(has_address(lead, "email"));
  }

  TEST_CASE("the policy adds names of countries and seeds sequences") {
    Policy policy;
    REQUIRE(Policy::parse("[outreach.country_names]\n\"Deutschland (West)\" = \"DE\"\n[sequence.quick]\ndays = [0, 1]\n", policy).empty());
    const auto& settings = policy.of<OutreachPolicy>("acme");
    CHECK(settings.country_names.at("deutschland (west)") == "DE");
    CHECK(settings.country_names.at("germany") == "DE");
    CHECK(settings.sequences.at("quick") == std::vector<std::int64_t>{0, 1});
    CHECK(settings.sequences.at("aggressive_close").size() == 3);
  }
}
