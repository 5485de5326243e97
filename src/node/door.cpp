#include "node/door.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
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

bool Door::take(Host& host, Client& client, int& came) {
  auto message = client.socket.receive_some(client.asking);
  if (!message) return false;
  ++came;
  if (!*message) return true;
  Request request;
  std::string_view bytes = **message;
  if (!state::decode(bytes, request))
    return answer(client, {.code = "bad_request", .message = "the request is of another version; use the same millrace binary"});
  client.waiting = begin(host, request);
  return answer_known(host, client);
}

bool Door::answer(Client& client, const Response& response) {
  std::string bytes;
  state::encode(bytes, response);
  client.answer = Socket::framed(bytes);
  client.answered = 0;
  return answer_on(client);
}

bool Door::answer_on(Client& client) {
  if (!client.socket.send_some(client.answer, client.answered)) return false;
  if (client.answered == client.answer.size()) client.answer = {};
  return true;
}

bool Door::answer_known(Host& host, Client& client) {
  const auto outcome = host.outcome(client.waiting->ticket);
  return !outcome || answer(client, answer_of(*std::exchange(client.waiting, std::nullopt), *outcome));
}

int Door::turn(Host& host, int wait_ms) {
  int came = 0;
  std::vector<pollfd> files{{listener_.file(), POLLIN, 0}, {host.outcome_file(), POLLIN, 0}};
  for (const Client& client : clients_)  // one that waits is not looked at: it could only be gone, again and again
    files.push_back({client.waiting ? -1 : client.socket.file(), static_cast<short>(client.answer.empty() ? POLLIN : POLLOUT), 0});
  ::poll(files.data(), files.size(), wait_ms);
  if (files[1].revents != 0) host.outcomes_seen();
  std::vector<Client> all = std::exchange(clients_, {});
  for (std::size_t i = 0; i < all.size(); ++i) {
    Client& client = all[i];
    const bool ready = files[i + 2].revents != 0;
    const bool stays = client.waiting         ? answer_known(host, client)
                       : !ready               ? true
                       : client.answer.empty() ? take(host, client, came)
                                               : answer_on(client);
    if (stays) clients_.push_back(std::move(client));
  }
  if (files[0].revents & POLLIN)
    while (Socket client = listener_.accept()) {
      clients_.push_back({std::move(client)});
      ++came;
    }
  return came;
}

void Door::finish(Host& host) {
  for (Client& client : clients_)
    if (client.waiting) {
      const auto outcome = host.await(client.waiting->ticket);
      if (!answer(client, answer_of(*std::exchange(client.waiting, std::nullopt), outcome))) client.answer = {};
    }
  const auto until = std::chrono::steady_clock::now() + linger_;
  for (Client& client : clients_)
    while (!client.answer.empty()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      pollfd file{client.socket.file(), POLLOUT, 0};
      if (::poll(&file, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0))) <= 0 || !answer_on(client)) break;
    }
  clients_.clear();
}

}  // namespace millrace::node
