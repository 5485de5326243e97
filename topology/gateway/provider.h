// What mail providers tell of messages (spec/gateway.md section 2): Amazon SES, SendGrid, Mailgun, Postmark.
//
// PV-1  A provider that still tries tells nothing final: it is ignored.
// PV-2  A transient bounce after acceptance is engagement.bounced with permanent false, never delivery.failed.
// Tests: conformance harvest.provider_map, tests/unit/gateway_test.cpp
#pragma once

#include <string_view>

#include "topology/gateway/document.h"
#include "topology/gateway/fact.h"

namespace millrace::gateway {

// `provider`: ses, sendgrid, mailgun, postmark; another is ignored. The fact's time is the arrival, its tenant that of the
// webhook; both are left to the caller.
Mapped provider_fact(std::string_view provider, const Value& event);

}  // namespace millrace::gateway
