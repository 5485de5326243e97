#include "node/door.h"

#include <poll.h>
#include <unistd.h>

#include "node/request.h"
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

void Door::answer(Host& host, Socket& client) {
  auto message = client.receive();
  if (!message || !*message) {
    client = Socket();
    return;
  }
  Request request;
  Response response;
  std::string_view bytes = **message;
  if (state::decode(bytes, request)) response = handle(host, request);
  else response = {.code = "bad_request", .message = "the request is of another version; use the same millrace binary"};
  std::string answer;
  state::encode(answer, response);
  if (auto sent = client.send(answer); !sent) client = Socket();
}

int Door::turn(Host& host, int wait_ms) {
  int came = 0;
  std::vector<pollfd> files{{listener_.file(), POLLIN, 0}};
  for (const Socket& client : clients_) files.push_back({client.file(), POLLIN, 0});
  ::poll(files.data(), files.size(), wait_ms);
  std::vector<Socket> open;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    if (files[i + 1].revents != 0) {
      answer(host, clients_[i]);
      ++came;
    }
    if (clients_[i]) open.push_back(std::move(clients_[i]));
  }
  clients_ = std::move(open);
  if (files[0].revents & POLLIN)
    while (Socket client = listener_.accept()) {
      clients_.push_back(std::move(client));
      ++came;
    }
  return came;
}

}  // namespace millrace::node
