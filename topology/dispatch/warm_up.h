// How many messages a sender may send today (spec/dispatch.md section 3, rule dispatch.warm_up).
//
// WA-1  The n-th sending day allows start + (n - 1) * step, at most cap and the sender's own daily cap.
// WA-2  A day without a send between two sending days costs nothing until seven of them cost one.
// WA-3  Days are those of the sender's zone; only live sends count.
// Tests: tests/unit/dispatch_sender_test.cpp, tests/conformance/dispatch.cpp
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "topology/dispatch/channel.h"

namespace millrace::dispatch {

struct SendingDay {
  std::int64_t day = 0;  // local day
  std::int64_t n = 1;    // its number in the warm-up
};

// The number of `today` after the last sending day, which may be today.
constexpr std::int64_t day_number(const std::optional<SendingDay>& last, std::int64_t today) {
  if (!last) return 1;
  if (today <= last->day) return last->n;
  const std::int64_t idle = today - last->day - 1;
  return std::max<std::int64_t>(1, last->n + 1 - idle / 7);
}

constexpr std::int64_t warm_up_limit(Channel channel, std::int64_t n) {
  switch (channel) {
    case Channel::email: return std::min<std::int64_t>(20, 5 + (n - 1) * 5);
    case Channel::linkedin: return std::min<std::int64_t>(10, 3 + (n - 1) * 2);
    case Channel::contact_form: return 20;
    case Channel::phone_task: return 50;
  }
  return 0;
}
constexpr std::int64_t warm_up_limit(Channel channel, std::int64_t n, std::optional<std::int64_t> daily_cap) {
  const std::int64_t limit = warm_up_limit(channel, n);
  return daily_cap ? std::min(limit, *daily_cap) : limit;
}

}  // namespace millrace::dispatch
