#include <doctest/doctest.h>

#include "core/hash.h"
#include "topology/harvest/match_keys.h"

using namespace millrace;
using namespace millrace::harvest;

TEST_SUITE("topology/harvest") {
  TEST_CASE("a fingerprint is made of what its parts say, whatever their spelling in JSON") {
    Fingerprint f;
    f.screen_w.text = "390";
    f.timezone.text = R"("UTC")";
    f.os.text = R"("i\"OS\\1")";
    f.browser.text = R"("Safari")";
    f.device_type.text = R"("")";  // given, but empty
    f.tz_offset.text = "null";
    CHECK(fingerprint_hash(f, 4) == sha256_hex("390||UTC|||i\"OS\\1|Safari"));
    CHECK_FALSE(fingerprint_hash(f, 5));
  }

  TEST_CASE("an empty id, fingerprint or address is none") {
    CHECK(match_keys({{"gclid", ""}, {"fbclid", "F"}}, "", ipua_hash("", "UA"), true) == std::vector<std::string>{"click:fbclid=F"});
    CHECK(match_keys({}, "ab", ipua_hash("1.2.3.4", "UA"), false).empty());
  }

  TEST_CASE("an IPv6 address counts by its network, a mapped one by its IPv4") {
    CHECK(counted_ip("2001:DB8::1") == "2001:0db8:0000:0000");
    CHECK(counted_ip("2001:db8:1:2:3:4:5:6") == "2001:0db8:0001:0002");
    CHECK(counted_ip("::ffff:192.0.2.9") == "192.0.2.9");
    CHECK(counted_ip("::FFFF:C000:0209") == "192.0.2.9");
    CHECK(counted_ip("fe80::1%eth0") == "fe80:0000:0000:0000");
    CHECK(counted_ip("192.0.2.9") == "192.0.2.9");
    CHECK(counted_ip("not:an:address") == "not:an:address");
  }
}
