// What a provider's refusal means: the bounce class of a delivery.failed without reason, of an engagement.bounced
// and of a delivery status notification (spec/outreach.md section 6, rule dispatch.bounce_class).
//
// BC-1  The enhanced status (RFC 3463) decides unless it is absent, malformed or 2.x; then the SMTP code does; then
//       the provider's own verdict.
// Shared by outreach and dispatch.      Tests: tests/unit/outreach_bounce_test.cpp, tests/conformance/dispatch.cpp
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::outreach {

struct BounceClass {
  std::string_view reason;  // a reason of spec/outreach.md section 6
  bool retry = true;        // false: the same channel is not tried again, whatever the reason's budget
  bool hard() const { return reason == "bounce_hard"; }
};

// `dsn_status` empty and `smtp_code` 0: not given. `permanent` is the provider's own verdict.
BounceClass bounce_class(std::string_view dsn_status, std::int64_t smtp_code, bool permanent = false);

}  // namespace millrace::outreach
