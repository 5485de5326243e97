#include <limits>
#include <numeric>

#include "core/arith.h"
#include "core/chance.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/time.h"
#include "tests/property/property.h"

using namespace millrace;

static constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
static constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

// RapidCheck grows values with the size of a case; rules meet the whole range.
static rc::Gen<std::int64_t> any64() {
  return rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange<std::int64_t>(kMin, kMax),
                        rc::gen::element<std::int64_t>(0, 1, -1, kMax, kMin, kMax - 1, kOneQ32, kLn2Q32));
}
static rc::Gen<std::int64_t> from(std::int64_t lo) { return rc::gen::inRange<std::int64_t>(lo, kMax); }

TEST_SUITE("core/arith") {
  TEST_CASE("rdiv is the nearest integer, and the one further from zero of two that are equally near") {
    holds([] {
      const std::int64_t n = *any64();
      const std::int64_t d = *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(1, 1000), from(1));
      const Int128 q = rdiv(n, d);
      const Int128 off = Int128{n} - q * d;
      RC_ASSERT(2 * (off < 0 ? -off : off) <= d);
      if (2 * off == d || -2 * off == d) RC_ASSERT(((n < 0) ? off > 0 : off < 0));
    });
  }
  TEST_CASE("rdiv is odd: rdiv(-n, d) = -rdiv(n, d)") {
    holds([] {
      const std::int64_t n = *from(0);
      const std::int64_t d = *from(1);
      RC_ASSERT(rdiv(-Int128{n}, d) == -rdiv(n, d));
    });
  }
  TEST_CASE("isqrt is the floor of the root") {
    holds([] {
      const Int128 n = Int128{*from(0)} * *from(0);
      const Int128 root = isqrt(n);
      RC_ASSERT(root * root <= n);
      RC_ASSERT(n - root * root <= 2 * root);  // n < (root+1)^2, without leaving 128 bits
    });
  }
  TEST_CASE("pstdev does not change when all values move together, and is 0 for equal ones") {
    holds([] {
      const auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(
          rc::gen::inRange<std::int64_t>(-1'000'000'000, 1'000'000'000)));
      auto moved = values;
      const auto by = *rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000);
      for (auto& v : moved) v += by;
      RC_ASSERT(pstdev(values) == pstdev(moved));
      RC_ASSERT(pstdev(std::vector<std::int64_t>(values.size(), by)) == 0);
    });
  }
  TEST_CASE("split parts add up to the amount, and each is within one of its exact share") {
    holds([] {
      const std::int64_t amount = *any64();
      const auto weights = *rc::gen::container<std::vector<std::int64_t>>(
          rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 5), rc::gen::inRange<std::int64_t>(0, kMax)));
      const auto parts = split(amount, weights);
      RC_ASSERT(parts.size() == weights.size());
      if (weights.empty()) return;
      Int128 sum = 0, weight = 0;
      for (const auto p : parts) sum += p;
      for (const auto w : weights) weight += w;
      RC_ASSERT(sum == amount);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const Int128 w = weight == 0 ? 1 : weights[i];
        const Int128 total = weight == 0 ? static_cast<Int128>(weights.size()) : weight;
        const Int128 floor = Int128{amount} * w / total;  // toward zero
        const Int128 above = Int128{parts[i]} - floor;
        RC_ASSERT((amount < 0 ? above == 0 || above == -1 : above == 0 || above == 1));
      }
    });
  }
  TEST_CASE("split of a negative amount is the negated split") {
    holds([] {
      const std::int64_t amount = *from(0);
      const auto weights =
          *rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1'000'000));
      auto parts = split(amount, weights);
      for (auto& p : parts) p = -p;
      RC_ASSERT(split(-amount, weights) == parts);
    });
  }
  TEST_CASE("exp_neg falls from 1 to 0, and ln undoes it within its precision") {
    holds([] {
      const std::int64_t x = *rc::gen::inRange<std::int64_t>(0, 12 * kOneQ32);
      const std::int64_t e = exp_neg(x);
      RC_ASSERT(e > 0);
      RC_ASSERT(e <= kOneQ32);
      RC_ASSERT(exp_neg(x + kOneQ32) <= e);
      // 1/e^-x has about 32-x/ln2 good bits here, so compare to one part in ten thousand.
      const Int128 inverse = (Int128{1} << 64) / e;
      const std::int64_t back = ln_q32(static_cast<std::int64_t>(inverse));
      const std::int64_t off = back > x ? back - x : x - back;
      RC_ASSERT(off <= kOneQ32 / 10'000);
    });
  }
  TEST_CASE("ln of a product is the sum of the logarithms, within rounding") {
    holds([] {
      const std::int64_t a = *rc::gen::inRange<std::int64_t>(kOneQ32, std::int64_t{1} << 46);
      const std::int64_t b = *rc::gen::inRange<std::int64_t>(kOneQ32, std::int64_t{1} << 46);
      const auto product = static_cast<std::int64_t>((Int128{a} * b) >> 32);
      const std::int64_t off = ln_q32(product) - ln_q32(a) - ln_q32(b);
      RC_ASSERT(off <= 64);
      RC_ASSERT(off >= -64);
    });
  }
}

TEST_SUITE("core/chance") {
  TEST_CASE("uniform stays within lo <= v < hi, also over the whole range") {
    holds([](std::uint64_t i) {
      const std::int64_t lo = *rc::gen::inRange<std::int64_t>(kMin, kMax);
      const std::int64_t hi = *rc::gen::inRange<std::int64_t>(lo + 1, kMax);
      const std::int64_t v = Chance(1, "test", "r").uniform(i, lo, hi);
      RC_ASSERT(lo <= v);
      RC_ASSERT(v < hi);
    });
  }
}

TEST_SUITE("core/hash") {
  TEST_CASE("crc32c is the same by instruction and by table, in one piece and in two") {
    holds([](const std::string& a, const std::string& b) {
      RC_ASSERT(crc32c(0, a + b) == crc32c_portable(0, a + b));
      RC_ASSERT(crc32c(crc32c(0, a), b) == crc32c(0, a + b));
    });
  }
  TEST_CASE("an output digest tells any two lists of outputs apart") {
    holds([](const std::string& key, const std::string& body, const std::string& other) {
      OutputDigest a, b;
      a.add(1, 2, key, body);
      b.add(1, 2, key, other);
      RC_ASSERT((a.value() == b.value()) == (body == other));
    });
  }
}

TEST_SUITE("core/json") {
  TEST_CASE("JS-1: a string is escaped the same wherever its characters stand") {
    holds([] {
      const auto text = *rc::gen::container<std::string>(rc::gen::element(
          'a', '"', '\\', '\n', '\x1f', '\x20', '\x21', '#', '[', ']', '\x7f', '\xc3', '\xa2', '\xdc', '\0'));
      std::string whole, parts = "\"";
      append_json_string(whole, text);
      for (const char c : text) {
        std::string one;
        append_json_string(one, std::string_view(&c, 1));
        parts.append(one, 1, one.size() - 2);
      }
      RC_ASSERT(whole == parts + "\"");
    });
  }
}

TEST_SUITE("core/time") {
  TEST_CASE("days_from_civil and civil_from_days undo each other, and following days follow") {
    holds([] {
      const std::int64_t days = *rc::gen::inRange<std::int64_t>(-800'000, 3'000'000);
      const CivilDate date = civil_from_days(days);
      RC_ASSERT(days_from_civil(date) == days);
      const CivilDate next = civil_from_days(days + 1);
      RC_ASSERT(next.day == date.day + 1 || next.day == 1);
    });
  }
  TEST_CASE("what append_rfc3339 writes, parse_rfc3339 reads") {
    holds([] {
      const TimeMs t = *rc::gen::inRange<TimeMs>(-62'135'596'800'000, 253'402'300'800'000);  // years 1 to 9999
      RC_ASSERT(parse_rfc3339(rfc3339(t)) == t);
    });
  }
}
