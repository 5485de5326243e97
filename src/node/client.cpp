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
  if (auto sent = socket->send(message); !sent) return sent.fault();
  auto answer = socket->receive();
  if (!answer) return answer.fault();
  Response response;
  std::string_view bytes = *answer ? std::string_view(**answer) : std::string_view();
  if (!*answer || !state::decode(bytes, response))
    return retryable("unreachable", "the running process ended before it answered; what it had not confirmed may not "
                                    "have been taken. Send it again: repeats are found by their ids");
  return response;
}

Result<Writer> Writer::open(const Target& target, const OpenOptions& options) {
  Writer writer;
  writer.folder_ = target.data;
  if (ask(target.data, {})) return writer;
  if (target.on_cluster()) {
    auto cluster = open_cluster(target, {});
    if (!cluster) return cluster.fault();
    writer.cluster_ = *std::move(cluster);
    return writer;
  }
  auto node = Node::open(target.data, options);
  if (!node) return node.fault();
  writer.node_ = *std::move(node);
  return writer;
}

Result<Response> Writer::send(const Request& request) {
  if (node_) return handle(*node_, request);
  if (cluster_) return handle(*cluster_, request);
  return ask(folder_, request);
}

Result<void> Writer::close() { return node_ ? node_->close() : Result<void>(); }

}  // namespace millrace::node
