// What Millrace's own producers make of a fact before it touches the log.
#include "node/front_door.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "keys/derived_keyring.h"
#include "node/fold_keyring.h"
#include "tests/unit/stage_driver.h"
#include "topology/harvest/fold.h"

using namespace millrace;
using test::How;
using test::Sent;
using Json = nlohmann::json;

namespace {

constexpr TimeMs kNow = 1'767'225'600'000;

std::string fact(const std::string& type, const Json& data, const std::string& id) {
  return Json{{"specversion", "1.0"}, {"id", id}, {"source", "web"}, {"type", type}, {"tenant", "acme"}, {"data", data},
              {"time", "2026-01-01T00:00:00Z"}}.dump();
}

std::string admitted(const std::string& json, Keyring& keys) {
  node::Admitted out;
  REQUIRE(node::admit(json, false, kNow, true, keys, out) == "");
  CHECK(out.key == "acme");
  CHECK(out.event_ms == kNow);
  return out.value;
}

const Json kPerson = {{"lead_source", "csv"}, {"external_id", "csv:77"}, {"email", "Ann.Muster@Example.org"}, {"phone", "+1 (415) 555-0132"},
                      {"linkedin_url", "https://www.linkedin.com/in/ann-muster"}, {"first_name", "Ann"}, {"last_name", "Muster"}, {"company", "Acme"},
                      {"website", "https://acme.example.org"}, {"ip", "203.0.113.9"}, {"user_agent", "Mozilla/5.0"}, {"measure_consent", true},
                      {"utm", {{"source", "news"}, {"medium", "email"}}}};

// The facts of a lead's life, in clear.
std::vector<std::pair<std::string, Json>> story() {
  return {{"lead.captured", kPerson},
          {"lead.enriched", {{"email", "ann.muster@example.org"}, {"enrichment", {{"industry", "software"}, {"company_size", "medium"}}}}},
          {"lead.updated", {{"email", "ann.muster@example.org"}, {"set", {{"phone", "+14155550199"}, {"role", "CEO"}}}}},
          {"crm.stage_changed",
           {{"deal_id", "sim:1"}, {"stage_to", "closed_won"}, {"amount_cents", 500}, {"email", "ann.muster@example.org"}, {"ip", "203.0.113.9"}}},
          {"ad.click", {{"clicked_ms", kNow}, {"click_ids", {{"gclid", "g1"}}}, {"ip", "203.0.113.9"}, {"user_agent", "Mozilla/5.0"},
                        {"measure_consent", true}}},
          {"consent.changed", {{"email", "ann.muster@example.org"}, {"consent", "DNC"}}}};
}

std::vector<Sent> folded(bool sealed) {
  test::StageDriver driver("harvest", topics::crm_events, harvest::make_fold);
  driver.tick(kNow);
  std::vector<Sent> out;
  int n = 0;
  for (const auto& [type, data] : story()) {
    std::string json = fact(type, data, "f" + std::to_string(n++));
    if (sealed) json = admitted(json, driver.keys());
    for (Sent& each : driver.send_raw(json, How{.at_ms = kNow})) out.push_back(std::move(each));
    CHECK_MESSAGE(driver.last_verdict().kind == Verdict::Kind::handled, type);
  }
  return out;
}

}  // namespace

TEST_SUITE("node/front_door") {
  TEST_CASE("SF-4: no personal value stands in the bytes of an admitted fact") {
    DerivedKeyring keys("test");
    int n = 0;
    for (const auto& [type, data] : story()) {
      const std::string bytes = admitted(fact(type, data, "f" + std::to_string(n++)), keys);
      for (const char* secret : {"uster@", "555-0132", "5550199", "ann-muster", "\"Ann\"", "Muster", "203.0.113.9", "Mozilla", "acme.example.org"})
        CHECK_MESSAGE(bytes.find(secret) == std::string::npos, type << " tells " << secret);
    }
    const std::string reply = admitted(fact("engagement.replied",
                                            {{"lead_id", "ld_1"}, {"subject", "Re: offer"}, {"body", "call me, Ann"}, {"headers", {{"in_reply_to", "<m1@x>"}}}},
                                            "r1"),
                                       keys);
    for (const char* secret : {"offer", "call me", "m1@x"}) CHECK(reply.find(secret) == std::string::npos);
    const Json data = Json::parse(reply).at("data");
    const auto clear = keys.open("acme", data.at("sealed").get<std::string>());
    REQUIRE(clear);
    CHECK(Json::parse(*clear) == Json{{"body", "call me, Ann"}, {"in_reply_to", "<m1@x>"}, {"subject", "Re: offer"}});
  }

  TEST_CASE("SF-4: a sealed fact leads to the same outputs as the fact in clear") {
    const auto clear = folded(false), sealed = folded(true);
    REQUIRE(clear.size() == sealed.size());
    for (std::size_t i = 0; i < clear.size(); ++i) {
      CHECK(clear[i].type == sealed[i].type);
      CHECK(clear[i].key == sealed[i].key);
      CHECK_MESSAGE(clear[i].data == sealed[i].data, clear[i].type << "\n" << clear[i].data.dump() << "\n" << sealed[i].data.dump());
    }
  }

  TEST_CASE("the same fact is sealed to the same bytes, so that a repeat is found") {
    DerivedKeyring keys("test");
    const std::string json = fact("lead.captured", kPerson, "f1");
    CHECK(admitted(json, keys) == admitted(json, keys));
  }

  TEST_CASE("SF-7: a lead_id that a client made up does not reach the keys of folds") {
    DerivedKeyring keys("test");
    node::FoldKeyring folds(keys);
    const std::string parked = "s1." + folds.key_for("acme", "parked", "r1").name + ".";
    const std::string reply = admitted(fact("engagement.replied", {{"lead_id", "fold/parked"}, {"body", "call me"}}, "f1"), keys);
    const std::string sealed = Json::parse(reply).at("data").at("sealed");
    CHECK_MESSAGE(!sealed.starts_with(parked), sealed);
  }

  TEST_CASE("SF-5: what has nothing personal, or came sealed, passes as it is") {
    DerivedKeyring keys("test");
    const std::string plain = fact("crm.deal_updated", {{"deal_id", "sim:1"}, {"amount_cents", 5}}, "d1");
    CHECK(admitted(plain, keys) == Json::parse(plain).dump());
    const std::string sealed = admitted(fact("lead.captured", kPerson, "f1"), keys);
    CHECK(admitted(sealed, keys) == sealed);
  }

  TEST_CASE("SF-5: the name of a pull is nobody's, and stays for harvest to read") {
    DerivedKeyring keys("test");
    const std::string pull = fact("pull.advanced", {{"name", "hubspot"}, {"cursor", "7"}}, "p1");
    CHECK(admitted(pull, keys) == Json::parse(pull).dump());
  }

  TEST_CASE("SF-6: a number without its country has no token; an address of a role has one of its own kind") {
    DerivedKeyring keys("test");
    const auto tokens = [&](const Json& data) {
      return Json::parse(admitted(fact("lead.captured", data, "t"), keys)).at("data").value("tokens", Json::object());
    };
    CHECK(tokens({{"lead_source", "csv"}, {"phone", "(415) 555-0132"}}).empty());
    CHECK(tokens({{"lead_source", "csv"}, {"phone", "+14155550132"}}).contains("phone"));
    CHECK(tokens({{"lead_source", "csv"}, {"email", "info@example.org"}}).contains("role_email"));
  }

  TEST_CASE("FD-3: a bad record that is taken nevertheless is sealed as a whole, and harvest refuses it with its reason") {
    for (const auto& [bad, reason] : std::vector<std::pair<std::string, std::string>>{
             {R"({"broken": "ann.muster@example.org")", "bad_json"},
             {fact("lead.captured", {{"email", "ann.muster@example.org"}}, "t1"), "missing_field:lead_source"},
             {fact("lead.guessed", kPerson, "t2"), "unknown_type"},
             {"\xff\xfe ann.muster@example.org", "bad_json"},
             {"{\"email\":\"" + std::string(70'000, 'a') + "@example.org\"}", "record_too_large"}}) {
      test::StageDriver driver("harvest", topics::crm_events, harvest::make_fold);
      driver.tick(kNow);
      node::Admitted out;
      CHECK(node::admit(bad, false, kNow, true, driver.keys(), out) == reason);
      REQUIRE(node::admit(bad, true, kNow, true, driver.keys(), out) == "");
      CHECK(out.value.starts_with("s1."));
      CHECK(out.value.find("example.org") == std::string::npos);
      CHECK(node::opened_whole(out.value, driver.keys()) == bad);
      CHECK(driver.send_raw(out.value, How{.at_ms = kNow}).empty());
      CHECK(driver.last_verdict().kind == Verdict::Kind::dead_letter);
      CHECK(driver.last_verdict().reason == reason);
    }
  }

  TEST_CASE("FD-3: sealed text that somebody made up is a broken record like another") {
    test::StageDriver driver("harvest", topics::crm_events, harvest::make_fold);
    driver.tick(kNow);
    driver.send_raw("s1.namespace.000000000000.AAAA", How{.at_ms = kNow});
    CHECK(driver.last_verdict().reason == "bad_json");
  }

  TEST_CASE("FD-2: what has a door of its own is refused here") {
    DerivedKeyring keys("test");
    node::Admitted out;
    CHECK(node::admit(fact("operator.suppress", {{"request_id", "r"}, {"actor", "a"}}, "o1"), true, kNow, true, keys, out) == "forbidden");
    CHECK(node::admit(fact("job.queued", {{"job_id", "j"}, {"type", "t"}}, "o2"), false, kNow, true, keys, out) == "forbidden");
  }
}
