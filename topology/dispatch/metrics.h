// The figures of a channel (spec/dispatch.md section 7, rule dispatch.metrics): live messages only.
#pragma once

#include <cstdint>

#include "core/arith.h"

namespace millrace::dispatch {

struct ChannelCounts {
  std::int64_t sent = 0, delivered = 0, bounced_hard = 0, opened = 0, clicked = 0, replied = 0, complaints = 0;
};

struct ChannelMetrics {
  std::int64_t delivery_bp = 0, bounce_bp = 0, open_bp = 0, click_bp = 0, reply_bp = 0, complaint_bp = 0;
  std::int64_t efficiency_bp = 0, cost_cents = 0, cost_per_reply_cents = 0;
};

constexpr std::int64_t default_cost_cents(std::string_view channel) {
  return channel == "linkedin" ? 200 : channel == "contact_form" ? 10 : channel == "phone_task" ? 500 : 1;
}

// 0 where there is nothing to divide by.
inline std::int64_t rate_bp(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? rdiv(Int128{part} * 10'000, whole) : 0;
}

inline ChannelMetrics channel_metrics(const ChannelCounts& c, std::int64_t cost_each_cents) {
  ChannelMetrics m;
  m.delivery_bp = rate_bp(c.delivered, c.sent);
  m.bounce_bp = rate_bp(c.bounced_hard, c.sent);
  m.open_bp = rate_bp(c.opened, c.delivered);
  m.click_bp = rate_bp(c.clicked, c.delivered);
  m.reply_bp = rate_bp(c.replied, c.delivered);
  m.complaint_bp = rate_bp(c.complaints, c.delivered);
  m.efficiency_bp = rdiv(Int128{3000} * m.delivery_bp + Int128{5000} * m.reply_bp + Int128{2000} * m.click_bp, 10'000);
  m.cost_cents = c.sent * cost_each_cents;
  m.cost_per_reply_cents = c.replied > 0 ? rdiv(m.cost_cents, c.replied) : 0;
  return m;
}

}  // namespace millrace::dispatch
