#include "node/server.h"

#include "engine/loader.h"

namespace millrace::node {

constexpr TimeMs kTickMs = 10'000;
constexpr int kPollMs = 100;

Result<void> Server::open() { return door_.open(node_.folder()); }

Result<void> Server::tick() {
  const TimeMs now = wall_ms();
  if (node_.history() || now < next_tick_) return {};
  const TimeMs tick = now / kTickMs * kTickMs;
  next_tick_ = tick + kTickMs;
  const std::string body = engine::tick_body(tick);
  const auto appended =
      node_.engine().append({{{node_.topology().control, Partition{0}}, now, {}, body, {}}});
  if (!appended) return appended.fault();
  return {};
}

Result<void> Server::run(const std::atomic<bool>& stop) {
  while (!stop) {
    door_.turn(node_, node_.engine().idle() ? kPollMs : 0);
    if (auto ticked = tick(); !ticked) return ticked;
    if (auto folded = node_.settle([&] { return !stop; }); !folded) return folded;
    if (auto saved = node_.engine().checkpointer().run(); !saved) return saved;
  }
  return {};
}

}  // namespace millrace::node
