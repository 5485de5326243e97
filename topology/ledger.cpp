#include "topology/ledger.h"

#include <algorithm>

#include "core/hash.h"
#include "core/json.h"
#include "topology/events/ledger.h"
#include "topology/topics.h"

namespace millrace {

namespace {
std::string chain_key(const Step& step) {
  return std::string(step.stage) + "/" + std::to_string(step.partition.value);
}
}  // namespace

Ledger::Ledger(state::TableSpace& tables) : head_(tables, "ledger") {}

void Ledger::append(Step& step, std::string_view kind, std::string_view actor, std::string_view subject,
                    std::string_view body) {
  Head& head = head_.edit("head");
  LedgerEntry entry;
  entry.actor = actor;
  entry.body_sha256 = sha256_hex(body);
  entry.kind = kind;
  entry.prev_hash = head.seq < 0 ? std::string(64, '0') : head.hash;
  entry.seq = head.seq + 1;
  entry.stage = step.stage;
  entry.subject = subject;
  entry.ts_ms = std::max(head.ts_ms, step.now_ms);
  entry.hash = sha256_hex(to_json(entry));  // without hash and body: they are absent yet
  entry.body.text = body;
  head.hash = entry.hash;
  head.seq = entry.seq;
  head.ts_ms = entry.ts_ms;
  step.emit({.topic = topics::audit_ledger, .key = chain_key(step)}, entry);
}

void Ledger::reject(Step& step, std::string_view request_id, std::string_view code, std::string_view detail) {
  if (step.in.broadcast && step.partition.value != 0) return;
  OperatorRejected answer{std::string(request_id), std::string(code), std::nullopt};
  if (!detail.empty()) answer.detail = detail;
  step.emit({.topic = topics::audit_ledger, .key = chain_key(step)}, answer);
}

}  // namespace millrace
