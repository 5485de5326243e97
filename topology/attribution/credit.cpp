#include "topology/attribution/credit.h"

#include <algorithm>

#include "core/arith.h"
#include "core/hash.h"

namespace millrace::attribution {

namespace {

using Weights = std::vector<std::int64_t>;

// exp_neg(LN2 * age // half_life): 2^32 now, half of it after one half-life.
std::int64_t decay(DurationMs age_ms, DurationMs half_life_ms) {
  const Int128 x = Int128{kLn2Q32} * age_ms / half_life_ms;
  return exp_neg(static_cast<std::int64_t>(std::min<Int128>(x, Int128{kLn2Q32} * 64)));
}

Weights position(std::size_t n) {
  if (n <= 2) return Weights(n, 1);
  Weights weights(n, 2000);
  weights.front() = weights.back() = 4000 * static_cast<std::int64_t>(n - 2);
  return weights;
}

std::vector<std::int64_t> shapley(std::span<const JourneyTouch> touches, std::int64_t amount) {
  std::vector<std::string_view> channels;  // in order of first appearance
  std::vector<std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < touches.size(); ++i) {
    const auto at = std::find(channels.begin(), channels.end(), touches[i].channel) - channels.begin();
    if (static_cast<std::size_t>(at) == channels.size()) {
      channels.push_back(touches[i].channel);
      members.emplace_back();
    }
    members[static_cast<std::size_t>(at)].push_back(i);
  }
  std::vector<std::int64_t> parts(touches.size());
  const auto by_channel = split(amount, Weights(channels.size(), 1));
  for (std::size_t c = 0; c < channels.size(); ++c) {
    const auto shared = split(by_channel[c], Weights(members[c].size(), 1));
    for (std::size_t i = 0; i < members[c].size(); ++i) parts[members[c][i]] = shared[i];
  }
  return parts;
}

}  // namespace

std::vector<std::int64_t> credit(Model model, std::span<const JourneyTouch> touches, TimeMs conversion_ms,
                                 std::int64_t amount_cents, DurationMs half_life_ms, const Shares& shares) {
  const std::size_t n = touches.size();
  Weights weights(n, 0);
  switch (model) {
    case Model::first: weights.front() = 1; break;
    case Model::last: weights.back() = 1; break;
    case Model::time_decay:
      for (std::size_t i = 0; i < n; ++i) weights[i] = decay(conversion_ms - touches[i].ts_ms, half_life_ms);
      break;
    case Model::position: weights = position(n); break;
    case Model::shapley: return shapley(touches, amount_cents);
    case Model::markov:  // all 0: equal parts, as linear
      for (std::size_t i = 0; i < n; ++i)
        if (const auto share = shares.find(touches[i].channel); share != shares.end()) weights[i] = share->second;
      break;
    case Model::matched:
    case Model::linear: std::fill(weights.begin(), weights.end(), 1); break;
  }
  return split(amount_cents, weights);
}

std::vector<std::int64_t> retract(std::int64_t amount_cents, std::span<const std::int64_t> outstanding) {
  return split(amount_cents < 0 ? amount_cents : -amount_cents, outstanding);
}

bool credit_order(TimeMs a_ms, std::string_view a, TimeMs b_ms, std::string_view b) {
  if (is_nobody(a) != is_nobody(b)) return is_nobody(b);
  return a_ms != b_ms ? a_ms < b_ms : a < b;
}

std::string credit_id(std::string_view tenant, std::string_view deal_id, std::string_view event_id,
                      std::string_view model, std::string_view ref, std::int64_t rev) {
  return hid("cr_", 16, {tenant, deal_id, event_id, model, ref, std::to_string(rev)});
}

}  // namespace millrace::attribution
