#include <chrono>
#include <thread>
#include <utility>

#include "node/cluster.h"
#include "node/node.h"
#include "node/request.h"
#include "node/socket.h"
#include "state/codec.h"

namespace millrace::node {

std::string socket_path(const std::string& folder) { return folder + "/run.sock"; }

Result<Response> ask(const std::string& folder, const Request& request) {
  auto socket = Socket::connect(socket_path(folder));
  if (!socket) return socket.fault();
  std::string message;
  state::encode(message, request);
  const auto ended = [] {
    return retryable("unreachable", "the running process ended before it answered; what it had not confirmed may not "
                                    "have been taken. Send it again: repeats are found by their ids");
  };
  if (!socket->send(message)) return ended();
  auto answer = socket->receive();
  if (!answer && answer.fault().code != "io") return answer.fault();  // of a message, not of who is gone
  if (!answer || !*answer) return ended();
  Response response;
  std::string_view bytes = **answer;
  if (!state::decode(bytes, response)) return ended();
  return response;
}

namespace {

Request of(const Target& target, Request request) {  // RQ-2
  if (target.on_cluster()) request.args[kOfNamespace] = target.name_space();
  return request;
}

}  // namespace

Result<void> Writer::take(const Target& target, const OpenOptions& options) {
  if (target.on_cluster()) {
    auto cluster = open_cluster(target, {});
    if (!cluster) return cluster.fault();
    cluster_ = *std::move(cluster);
    return {};
  }
  auto node = Node::open(target.data, options);
  if (!node) return node.fault();
  node_ = *std::move(node);
  return {};
}

Result<void> Writer::reach(const Target& target, const OpenOptions& options) {
  constexpr std::chrono::seconds kPatience{60};
  constexpr std::chrono::milliseconds kBetween{50};
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (bool told = false;;) {
    if (const auto here = ask(target.data, of(target, {}))) return here->code.empty() ? Result<void>() : fatal(here->code, here->message);
    const auto taken = take(target, options);
    if (taken || taken.fault().code != "locked" || std::chrono::steady_clock::now() >= until) return taken;
    if (!std::exchange(told, true) && options.on_wait) options.on_wait(taken.fault());
    std::this_thread::sleep_for(kBetween);
  }
}

Result<Writer> Writer::open(const Target& target, const OpenOptions& options) {
  Writer writer;
  writer.folder_ = target.data;
  if (auto reached = writer.reach(target, options); !reached) return reached.fault();
  writer.target_ = target;
  writer.options_ = std::make_shared<OpenOptions>(options);
  return writer;
}

Result<Response> Writer::send(const Request& request) {
  for (bool again = false;; again = true) {
    if (node_) return handle(*node_, request);
    if (cluster_) return handle(*cluster_, request);
    auto answer = ask(folder_, of(target_, request));
    if (answer || again || answer.fault().code != "unreachable") return answer;
    if (auto reached = reach(target_, *options_); !reached) return answer.fault();
  }
}

Result<void> Writer::fold_control() {
  if (!node_ || !node_->control_waits()) return {};
  return node_->settle_all([] { return true; });
}

Result<void> Writer::close() { return node_ ? node_->close() : Result<void>(); }

}  // namespace millrace::node
