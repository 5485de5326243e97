// audit.ledger: entries of the hash chains, and the answers to refused requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/fields.h"

namespace millrace {

struct LedgerEntry {
  static constexpr std::string_view type = "ledger.entry";
  std::string actor, body_sha256, hash, kind, prev_hash, stage, subject;
  RawJson body;  // stands beside the entry: it is not part of the hash but by its own
  std::int64_t seq = 0, ts_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("actor", &LedgerEntry::actor),
                      field("body", &LedgerEntry::body),
                      required("body_sha256", &LedgerEntry::body_sha256),
                      field("hash", &LedgerEntry::hash),
                      required("kind", &LedgerEntry::kind),
                      required("prev_hash", &LedgerEntry::prev_hash),
                      required("seq", &LedgerEntry::seq),
                      required("stage", &LedgerEntry::stage),
                      field("subject", &LedgerEntry::subject),
                      required("ts_ms", &LedgerEntry::ts_ms)};
  }
};

struct OperatorRejected {
  static constexpr std::string_view type = "operator.rejected";
  std::string request_id, code;
  std::optional<std::string> detail;
  static constexpr auto fields() {
    return FieldList{required("code", &OperatorRejected::code), field("detail", &OperatorRejected::detail),
                      required("request_id", &OperatorRejected::request_id)};
  }
};

}  // namespace millrace
