// A sender whose provider fails is left alone until a probe succeeds (spec/dispatch.md section 3, rule
// dispatch.circuit).
//
// CI-1  `failures` commands in a row that ended delivery_failed open it; one alert.
// CI-2  While it is open one message per probe_ms passes, the first one probe_ms after opening.
// CI-3  A send, or a failure of another kind, closes it; one alert.
// Tests: tests/unit/dispatch_sender_test.cpp, tests/conformance/dispatch.cpp
#pragma once

#include <cstdint>
#include <tuple>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::dispatch {

struct CircuitRules {
  std::int64_t failures = 5;
  DurationMs probe_ms = 60'000;
};

struct Circuit {
  bool open = false;
  std::int64_t failures = 0;      // in a row
  TimeMs next_probe_ms = 0;       // while open
  static constexpr auto fields() {
    return FieldList{field("failures", &Circuit::failures), field("next_probe_ms", &Circuit::next_probe_ms),
                      field("open", &Circuit::open)};
  }

  enum class Change : std::uint8_t { none, opened, closed };
  Change failed(TimeMs now, const CircuitRules& rules) {
    ++failures;
    if (open || failures < rules.failures) return Change::none;
    open = true;
    next_probe_ms = now + rules.probe_ms;
    return Change::opened;
  }
  Change answered() {
    failures = 0;
    if (!open) return Change::none;
    open = false;
    return Change::closed;
  }

  // Whether a message may pass now; when the circuit is open it is a probe, and probed() must follow its command.
  bool passes(TimeMs now) const { return !open || now >= next_probe_ms; }
  void probed(TimeMs now, const CircuitRules& rules) {
    if (open) next_probe_ms = now + rules.probe_ms;
  }
};

}  // namespace millrace::dispatch
