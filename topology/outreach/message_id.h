// The identity of a message and the count of its commands (spec/outreach.md section 2): rules outreach.message_id and
// attempt.      Tests: tests/unit/outreach_schedule_test.cpp, tests/conformance/outreach.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::outreach {

// The name of a sequence in its messages: run 1 is the sequence itself, a restart is "<name>#<run>".
std::string run_name(std::string_view sequence, std::int64_t run);
// "msg_" + 20 hex. `sequence` is a run_name(), or "operator" or "task".
std::string message_id(std::string_view tenant, std::string_view campaign_id, std::string_view lead_id,
                       std::string_view sequence, std::string_view step, std::string_view channel);

// What the commands of one message so far have used of each budget.
struct Attempts {
  std::int64_t attempt = 1;       // of the next command
  std::int64_t transport = 0, soft = 0, form = 0, window = 0;
  std::int64_t retries() const { return transport + soft + form; }
};
// Counts a command that came back with `reason`; one that was revoked or expired uses no budget.
void count_command(Attempts& attempts, std::string_view reason);

}  // namespace millrace::outreach
