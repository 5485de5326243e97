#include "cli/operator_record.h"

#include <unistd.h>

#include <cstdlib>

#include "cli/app.h"
#include "core/time.h"
#include "keys/crypto.h"
#include "core/hash.h"
#include "node/node.h"
#include "node/request.h"

namespace millrace::cli {

Asker Asker::me() {
  const char* user = std::getenv("USER");
  const std::string random = random_bytes(8);
  return {user && *user ? user : "uid-" + std::to_string(::getuid()), "rq_" + hex(random, 16)};
}

std::string operator_body(std::string_view type, std::string_view tenant, std::string_view request_id,
                          std::string_view data_json) {
  std::string out = "{\"data\":";
  out.append(data_json).append(",\"id\":");
  append_json_string(out, request_id);
  out.append(",\"source\":\"cli\",\"specversion\":\"1.0\",\"tenant\":");
  append_json_string(out, tenant);
  out.append(",\"time\":\"");
  append_rfc3339(out, node::wall_ms());
  return out.append("\",\"type\":\"").append(type).append("\"}");
}

namespace {

Result<void> send(const Globals& globals, const node::Request& request) {
  auto writer = node::Writer::open(globals.target(), globals.open_options());
  if (!writer) return writer.fault();
  const auto answer = writer->send(request);
  if (!answer) return answer.fault();
  if (!answer->code.empty()) return fatal(answer->code, answer->message);
  return writer->close();
}

}  // namespace

Result<void> send_operator(const Globals& globals, const std::string& tenant, const std::string& body) {
  node::Request request;
  request.op = node::Request::Op::operators;
  request.items = {body};
  request.args["tenant"] = tenant;
  return send(globals, request);
}

Result<void> send_control_operator(const Globals& globals, const std::string& body) {
  node::Request request;
  request.op = node::Request::Op::operators;
  request.items = {body};
  request.args["topic"] = "control";
  return send(globals, request);
}

Result<void> send_control(const Globals& globals, const std::string& body) {
  node::Request request;
  request.op = node::Request::Op::control;
  request.items = {body};
  return send(globals, request);
}

}  // namespace millrace::cli
