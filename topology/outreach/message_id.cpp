#include "topology/outreach/message_id.h"

#include "core/hash.h"

namespace millrace::outreach {

std::string run_name(std::string_view sequence, std::int64_t run) {
  std::string name(sequence);
  if (run > 1) name.append("#").append(std::to_string(run));
  return name;
}

std::string message_id(std::string_view tenant, std::string_view campaign_id, std::string_view lead_id,
                       std::string_view sequence, std::string_view step, std::string_view channel) {
  return hid("msg_", 20, {tenant, campaign_id, lead_id, sequence, step, channel});
}

void count_command(Attempts& attempts, std::string_view reason) {
  ++attempts.attempt;
  if (reason == "delivery_failed") ++attempts.transport;
  else if (reason == "mailbox_full") ++attempts.soft;
  else if (reason == "form_unreachable") ++attempts.form;
  else if (reason == "rate_limited") ++attempts.window;
}

}  // namespace millrace::outreach
