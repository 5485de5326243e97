#include "node/door.h"

#include <poll.h>
#include <unistd.h>

#include <utility>

#include "state/codec.h"

namespace millrace::node {

Door::~Door() {
  if (listener_) ::unlink(path_.c_str());
}

Result<void> Door::open(const std::string& folder) {
  path_ = socket_path(folder);
  auto listener = Socket::listen(socket_path(folder));
  if (!listener) return listener.fault();
  listener_ = *std::move(listener);
  return {};
}

void Door::take(Host& host, Socket client) {
  auto message = client.receive();
  if (!message || !*message) return;
  Request request;
  std::string_view bytes = **message;
  if (!state::decode(bytes, request))
    return answer(std::move(client), {.code = "bad_request", .message = "the request is of another version; use the same millrace binary"});
  Pending pending = begin(host, request);
  if (const auto outcome = host.outcome(pending.ticket)) return answer(std::move(client), answer_of(std::move(pending), *outcome));
  waiting_.push_back({std::move(client), std::move(pending)});
}

void Door::answer(Socket client, const Response& response) {
  std::string bytes;
  state::encode(bytes, response);
  if (client.send(bytes)) clients_.push_back(std::move(client));
}

void Door::answer_known(Host& host) {
  std::vector<Waiting> still;
  for (Waiting& each : std::exchange(waiting_, {})) {
    if (const auto outcome = host.outcome(each.pending.ticket)) answer(std::move(each.client), answer_of(std::move(each.pending), *outcome));
    else still.push_back(std::move(each));
  }
  waiting_ = std::move(still);
}

int Door::turn(Host& host, int wait_ms) {
  int came = 0;
  std::vector<pollfd> files{{listener_.file(), POLLIN, 0}, {host.outcome_file(), POLLIN, 0}};
  for (const Socket& client : clients_) files.push_back({client.file(), POLLIN, 0});
  ::poll(files.data(), files.size(), wait_ms);
  std::vector<Socket> asking;
  std::vector<Socket> silent;
  for (std::size_t i = 0; i < clients_.size(); ++i) (files[i + 2].revents != 0 ? asking : silent).push_back(std::move(clients_[i]));
  clients_ = std::move(silent);
  if (files[1].revents != 0) host.outcomes_seen();
  if (!waiting_.empty()) answer_known(host);
  for (Socket& client : asking) {
    take(host, std::move(client));
    ++came;
  }
  if (files[0].revents & POLLIN)
    while (Socket client = listener_.accept()) {
      clients_.push_back(std::move(client));
      ++came;
    }
  return came;
}

void Door::finish(Host& host) {
  for (Waiting& each : std::exchange(waiting_, {})) {
    const auto outcome = host.await(each.pending.ticket);
    answer(std::move(each.client), answer_of(std::move(each.pending), outcome));
  }
}

}  // namespace millrace::node
