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
  const std::string body = engine::tick_body(tick);
  const auto appended =
      node_.engine().take({{{node_.topology().control, Partition{0}}, now, {}, body, {}}}, engine::Intake::control);
  if (appended) next_tick_ = tick + kTickMs;
  else if (appended.fault().kind == Fault::Kind::fatal) return appended.fault();
  return {};  // without room time stands, and the next tick jumps
}

Result<void> Server::run(const std::function<bool()>& keep_going) {
  auto ran = serve(keep_going);
  door_.finish(node_);
  return ran;
}

Result<void> Server::run_once(const std::function<bool()>& keep_going) {
  auto ran = serve_once(keep_going);
  door_.finish(node_);
  return ran;
}

Result<void> Server::serve(const std::function<bool()>& keep_going) {
  while (keep_going()) {
    door_.turn(node_, out_of_room_ || node_.engine().idle() ? kPollMs : 0);
    if (auto ticked = tick(); !ticked) return ticked;
    const auto folded = node_.fold(with_door(keep_going));
    if (!folded) return folded.fault();
    out_of_room_ = *folded == engine::Pace::out_of_room;
    if (auto saved = node_.engine().checkpoint(); !saved) return saved;
    if (auto trimmed = node_.trim(); !trimmed) return trimmed;
  }
  return {};
}

Result<void> Server::serve_once(const std::function<bool()>& keep_going) {
  while (keep_going()) {
    const auto folded = node_.settle(with_door(keep_going));
    if (!folded) return folded.fault();
    if (*folded == engine::Pace::stopped) return {};
    out_of_room_ = *folded == engine::Pace::out_of_room;
    if (door_.turn(node_, out_of_room_ ? kPollMs : 0) == 0 && !out_of_room_) return {};
  }
  return {};
}

std::function<bool()> Server::with_door(const std::function<bool()>& keep_going) {
  return [this, &keep_going] {
    door_.turn(node_, 0);
    return keep_going();
  };
}

}  // namespace millrace::node
