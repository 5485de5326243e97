#include "node/server.h"

#include <poll.h>

#include <algorithm>

#include "engine/loader.h"
#include "node/request.h"
#include "state/codec.h"

namespace millrace::node {

constexpr TimeMs kTickMs = 10'000;
constexpr int kPollMs = 100;

Result<void> Server::open() {
  auto listener = Socket::listen(socket_path(node_.folder()));
  if (!listener) return listener.fault();
  listener_ = *std::move(listener);
  return {};
}

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

// One request of each client that has one: all are answered before anything is folded.
void Server::serve(std::vector<Socket>& ready) {
  for (Socket& client : ready) {
    auto message = client.receive();
    if (!message || !*message) {
      client = Socket();
      continue;
    }
    Request request;
    Response response;
    std::string_view bytes = **message;
    if (state::decode(bytes, request)) response = handle(node_, request);
    else response = {.code = "bad_request", .message = "the request is of another version; use the same millrace binary"};
    std::string answer;
    state::encode(answer, response);
    if (auto sent = client.send(answer); !sent) client = Socket();
  }
}

Result<void> Server::run(const std::atomic<bool>& stop) {
  while (!stop) {
    std::vector<pollfd> files{{listener_.file(), POLLIN, 0}};
    for (const Socket& client : clients_) files.push_back({client.file(), POLLIN, 0});
    const bool idle = node_.engine().idle();
    ::poll(files.data(), files.size(), idle ? kPollMs : 0);
    std::vector<Socket> ready, quiet;
    for (std::size_t i = 0; i < clients_.size(); ++i)
      (files[i + 1].revents != 0 ? ready : quiet).push_back(std::move(clients_[i]));
    serve(ready);
    clients_ = std::move(quiet);
    for (Socket& client : ready)
      if (client) clients_.push_back(std::move(client));
    if (files[0].revents & POLLIN)
      while (Socket client = listener_.accept()) clients_.push_back(std::move(client));

    if (auto ticked = tick(); !ticked) return ticked;
    if (auto folded = node_.settle([&] { return !stop; }); !folded) return folded;
    if (auto saved = node_.engine().checkpointer().run(); !saved) return saved;
  }
  return {};
}

}  // namespace millrace::node
