// What the conformance cases do not reach: edges of the rules of spec/harvest.md section 5.
#include <doctest/doctest.h>

#include "topology/harvest/contact.h"
#include "topology/harvest/naming.h"
#include "topology/harvest/web.h"

using namespace millrace::harvest;

TEST_SUITE("topology/harvest") {
  TEST_CASE("a phone is cut at its extension, however it is written and wherever blanks stand") {
    for (const char* raw : {"(415) 555-0132 x22", "  415-555-0132ext22", "415 555 0132 EXT. 22", "+1 415 555 0132#22", " 1-415-555-0132 "})
      CHECK_MESSAGE(normal_phone(raw, "1") == "+14155550132", raw);
    CHECK(normal_phone("0151 23456789", "49") == "+4915123456789");
    CHECK(normal_phone("030 1234567", "") == std::nullopt);
    CHECK(normal_phone("ext 22", "1") == std::nullopt);
    CHECK(normal_phone("+1234567", "1") == std::nullopt);            // 7 digits
    CHECK(normal_phone("+12345678", "1") == "+12345678");            // 8
    CHECK(normal_phone("+123456789012345", "1") == "+123456789012345");  // 15
    CHECK(normal_phone("+1234567890123456", "1") == std::nullopt);   // 16
    CHECK(normal_phone("+0301234567", "1") == std::nullopt);
    CHECK(normal_phone("1+4155550132", "1") == std::nullopt);
  }

  TEST_CASE("an email's limits hold to the byte") {
    const std::string local(64, 'a'), label(63, 'b');
    CHECK(normal_email(local + "@x.com") == local + "@x.com");
    CHECK(normal_email(local + "a@x.com") == std::nullopt);
    CHECK(normal_email("a@" + label + ".com") == "a@" + label + ".com");
    CHECK(normal_email("a@" + label + "b.com") == std::nullopt);
    CHECK(normal_email("o'neil%x@x-y.io") == "o'neil%x@x-y.io");
    CHECK(normal_email("a@x.xn--p1ai") == "a@x.xn--p1ai");
    for (const char* raw : {".a@x.com", "a.@x.com", "a@-x.com", "a@x-.com", "a@x..com", "a@b@x.com", "a b@x.com", "a@x.c", "a@x.c0m", "<a@x.com", ""})
      CHECK_MESSAGE(normal_email(raw) == std::nullopt, raw);
  }

  TEST_CASE("a name has no control characters, of either kind, and is cut at a whole character") {
    CHECK(normal_name("Ada\xC2\x85Lovelace\x7F") == "Ada Lovelace");
    CHECK(normal_name("\xC3\x89mile  Zola") == "\xC3\x89mile Zola");
    const std::string cut = normal_name(std::string(199, 'a') + "\xC3\xA9");
    CHECK(cut == std::string(199, 'a'));
    CHECK(names_of("", "", "Lovelace").first_name == "Lovelace");
    CHECK(names_of("", "Ada", "").name == "Ada");
  }

  TEST_CASE("an id without a prefix gets one, api when its producer has no name") {
    CHECK(prefixed_id("77", "") == "api:77");
    CHECK(prefixed_id("77", "  ") == "api:77");
    CHECK(prefixed_id("HS:77", "hs") == "hs:HS:77");
    CHECK(prefixed_id(":77", "hs") == "hs::77");
    CHECK(prefixed_id("hs:", "hs") == "hs:hs:");
    CHECK(prefixed_id("9", std::string(40, 'p')) == std::string(32, 'p') + ":9");
    CHECK(prefixed_id(" ", "hs") == std::nullopt);
  }

  TEST_CASE("each stage that a default table or group names is known spelled together") {
    const StageAliases aliases = default_stage_aliases();
    CHECK(stage_alias("contractsent", aliases) == "contract_sent");
    CHECK(stage_alias(" Contract Sent ", aliases) == "contract_sent");
    CHECK(stage_alias("Sales-Qualified Lead", aliases) == "sales_qualified_lead");
    CHECK(stage_alias(" Negotiation ", aliases) == "negotiation");
  }

  TEST_CASE("a website keeps what names a page and drops what names a visit") {
    CHECK(normal_url("HTTP://www.X.com:80/a/?b=1&UTM_Source=g")->url == "http://x.com/a?b=1");
    CHECK(normal_url("x.com:8080/")->url == "https://x.com:8080");
    CHECK(normal_url("https://user:pw@x.com/#top")->url == "https://x.com");
    for (const char* raw : {"ftp://x.com", "localhost", "mailto:a@x.com", "https://", "x .com"}) CHECK_MESSAGE(!normal_url(raw), raw);
  }
}
