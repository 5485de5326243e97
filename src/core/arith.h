// The integer arithmetic of spec/conventions.md section 1. No stage computes with floating point.
//
// AR-1  Intermediates are signed 128-bit; overflow of them, and of a 64-bit result, is an invariant failure.
// AR-2  So is an argument against a Needs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

__extension__ typedef __int128 Int128;

// n/d rounded half away from zero. Needs: d > 0.
std::int64_t rdiv(Int128 n, Int128 d);
constexpr std::int64_t clamp_bp(std::int64_t x) { return x < 0 ? 0 : x > 10000 ? 10000 : x; }
// Floor of the square root. Needs: n >= 0.
std::int64_t isqrt(Int128 n);
// Population standard deviation: isqrt(n*sum(v^2) - sum(v)^2) // n; 0 for an empty list.
std::int64_t pstdev(std::span<const std::int64_t> values);
// Splits `amount` by `weights` with largest remainders; parts add up to `amount` always. All weights 0: equal.
// Needs: weights >= 0. An empty list of weights gives an empty list.
std::vector<std::int64_t> split(std::int64_t amount, std::span<const std::int64_t> weights);
// e^-x in Q32. Needs: x >= 0.
std::int64_t exp_neg(std::int64_t x_q32);
// ln(x) in Q32. Needs: x >= 2^32.
std::int64_t ln_q32(std::int64_t x_q32);
inline constexpr std::int64_t kOneQ32 = std::int64_t{1} << 32;
inline constexpr std::int64_t kLn2Q32 = 2977044472;

}  // namespace millrace
