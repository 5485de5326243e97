#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <vector>

#include "core/arith.h"
#include "core/chance.h"
#include "core/hash.h"
#include "core/hmac.h"
#include "core/json.h"
#include "core/place.h"
#include "core/result.h"
#include "core/signature.h"
#include "core/time.h"
#include "core/words.h"

using namespace millrace;

using Parts = std::vector<std::int64_t>;

// A result that is looked at: an optimiser may leave out a call that nobody needs.
template <class T>
static void use(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

TEST_SUITE("core/result") {
  TEST_CASE("a Result holds its value or its fault") {
    const Result<int> good = 7;
    CHECK(static_cast<bool>(good));
    CHECK(*good == 7);
    const Result<int> bad = retryable("disk_full", "writing");
    CHECK_FALSE(static_cast<bool>(bad));
    CHECK(bad.fault().code == "disk_full");
    CHECK(bad.fault().kind == Fault::Kind::retry);
    const Result<void> done;
    CHECK(static_cast<bool>(done));
  }
}

// What a process that fails an invariant writes to stderr; its end must be SIGABRT.
template <class Body>
static std::string last_words(Body body) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    body();
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string text;
  char buffer[1024];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  return text;
}

TEST_SUITE("core/result") {
  TEST_CASE("a failed invariant ends the process with one JSON line that says which and where") {
    const std::string words = last_words([] {
      note_place({"score", "leads.harvested", Partition{3}, Offset{41}});
      INVARIANT("XX-1", 1 + 1 == 3, "a \"detail\"");
    });
    CHECK(words.starts_with("{\"level\":\"error\",\"event\":\"fault\",\"code\":\"XX-1\",\"stage\":\"score\","
                            "\"inbox\":\"leads.harvested\",\"partition\":3,\"offset\":41,\"condition\":\"1 + 1 == 3\""));
    CHECK(words.ends_with("\"detail\":\"a \\\"detail\\\"\"}\n"));
    CHECK(words.find('\n') == words.size() - 1);
  }
  TEST_CASE("AR-1, AR-2: what does not fit or must not be ends the process") {
    CHECK(last_words([] { use(rdiv(1, 0)); }).find("AR-2") != std::string::npos);
    CHECK(last_words([] { use(rdiv(Int128{1} << 64, 1)); }).find("AR-1") != std::string::npos);
    CHECK(last_words([] { use(split(1, Parts{-1, 2})); }).find("AR-2") != std::string::npos);
    CHECK(last_words([] { use(pstdev(Parts(3, 9223372036854775807))); }).find("AR-1") != std::string::npos);
    CHECK(last_words([] { use(ln_q32(1)); }).find("AR-2") != std::string::npos);
  }
}

TEST_SUITE("core/words") {
  TEST_CASE("letters_apart counts the letters to be changed, put in or taken out") {
    CHECK(letters_apart("lead.captured", "lead.captured") == 0);
    CHECK(letters_apart("lead.cptured", "lead.captured") == 1);
    CHECK(letters_apart("kitten", "sitting") == 3);
    CHECK(letters_apart("", "abc") == 3);
  }
}

TEST_SUITE("core/arith") {
  TEST_CASE("rdiv rounds half away from zero") {
    CHECK(rdiv(5, 2) == 3);
    CHECK(rdiv(-5, 2) == -3);
    CHECK(rdiv(1, 3) == 0);
    CHECK(rdiv(-1, 3) == 0);
    CHECK(rdiv(2, 3) == 1);
    CHECK(rdiv(0, 9) == 0);
  }
  TEST_CASE("AR-1: rdiv needs no room above its argument") {
    const Int128 top = static_cast<Int128>(~static_cast<unsigned __int128>(0) >> 1);
    CHECK(rdiv(top, top) == 1);
    CHECK(rdiv(-top, top) == -1);
    CHECK(rdiv(top / 2, top) == 0);
    CHECK(rdiv(top / 2 + 1, top) == 1);
  }
  TEST_CASE("isqrt at the edges") {
    CHECK(isqrt(0) == 0);
    CHECK(isqrt(3) == 1);
    CHECK(isqrt(4) == 2);
    const Int128 big = Int128{9223372036854775807};
    CHECK(isqrt(big * big) == 9223372036854775807);
    CHECK(isqrt(big * big - 1) == 9223372036854775806);
  }
  TEST_CASE("pstdev as in the worked examples") {
    CHECK(pstdev(Parts{1000, 3000}) == 1000);
    CHECK(pstdev(Parts{1, 2, 4}) == 1);
    CHECK(pstdev(Parts{5}) == 0);
    CHECK(pstdev({}) == 0);
  }
  TEST_CASE("split gives left-over units to the largest remainders, ties to the lower index") {
    CHECK(split(100, Parts{1, 1, 1}) == Parts{34, 33, 33});
    CHECK(split(-100, Parts{1, 1, 1}) == Parts{-34, -33, -33});
    CHECK(split(7, Parts{5, 3, 0}) == Parts{4, 3, 0});
    CHECK(split(10, Parts{0, 0, 0}) == Parts{4, 3, 3});
    CHECK(split(0, Parts{1, 2}) == Parts{0, 0});
    CHECK(split(5, Parts{}) == Parts{});
    CHECK(split(9, Parts{0, 7, 0}) == Parts{0, 9, 0});
  }
  TEST_CASE("exp_neg and ln as in the worked examples") {
    CHECK(exp_neg(0) == kOneQ32);
    CHECK(exp_neg(kOneQ32) == 1580030168);
    CHECK(exp_neg(64 * kLn2Q32) == 0);
    CHECK(exp_neg(64 * kLn2Q32 - 1) == 0);
    CHECK(exp_neg(9223372036854775807) == 0);
    CHECK(ln_q32(kOneQ32) == 0);
    CHECK(ln_q32(2 * kOneQ32) == kLn2Q32);
    CHECK(ln_q32(20 * kOneQ32) == 12866572143);
    CHECK(ln_q32(std::int64_t{1} << 62) == 30 * kLn2Q32);
  }
}

TEST_SUITE("core/chance") {
  TEST_CASE("a draw depends on seed, label, record and index alone") {
    const Chance chance(1, "budget", "r1");
    CHECK(chance.u64(0) == 0x20d7d0a3f7fb5e52);
    CHECK(chance.u64(1) == 0x72512294d1f90b81);
    CHECK(chance.u64(2) == 0x0dac8e4798fb1938);
    CHECK(Chance(2, "budget", "r1").u64(0) != chance.u64(0));
    CHECK(Chance(1, "budget.jitter", "chg_1").uniform(0, 3000, 18000) == 6142);
    CHECK(chance.uniform(0, 5, 6) == 5);
  }
}

TEST_SUITE("core/hash") {
  TEST_CASE("sha256 and hmac_sha256 give the values of FIPS 180 and RFC 4231") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    CHECK(HmacKey("Jefe").mac({"what do ya ", "want", " for nothing?"}) ==
          hmac_sha256("Jefe", "what do ya want for nothing?"));
  }
  TEST_CASE("hex and unhex undo each other, and unhex takes nothing else") {
    CHECK(hex("\x01\xaf", 4) == "01af");
    CHECK(hex("\x01\xaf", 3) == "01a");
    CHECK(unhex("01aF") == std::string("\x01\xaf"));
    CHECK(unhex("") == std::string());
    CHECK_FALSE(unhex("0").has_value());
    CHECK_FALSE(unhex("0g").has_value());
  }
  TEST_CASE("ids as in the worked examples") {
    CHECK(derive_id("evt-1", "score", 0) == "44ad1cf153928c94957dc4cac8d19d13");
    CHECK(hid("ld_", 20, {"acme", "csv/b1", "row-2"}) == "ld_985e518b33e175302b37");
    CHECK(record_id("acme", "web/form", "e1") == "2cf2c008c731788f91b1f34a581c5f94");
    CHECK(derive_id("a", "b", 18446744073709551615U) == hid("", 32, {"a", "b", "18446744073709551615"}));
  }
  TEST_CASE("crc32c is the same by instruction and by table, at every length around its lanes, and in parts") {
    std::string bytes;
    for (std::uint32_t i = 0; i < 7000; ++i) bytes.push_back(static_cast<char>(i * 2654435761U >> 13));
    for (const std::size_t n : {0, 1, 7, 8, 1023, 3071, 3072, 3073, 3080, 6143, 6144, 6145, 7000}) {
      const std::string_view part = std::string_view(bytes).substr(0, n);
      CHECK(crc32c(0, part) == crc32c_portable(0, part));
      CHECK(crc32c(crc32c(0, part.substr(0, n / 3)), part.substr(n / 3)) == crc32c(0, part));
    }
  }
  TEST_CASE("crc32c gives the check value of the standard") {
    CHECK(crc32c(0, "123456789") == 0xe3069283);
    CHECK(crc32c_portable(0, "123456789") == 0xe3069283);
    CHECK(crc32c(0, "") == 0);
    CHECK(crc32c(0, std::string(32, '\0')) == 0x8a9136aa);
  }
  TEST_CASE("murmur2 puts a key where Java clients put it") {
    const auto java = [](std::string_view key) { return static_cast<std::int32_t>(murmur2(key)); };
    CHECK(java("21") == -973932308);
    CHECK(java("foobar") == -790332482);
    CHECK(java("a-little-bit-long-string") == -985981536);
    CHECK(java("a-little-bit-longer-string") == -1486304829);
    CHECK(java("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
    CHECK(java("abc") == 479470107);
    CHECK(partition_of("abc", 8) == 479470107 % 8);
    CHECK(partition_of("21", 1) == 0);
  }
  TEST_CASE("an output digest sees order, place and where one field ends") {
    const auto digest = [](std::initializer_list<std::array<const char*, 2>> outputs) {
      OutputDigest d;
      for (const auto& o : outputs) d.add(1, 0, o[0], o[1]);
      return d.value();
    };
    CHECK(digest({{"k", "a"}, {"k", "b"}}) != digest({{"k", "b"}, {"k", "a"}}));
    CHECK(digest({{"ka", "b"}}) != digest({{"k", "ab"}}));
    CHECK(digest({{"k", ""}}) != digest({}));
    CHECK(digest({{"k", ""}, {"k", ""}}) != digest({{"k", ""}}));
    OutputDigest topic, partition, both;
    topic.add(1, 0, "k", "v");
    partition.add(0, 1, "k", "v");
    both.add(1, 1, "k", "v");
    CHECK(topic.value() != partition.value());
    CHECK(topic.value() != both.value());
  }
  TEST_CASE("an output digest continues from its value") {
    OutputDigest whole, first;
    whole.add(1, 2, "k", "v");
    first.add(1, 2, "k", "v");
    OutputDigest second(first.value());
    whole.add(3, 4, "x", "y");
    second.add(3, 4, "x", "y");
    CHECK(whole.value() == second.value());
  }
}

TEST_SUITE("core/json") {
  TEST_CASE("JS-1: strings escape quotes, backslashes and control characters, and nothing else") {
    std::string out;
    append_json_string(out, std::string("a\"\\\b\f\n\r\t\x01\x1f\x7f/é€", 17));
    CHECK(out == "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/é€\"");
    out.clear();
    append_json_string(out, std::string_view("\0", 1));
    CHECK(out == "\"\\u0000\"");
  }
}

TEST_SUITE("core/time") {
  TEST_CASE("RFC 3339 with a zone is read to the millisecond, further digits are cut") {
    CHECK(parse_rfc3339("1970-01-01T00:00:00Z") == 0);
    CHECK(parse_rfc3339("2026-01-01T00:00:00Z") == 1767225600000);
    CHECK(parse_rfc3339("2026-01-01T00:00:00.1Z") == 1767225600100);
    CHECK(parse_rfc3339("2026-01-01T00:00:00.123999Z") == 1767225600123);
    CHECK(parse_rfc3339("2026-01-01T02:00:00+02:00") == 1767225600000);
    CHECK(parse_rfc3339("2025-12-31T18:30:00.5-05:30") == 1767225600500);
    CHECK(parse_rfc3339("2026-01-01t00:00:00z") == 1767225600000);
    CHECK(parse_rfc3339("2024-02-29T00:00:00-00:00") == 1709164800000);
    CHECK(parse_rfc3339("1969-12-31T23:59:59.999Z") == -1);
  }
  TEST_CASE("what is not RFC 3339 with a zone is refused") {
    for (const char* text :
         {"", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-1-01T00:00:00Z", "2026-13-01T00:00:00Z",
          "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
          "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
          "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00Z", "2026-01-01T00:00:00+0200",
          "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+02:60", "2026-01-01T00:00:00+02", "2026-01-01T00:00:00ZZ",
          "2026-01-01T00:00:00Z ", " 2026-01-01T00:00:00Z", "+026-01-01T00:00:00Z", "02026-01-01T00:00:00Z"})
      CHECK_MESSAGE(!parse_rfc3339(text).has_value(), text);
  }
  TEST_CASE("a leap second is read at the end of a UTC month, as the second after it, and nowhere else") {
    CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
    CHECK(parse_rfc3339("2017-01-01T01:59:60+02:00") == parse_rfc3339("2017-01-01T00:00:00Z"));
    CHECK_FALSE(parse_rfc3339("2016-12-30T23:59:60Z").has_value());
    CHECK_FALSE(parse_rfc3339("2016-12-31T23:58:60Z").has_value());
    CHECK_FALSE(parse_rfc3339("2016-12-31T23:59:60+02:00").has_value());
  }
  TEST_CASE("times are written with three digits of milliseconds, also before 1970") {
    CHECK(rfc3339(0) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(1767225600123) == "2026-01-01T00:00:00.123Z");
    CHECK(rfc3339(-1) == "1969-12-31T23:59:59.999Z");
    CHECK(utc_date(1767225599999) == "2025-12-31");
    CHECK(utc_date(-1) == "1969-12-31");
  }
}

TEST_SUITE("core/signature") {
  // RFC 8032 section 7.1, test 2.
  static constexpr const char* key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
  static constexpr const char* sig =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb"
      "00d291612bb0c00";
  TEST_CASE("an Ed25519 signature is checked as RFC 8032 says") {
    CHECK(verify_ed25519(key, "r", sig));
    CHECK_FALSE(verify_ed25519(key, "s", sig));
    CHECK_FALSE(verify_ed25519(key, "", sig));
  }
  TEST_CASE("malformed keys and signatures are invalid") {
    CHECK_FALSE(verify_ed25519("", "r", sig));
    CHECK_FALSE(verify_ed25519(key, "r", ""));
    CHECK_FALSE(verify_ed25519(key, "r", std::string(128, 'x')));
    CHECK_FALSE(verify_ed25519(std::string(64, '0'), "r", sig));
  }
}
