// What the machine tells its operator while it works: named events, as a port. The process writes them as one JSON
// object a line (src/cli/event_log.h); tests collect them or say nothing.
//
// EV-1  No event holds personal data: ids, places, reasons and counts only.
// EV-2  An event changes nothing: what is folded and stored is the same whether somebody listens.
//
// Threads: any thread may tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

enum class Level { error, warn, info, debug };

// The names and fields are those of spec/conventions.md section 10; empty fields are left out.
struct Event {
  Level level = Level::info;
  std::string_view name;  // start, ready, stop, config, policy, commit, checkpoint, restore, refold, dlq, retry, …
  std::string_view stage{}, tenant{}, inbox{};
  std::optional<std::int64_t> partition{}, offset{};
  std::string_view record_id{}, cause_id{}, code{}, detail{};
};

class Events {
 public:
  virtual ~Events() = default;
  // False: events of this level go nowhere, so their words need not be made.
  virtual bool wants(Level level) const = 0;
  // The views need to live until it returns.
  virtual void tell(const Event& event) = 0;
};

// Where nobody listens.
inline Events& no_events() {
  class Nobody final : public Events {
    bool wants(Level) const override { return false; }
    void tell(const Event&) override {}
  };
  static Nobody nobody;
  return nobody;
}

}  // namespace millrace
