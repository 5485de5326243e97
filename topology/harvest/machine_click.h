// Clicks that a person did not make: link scanners and gateways open every link within moments (spec/harvest.md
// section 9).
//
// Takes   the clicks of one message in the order of their arrival, the times of its sending.
// Gives   for each click, once it was held long enough for its neighbours to arrive, whether it was a machine's.
//
// MC-1  A click is decided once, at its arrival + pair_ms or later, and never again.
// MC-2  It is compared with everything held and the newest 50 decided.
// MC-3  A message holds at most 50 clicks; while more come at once, all of them are a machine's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/fields.h"
#include "core/ids.h"

namespace millrace::harvest {

struct ClickMark {
  TimeMs arrived_ms = 0, at_ms = 0;  // in the log; by its producer
  bool machine = false;              // known to be one without neighbours
  std::int64_t number = 0;           // of the message's clicks, from 0
  std::string url;                   // or a hash of it: compared only
  static constexpr auto fields() {
    return FieldList{field("arrived_ms", &ClickMark::arrived_ms), field("at_ms", &ClickMark::at_ms),
                      field("machine", &ClickMark::machine), field("number", &ClickMark::number), field("url", &ClickMark::url)};
  }
};

struct MachineClickLimits {
  DurationMs click_ms = 10'000;  // after the sending
  DurationMs pair_ms = 2'000;    // between clicks on two addresses
};

// The clicks of one message; a part of its row.
struct MessageClicks {
  std::vector<ClickMark> decided, held;  // oldest first
  std::int64_t next = 0;
  std::optional<TimeMs> sent_ms;
  static constexpr auto fields() {
    return FieldList{field("decided", &MessageClicks::decided), field("held", &MessageClicks::held),
                      field("next", &MessageClicks::next), field("sent_ms", &MessageClicks::sent_ms)};
  }
};

inline constexpr std::size_t kClicksKept = 50;

// Takes a click in and gives its number; nullopt when too many are held already: it is a machine's, and so are they.
std::optional<std::int64_t> hold_click(MessageClicks& clicks, ClickMark click);

struct DecidedClick {
  std::int64_t number = 0;
  bool machine = false;
};
// Decides what is due, oldest first.
std::vector<DecidedClick> decide_clicks(MessageClicks& clicks, TimeMs now_ms, const MachineClickLimits& limits);

}  // namespace millrace::harvest
