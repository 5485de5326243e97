// The text of the live policy: of the newest control.policy_changed on control.
#pragma once

#include <string>

#include "cli/app.h"

namespace millrace::cli {

// Fails: as node::Reading and its log do.
Result<std::string> live_policy(const Globals& globals);

}  // namespace millrace::cli
