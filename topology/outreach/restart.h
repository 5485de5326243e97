// Who begins again when the first connector of a tenant is armed (spec/outreach.md section 10): rule outreach.arm.
#pragma once

#include <cstdint>

namespace millrace::outreach {

// A sequence that only a dry run has worked, and that nothing has stopped, begins again as the next run.
constexpr bool restarts_when_armed(std::int64_t live_messages, bool stopped) { return live_messages == 0 && !stopped; }

}  // namespace millrace::outreach
