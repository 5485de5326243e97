#include "core/time.h"
#include "node/front_door.h"
#include "node/host.h"
#include "node/node.h"
#include "node/operator_door.h"
#include "node/request.h"
#include "node/state_query.h"
#include "topology/topics.h"
#include "topology/wire/strict.h"

namespace millrace::node {

namespace {

const Response kNoOperatorKey{.code = "no_operator_key",
                              .message = "this folder holds no operator key (keys/operator): run the command in the folder that made the "
                                         "namespace, or make a key here and accept it there with `millrace key add`"};
const Response kNotHistory{.code = "not_a_history_namespace",
                           .message = "the namespace has the wall's clock; make a fresh one: millrace import --history --data NEW_FOLDER"};

Response refused(const Fault& fault) {
  return {.code = fault.code, .message = fault.message, .retry = fault.kind == Fault::Kind::retry};
}

std::string arg(const Request& request, const char* name) {
  const auto found = request.args.find(name);
  return found == request.args.end() ? std::string() : found->second;
}

Response append_facts(Host& node, const Request& request) {
  if (request.op == Request::Op::load && !node.history()) return kNotHistory;
  if (const auto room = node.admits(engine::Intake::facts); !room) return refused(room.fault());
  const bool load = node.history();  // there the loader is the front door, also of what comes later
  Response response;
  const TimeMs now = node.now_ms();
  const TopicId topic = load ? topics::history_in : topics::crm_events;
  const std::uint16_t partitions = node.topology().topics.partitions(topic);
  std::vector<Admitted> admitted;
  admitted.reserve(request.items.size());
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    Admitted fact;
    const std::string reason = admit(request.items[i], arg(request, "anyway") == "1", now, load, node.keys(), fact);
    if (reason.empty()) admitted.push_back(std::move(fact));
    else {
      node.events().tell({.name = "reject", .inbox = node.topology().topics[topic].name, .code = reason});
      response.refused.push_back(std::to_string(i) + " " + reason);
    }
  }
  std::vector<NewRecord> records;
  records.reserve(admitted.size());
  for (const Admitted& fact : admitted)
    records.push_back({{topic, Partition{partition_of(fact.key, partitions)}}, load ? fact.event_ms : now, fact.key, fact.value, {}});
  if (const auto appended = node.append(records); !appended) return refused(appended.fault());
  response.accepted = static_cast<std::int64_t>(records.size());
  return response;
}

Response append_control(Host& node, const Request& request) {
  std::vector<NewRecord> records;
  for (const std::string& body : request.items)
    records.push_back({{topics::control, Partition{0}}, node.now_ms(), {}, body, {}});
  if (const auto appended = node.append(records, engine::Intake::control); !appended) return refused(appended.fault());
  return {.accepted = static_cast<std::int64_t>(records.size())};
}

// The load of a history begins with its operators' records, at the time that they name.
Response load_operators(Host& node, const Request& request) {
  if (!node.history()) return kNotHistory;
  if (!node.operator_key()) return kNoOperatorKey;
  std::vector<std::string> bodies, tenants;
  std::vector<TimeMs> times;
  wire::StrictJson json;
  for (const std::string& body : request.items) {
    json.read(body);
    const wire::JsonValue* tenant = wire::StrictJson::find(json.root(), "tenant");
    const wire::JsonValue* time = wire::StrictJson::find(json.root(), "time");
    const auto at = tenant && time ? parse_rfc3339(json.string_of(*time)) : std::nullopt;
    if (!at || !json.canonical()) return {.code = "bad_request", .message = "an operator's record is canonical JSON with tenant and time"};
    tenants.emplace_back(json.string_of(*tenant));
    times.push_back(*at);
    bodies.push_back(operator_record(body, *node.operator_key(), node.keys()));
  }
  std::vector<NewRecord> records;
  for (std::size_t i = 0; i < bodies.size(); ++i)
    records.push_back({{topics::history_in, Partition{0}}, times[i], tenants[i], bodies[i], {}});
  if (const auto appended = node.append(records); !appended) return refused(appended.fault());
  return {.accepted = static_cast<std::int64_t>(records.size())};
}

Response append_operators(Host& node, const Request& request) {
  if (arg(request, "load") == "1") return load_operators(node, request);
  if (!node.operator_key()) return kNoOperatorKey;
  const std::string tenant = arg(request, "tenant");
  const bool to_control = arg(request, "topic") == "control";
  const TopicPartition door = to_control
                                  ? TopicPartition{topics::control, Partition{0}}
                                  : TopicPartition{topics::crm_events, Partition{partition_of(tenant, node.topology().topics.partitions(topics::crm_events))}};
  std::vector<std::string> bodies;
  for (const std::string& body : request.items) bodies.push_back(operator_record(body, *node.operator_key(), node.keys()));
  std::vector<NewRecord> records;
  for (const std::string& body : bodies) records.push_back({door, node.now_ms(), to_control ? std::string_view() : std::string_view(tenant), body, {}});
  if (const auto appended = node.append(records, engine::Intake::control); !appended) return refused(appended.fault());
  return {.accepted = static_cast<std::int64_t>(records.size())};
}

Response query_tasks(Host& node, const Request& request) {
  std::vector<StageState> parts;
  for (engine::Task* task : node.tasks()) parts.push_back({task->stage().name, task->space()});
  return query_state(request, node.topology(), parts);
}

Response open_sealed(Host& node, const Request& request) {
  Response response;
  const std::string tenant = arg(request, "tenant");
  for (const std::string& item : request.items) {
    auto opened = tenant.empty() ? opened_whole(item, node.keys()) : node.keys().open(tenant, item).value_or("");
    if (!opened) return {.code = "not_sealed_here", .message = "the original is sealed under a key that this folder does not have"};
    response.lines.push_back(*std::move(opened));
  }
  return response;
}

Response carried_out(Host& node, const Request& request) {
  switch (request.op) {
    case Request::Op::ping: return {};
    case Request::Op::facts:
    case Request::Op::load: return append_facts(node, request);
    case Request::Op::control: return append_control(node, request);
    case Request::Op::operators: return append_operators(node, request);
    case Request::Op::open_sealed: return open_sealed(node, request);
    case Request::Op::retry: return retry_dead_letter(node, request);
    case Request::Op::state_get:
    case Request::Op::state_list:
    case Request::Op::state_tables: return query_tasks(node, request);
    case Request::Op::health: return {.lines = node.health()};
  }
  return {.code = "bad_request", .message = "the request is of another version; use the same millrace binary"};
}

bool writes(Request::Op op) {
  return op == Request::Op::facts || op == Request::Op::load || op == Request::Op::control || op == Request::Op::operators ||
         op == Request::Op::retry;
}
bool reads_state(Request::Op op) { return op == Request::Op::state_get || op == Request::Op::state_list; }

// RQ-2
bool is_for(const Host& node, const Request& request) {
  const auto wanted = request.args.find(kOfNamespace);
  return wanted == request.args.end() || node.name_space() == wanted->second;
}

Response not_for(const Host& node, const Request& request) {
  const auto here = node.name_space();
  return refused(fatal("other_namespace", "the process that has this folder works for " + (here ? "the namespace \"" + *here + "\" of a cluster" : std::string("the log in it")) +
                                              ", not for \"" + request.args.at(kOfNamespace) + "\". Give that one's folder with --data, or what belongs to this one with --brokers and --namespace"));
}

}  // namespace

Pending begin(Host& node, const Request& request) {
  if (!is_for(node, request)) return {.response = not_for(node, request)};
  Pending pending{.response = carried_out(node, request), .write = writes(request.op)};
  // Not what a process says of itself, nor a refusal, but for that of a dead letter, which may name what another request did.
  const bool good = pending.response.code.empty();
  if ((good && (pending.write || reads_state(request.op))) || request.op == Request::Op::retry) pending.ticket = node.ticket();
  return pending;
}

Response answer_of(Pending pending, const Result<void>& outcome) {
  if (!outcome && pending.write) return refused(outcome.fault());
  return std::move(pending.response);
}

Response handle(Host& node, const Request& request) {
  Pending pending = begin(node, request);
  const auto outcome = node.await(pending.ticket);
  return answer_of(std::move(pending), outcome);
}

}  // namespace millrace::node
