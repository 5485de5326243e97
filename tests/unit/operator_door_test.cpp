// What becomes of an operator's record before it touches the log.
#include "node/operator_door.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "keys/derived_keyring.h"
#include "keys/key_seed.h"
#include "topology/wire/operator_sig.h"

using namespace millrace;
using Json = nlohmann::json;

namespace {

struct Door {
  OperatorSigner signer{seeded_operator("test")};
  DerivedKeyring keys{"test"};

  Json pass(const std::string& name, Json data) {
    data["request_id"] = "r1";
    data["actor"] = "robin";
    const Json record = {{"specversion", "1.0"}, {"id", "r1"}, {"source", "cli"}, {"type", "operator." + name}, {"tenant", "acme"},
                         {"data", data}, {"time", "2026-01-01T00:00:00Z"}};
    const std::string text = node::operator_record(record.dump(), signer, keys);
    const std::vector<OperatorKey> known = {{signer.key_id(), signer.public_key(), {}}};
    CHECK(wire::operator_sig_valid(text, known));  // OD-2
    return Json::parse(text).at("data");
  }
  Json opened(const Json& data) { return Json::parse(*keys.open("acme", data.at("sealed").get<std::string>())); }
};

}  // namespace

TEST_SUITE("node/operator door") {
  TEST_CASE("OD-1: subject and body of a message are sealed, its lead stays readable") {
    Door door;
    const Json data = door.pass("send_message", {{"lead_id", "ld_1"}, {"subject", "Hello"}, {"body", "Dear Ann"}, {"channel", "email"}});
    CHECK_FALSE(data.contains("subject"));
    CHECK_FALSE(data.contains("body"));
    CHECK(data.at("lead_id") == "ld_1");
    CHECK(door.opened(data) == Json{{"subject", "Hello"}, {"body", "Dear Ann"}});
  }

  TEST_CASE("OD-1: an address to be suppressed is sealed beside its token") {
    Door door;
    const Json data = door.pass("suppress", {{"kind", "address"}, {"value", "Ann@Example.org"}, {"reason", "legal_hold"}});
    CHECK_FALSE(data.contains("value"));
    CHECK(data.at("token") == door.keys.token("acme", "address", "ann@example.org"));
    CHECK(door.opened(data) == Json{{"value", "Ann@Example.org"}});
    const Json phone = door.pass("unsuppress", {{"kind", "address"}, {"value", "(415) 555-0132"}});
    CHECK_FALSE(phone.contains("token"));
    CHECK(door.opened(phone) == Json{{"value", "(415) 555-0132"}});
  }

  TEST_CASE("OD-1: addresses of a split go in as tokens, external ids as they are") {
    Door door;
    const Json data = door.pass("lead_split", {{"lead_id", "ld_1"}, {"identifiers", {"ann@example.org", "hs:7"}}});
    CHECK(data.at("identifiers") == Json{door.keys.token("acme", "address", "ann@example.org"), "hs:7"});
  }

  TEST_CASE("a record with nothing personal passes as it is") {
    Door door;
    CHECK(door.pass("suppress", {{"kind", "domain"}, {"value", "example.org"}}).at("value") == "example.org");
    CHECK(door.pass("source_defined", {{"name", "fair"}, {"risk_bp", 1}, {"conversion_bp", 1}}).at("name") == "fair");
  }
}
