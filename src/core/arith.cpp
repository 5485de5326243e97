#include "core/arith.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "core/result.h"

namespace millrace {

__extension__ typedef unsigned __int128 UInt128;

static std::int64_t narrow(Int128 v) {
  INVARIANT("AR-1", v >= std::numeric_limits<std::int64_t>::min() && v <= std::numeric_limits<std::int64_t>::max(),
            "a result does not fit 64 bits");
  return static_cast<std::int64_t>(v);
}

static Int128 times(Int128 a, Int128 b) {
  Int128 product;
  INVARIANT("AR-1", !__builtin_mul_overflow(a, b, &product), "a product does not fit 128 bits");
  return product;
}

static Int128 plus(Int128 a, Int128 b) {
  Int128 sum;
  INVARIANT("AR-1", !__builtin_add_overflow(a, b, &sum), "a sum does not fit 128 bits");
  return sum;
}

std::int64_t rdiv(Int128 n, Int128 d) {
  INVARIANT("AR-2", d > 0, "rdiv needs d > 0");
  // By quotient and remainder, because 2n+d could overflow where the result does not.
  Int128 q = n / d;
  const Int128 r = n % d;
  if (r >= 0) {
    if (r >= d - r) ++q;
  } else {
    if (-r >= d + r) --q;
  }
  return narrow(q);
}

static int bit_length(UInt128 n) {
  const auto high = static_cast<std::uint64_t>(n >> 64);
  return high ? 64 + static_cast<int>(std::bit_width(high)) : static_cast<int>(std::bit_width(static_cast<std::uint64_t>(n)));
}

static UInt128 root(UInt128 n) {
  if (n == 0) return 0;
  // Newton from above: the first guess is a power of two not below the root.
  UInt128 x = UInt128{1} << ((bit_length(n) + 1) / 2);
  for (;;) {
    const UInt128 y = (x + n / x) >> 1;
    if (y >= x) return x;
    x = y;
  }
}

std::int64_t isqrt(Int128 n) {
  INVARIANT("AR-2", n >= 0, "isqrt needs n >= 0");
  return narrow(static_cast<Int128>(root(static_cast<UInt128>(n))));
}

std::int64_t pstdev(std::span<const std::int64_t> values) {
  if (values.empty()) return 0;
  const auto n = static_cast<Int128>(values.size());
  Int128 sum = 0, squares = 0;
  for (const Int128 v : values) {
    sum += v;
    squares = plus(squares, v * v);
  }
  const Int128 spread = times(n, squares) - times(sum, sum);
  return narrow(static_cast<Int128>(root(static_cast<UInt128>(spread))) / n);
}

std::vector<std::int64_t> split(std::int64_t amount, std::span<const std::int64_t> weights) {
  const std::size_t n = weights.size();
  std::vector<std::int64_t> parts(n);
  if (n == 0) return parts;
  const Int128 total = amount < 0 ? -Int128{amount} : Int128{amount};
  Int128 sum = 0;
  for (const std::int64_t w : weights) {
    INVARIANT("AR-2", w >= 0, "split needs weights >= 0");
    sum += w;
  }
  const bool equal = sum == 0;
  if (equal) sum = static_cast<Int128>(n);

  std::vector<Int128> remainders(n);
  Int128 left = total;
  for (std::size_t i = 0; i < n; ++i) {
    const Int128 share = total * (equal ? 1 : weights[i]);
    const Int128 part = share / sum;
    remainders[i] = share % sum;
    left -= part;
    parts[i] = narrow(amount < 0 ? -part : part);
  }
  if (left > 0) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto count = static_cast<std::ptrdiff_t>(left);  // fewer than n: each remainder is below `sum`
    std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](std::size_t a, std::size_t b) {
      return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b;
    });
    for (std::ptrdiff_t i = 0; i < count; ++i) parts[order[static_cast<std::size_t>(i)]] += amount < 0 ? -1 : 1;
  }
  return parts;
}

std::int64_t exp_neg(std::int64_t x_q32) {
  INVARIANT("AR-2", x_q32 >= 0, "exp_neg needs x >= 0");
  const std::int64_t k = x_q32 / kLn2Q32;
  if (k >= 64) return 0;
  const auto r = static_cast<std::uint64_t>(x_q32 - k * kLn2Q32);
  std::uint64_t t = kOneQ32, s = kOneQ32;  // t <= 2^32 and r < 2^32, so t*r fits
  for (std::uint64_t i = 1; i <= 16; ++i) {
    t = ((t * r) >> 32) / i;
    s = i % 2 ? s - t : s + t;
  }
  return static_cast<std::int64_t>(s >> k);
}

std::int64_t ln_q32(std::int64_t x_q32) {
  INVARIANT("AR-2", x_q32 >= kOneQ32, "ln needs x >= 1");
  const int k = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(x_q32))) - 33;
  UInt128 y = static_cast<std::uint64_t>(x_q32) >> k;
  std::uint64_t f = 0;
  for (int i = 1; i <= 32; ++i) {
    y = (y * y) >> 32;
    if (y >= UInt128{1} << 33) {
      y >>= 1;
      f |= std::uint64_t{1} << (32 - i);
    }
  }
  const UInt128 bits = (static_cast<UInt128>(k) << 32) + f;
  return static_cast<std::int64_t>((bits * static_cast<std::uint64_t>(kLn2Q32)) >> 32);
}

}  // namespace millrace
