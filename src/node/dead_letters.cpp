#include <charconv>

#include "node/dead_letters.h"
#include "node/front_door.h"
#include "node/host.h"
#include "node/members.h"
#include "node/node.h"
#include "node/operator_door.h"
#include "topology/topics.h"

namespace millrace::node {

namespace {

// "x" -> "x#r1", "x#r1" -> "x#r2".
std::string next_attempt(std::string_view id) {
  const auto mark = id.rfind("#r");
  int attempt = 0;
  if (mark != std::string_view::npos) {
    const auto parsed = std::from_chars(id.data() + mark + 2, id.data() + id.size(), attempt);
    if (parsed.ptr != id.data() + id.size()) attempt = 0;
  }
  return std::string(attempt > 0 ? id.substr(0, mark) : id) + "#r" + std::to_string(attempt + 1);
}

// The record with its next attempt's id, an operator's signed anew; bytes that are no record are left as they are.
Result<std::string> retried(std::string_view original, const OperatorSigner* signer) {
  wire::StrictJson json;
  if (json.read(original) != wire::StrictProblem::none) return std::string(original);
  const std::string_view id = string_in(json, json.root(), "id");
  if (id.empty()) return std::string(original);
  Members members = members_of(json.root());
  append_json_string(members["id"] = {}, next_attempt(id));
  const bool by_operator = string_in(json, json.root(), "type").starts_with("operator.");
  if (!by_operator) return text_of(members);
  if (!signer)
    return fatal("no_operator_key", "an operator's record is signed anew, and this folder holds no operator key (keys/operator)");
  members.erase("sig");
  return signed_record(text_of(members), *signer);
}

Result<std::optional<Record>> at_position(const log::Reader& log, Position position, log::Batch& batch) {
  const TopicPartition tp{position.topic, position.partition};
  if (position.offset < log.start(tp) || position.offset >= log.end(tp)) return std::optional<Record>();
  if (auto got = log.fetch(tp, position.offset, 1, 1, batch); !got) return got.fault();
  if (batch.records.empty() || batch.records.front().at != position) return std::optional<Record>();
  return std::optional<Record>(batch.records.front());
}

// True when the inbox holds a record at or behind `at` whose cause is the dead letter: it was retried. `at` moves to where it has looked.
Result<bool> was_retried(const log::Reader& log, TopicPartition tp, Offset& at, Position letter) {
  log::Batch batch;
  while (at < log.end(tp)) {
    if (auto got = log.fetch(tp, at, 1000, 4 << 20, batch); !got) return got.fault();
    for (const Record& record : batch.records)
      if (record.headers.cause == letter) return true;
    at = batch.next;
  }
  return false;
}

std::int64_t number(const Request& request, const char* name) {
  const auto found = request.args.find(name);
  std::int64_t value = -1;
  if (found != request.args.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

}  // namespace

Response retry(const log::Reader& log, const AppendUnless& append, const OperatorSigner* signer, Keyring& keys, Position letter, TimeMs now) {
  log::Batch batch;
  const auto found = at_position(log, letter, batch);
  if (!found) return {.code = found.fault().code, .message = found.fault().message};
  if (!*found) return {.code = "not_found", .message = "there is no dead letter at that offset; `millrace dlq ls` lists what there is"};
  const Position original = (*found)->headers.cause;
  const TopicPartition inbox{original.topic, original.partition};
  static const Response kAlready{.code = "already_retried",
                                 .message = "this dead letter was tried again already; if that failed too, retry the newer one"};
  Offset looked = original.offset;
  const IsThere is_there = [&] { return was_retried(log, inbox, looked, letter); };
  const auto again = is_there();
  if (!again) return {.code = again.fault().code, .message = again.fault().message};
  if (*again) return kAlready;
  const auto record = at_position(log, original, batch);
  if (!record) return {.code = record.fault().code, .message = record.fault().message};
  if (!*record)
    return {.code = "out_of_range", .message = "the original has left the log (retention); produce the fact anew"};
  const auto opened = opened_whole((*record)->value, keys);
  auto body = retried(opened ? std::string_view(*opened) : (*record)->value, signer);
  if (!body) return {.code = body.fault().code, .message = body.fault().message};
  if (opened) body = sealed_whole(*body, keys);
  NewRecord copy{inbox, std::max(now, (*record)->timestamp), (*record)->key, *body, (*record)->headers};
  copy.headers.cause = letter;
  const auto appended = append(copy, is_there);
  if (!appended)
    return {.code = appended.fault().code, .message = appended.fault().message, .retry = appended.fault().kind == Fault::Kind::retry};
  return *appended ? Response{.accepted = 1} : kAlready;
}

Response retry_dead_letter(Host& node, const Request& request) {
  const auto name = request.args.find("topic");
  const auto topic = name == request.args.end() ? std::nullopt : node.log().topics().find(name->second);
  const std::int64_t partition = number(request, "partition"), offset = number(request, "offset");
  if (!topic || !name->second.ends_with(".dlq") || partition < 0 || partition >= node.log().topics().partitions(*topic))
    return {.code = "not_found", .message = "no such dead-letter topic or partition; `millrace dlq ls` lists what there is"};
  const Position letter{*topic, Partition{static_cast<std::uint16_t>(partition)}, Offset{offset}};
  if (auto seen = node.look(); !seen) return {.code = seen.fault().code, .message = seen.fault().message, .retry = seen.fault().kind == Fault::Kind::retry};
  if (node.control_waits())
    return {.code = "control_waits", .message = "control records (a policy, an operator's key) are not folded yet; the letter is tried again behind them", .retry = true};
  const Response response = retry(node.log(), [&node](const NewRecord& record, const IsThere& is_there) { return node.append_unless(record, is_there); },
                                  node.operator_key(), node.keys(), letter, node.now_ms());
  if (response.code.empty())
    node.events().tell({.name = "retry", .inbox = name->second, .partition = partition, .offset = offset});
  return response;
}

}  // namespace millrace::node
