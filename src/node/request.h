// What other processes ask of the one that holds the lock, and its answers: the same whether they reach a running
// `run` through its socket or are carried out by the command itself under the lock.
//
// RQ-1  An answer is given after what it stands on is durable (law 5): a write, and what a query has read. Where the disk is
//       full a query is answered nevertheless, with what is folded.
// RQ-2  Who names a cluster is answered by an instance of that namespace only: a folder's process may work for another.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/result.h"
#include "engine/committer.h"
#include "node/target.h"

namespace millrace::node {

class Host;
class Node;
struct OpenOptions;

// The arg of any request that says which namespace on a cluster it is for.
inline constexpr const char* kOfNamespace = "of_namespace";

struct Request {
  enum class Op {
    ping,         // is somebody there?
    facts,        // items: front-door records as JSON; each is checked, sealed and appended. args anyway=1: the ones
                  // that are refused too (they end in the dead letters, with their reason)
    load,         // the same, refused where the clock is the wall's. In a history namespace both go to history.in,
                  // stamped with their event time
    control,      // items: bodies for topic control
    operators,    // items: operator.* records without sig; sealed, signed with the folder's key and appended to crm.events
                  // of args tenant, with args topic=control to that topic. args load=1: to history.in, each stamped with its time, under its own tenant
    retry,        // args topic, partition, offset: a dead letter to try again
    state_get,    // args stage, table, key
    state_list,   // args stage, table, prefix, limit
    state_tables, // args stage
    health,       // lines for the operator: the age of the last checkpoint, and what is waited for
    open_sealed   // items: records that came sealed as a whole, or with args tenant what stands sealed in records of it; lines: what they
                  // hold, for the folder's own people; empty for what does not open any more
  };
  Op op = Op::ping;
  std::vector<std::string> items;
  std::map<std::string, std::string> args;
  static constexpr auto fields() {
    return FieldList{field("args", &Request::args), field("items", &Request::items), field("op", &Request::op)};
  }
};

struct Response {
  std::string code;     // empty: good
  std::string message;  // what to do
  std::vector<std::string> lines;   // results
  std::vector<std::string> refused;  // one a refused item: "<index> <reason>"
  std::int64_t accepted = 0;
  bool retry = false;  // the same request may be good later: the disk is low or full
  static constexpr auto fields() {
    return FieldList{field("accepted", &Response::accepted), field("code", &Response::code),
                      field("lines", &Response::lines), field("message", &Response::message),
                      field("refused", &Response::refused), field("retry", &Response::retry)};
  }
};

// Carries a request out, and answers by RQ-1.
Response handle(Host& node, const Request& request);

// The same for who has other things to do meanwhile: the answer may go out when the outcome of the ticket is known, by
// answer_of() it.
struct Pending {
  Response response;
  engine::Ticket ticket = 0;
  bool write = false;
};
Pending begin(Host& node, const Request& request);
Response answer_of(Pending pending, const Result<void>& outcome);

// src/node/dead_letters.h
Response retry_dead_letter(Host& node, const Request& request);

// The socket of a data folder.
std::string socket_path(const std::string& folder);

// Sends one request and waits for its answer. Fails: unreachable when nobody listens.
Result<Response> ask(const std::string& folder, const Request& request);

// A connection for commands that write: to the running process, or to the folder itself under its lock.
class Writer {
 public:
  // `options`: how a folder is opened when nobody listens. A process that has the folder and does not listen yet (it
  // starts, stops, or is a command itself) is awaited for a minute. Fails: as Node::open, or Cluster::open, when it cannot be opened.
  static Result<Writer> open(const Target& target, const OpenOptions& options);
  // Where the process that was asked ended meanwhile, the same is asked of the next, or done here: what is sent twice
  // takes effect once, by its ids.
  Result<Response> send(const Request& request);
  // Under the lock: folds nothing, but leaves no tail behind. Call it last.
  Result<void> close();
  bool remote() const { return !node_ && !cluster_; }
  // Under the lock, when control records wait: folds what waits, so that what is appended next comes behind their copies.
  Result<void> fold_control();

 private:
  Result<void> reach(const Target& target, const OpenOptions& options);
  Result<void> take(const Target& target, const OpenOptions& options);  // under the lock

  std::string folder_;
  Target target_;
  std::shared_ptr<const OpenOptions> options_;
  std::shared_ptr<Node> node_;
  std::shared_ptr<Host> cluster_;
};

}  // namespace millrace::node
