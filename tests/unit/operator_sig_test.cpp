#include <doctest/doctest.h>

#include "keys/operator_signer.h"
#include "topology/wire/operator_sig.h"

using namespace millrace;

TEST_SUITE("topology/wire") {
  static const OperatorSigner signer(std::string(32, 'k'));

  static std::string with_sig(std::string_view record, const std::string& sig) {
    return std::string(record.substr(0, record.size() - 1)) + ",\"sig\":\"" + sig + "\"}";
  }
  static std::string signed_record(std::string_view record) {
    std::string none;
    return with_sig(record, signer.sign(*wire::canonical_without_sig(record, none)));
  }
  static bool valid(std::string_view record, bool revoked = false) {
    return wire::operator_sig_valid(record, std::vector<OperatorKey>{{signer.key_id(), signer.public_key(), revoked}});
  }
  static constexpr std::string_view record = R"({"type":"operator.kill_switch","id":"r1","data":{"on":true,"actor":"ann"}})";

  TEST_CASE("OS-1: the signature holds for the record in any order and spacing") {
    CHECK(valid(signed_record(record)));
    const std::string sig = signed_record(record).substr(record.size() - 1 + 8, 128);
    CHECK(valid(R"({ "sig": ")" + sig + R"(", "data": {"actor":"ann", "on":true}, "id":"r1","type":"operator.kill_switch"})"));
  }
  TEST_CASE("OS-1: a changed, added or missing field makes it invalid") {
    const std::string good = signed_record(record);
    const std::string sig = good.substr(record.size() - 1);
    CHECK_FALSE(valid(R"({"type":"operator.kill_switch","id":"r1","data":{"on":true,"actor":"bob"})" + sig));
    CHECK_FALSE(valid(R"({"type":"operator.kill_switch","id":"r1","tenant":"x","data":{"on":true,"actor":"ann"})" + sig));
    CHECK_FALSE(valid(R"({"type":"operator.kill_switch","data":{"on":true,"actor":"ann"})" + sig));
  }
  TEST_CASE("A record without sig, with a sig that is no text, or under a revoked or unknown key is invalid") {
    CHECK_FALSE(valid(record));
    CHECK_FALSE(valid(R"({"id":"r1","sig":17})"));
    CHECK_FALSE(valid("[1]"));
    CHECK_FALSE(valid(signed_record(record), true));
    CHECK_FALSE(wire::operator_sig_valid(signed_record(record), {}));
  }
  TEST_CASE("Any one of several keys is enough") {
    const OperatorSigner other(std::string(32, 'o'));
    const std::vector<OperatorKey> keys{{other.key_id(), other.public_key(), {}}, {signer.key_id(), signer.public_key(), {}}};
    CHECK(wire::operator_sig_valid(signed_record(record), keys));
  }
}
