// Entries of all chains of the audit ledger as one list (spec/governance.md section 10): rule governance.ledger_query.
//
// LQ-1  Entries are merged by (ts_ms, stage, partition, seq), whatever order they are given in.
// LQ-2  `next` is the place of the first entry that was left out: who asks on from there misses none.
// Tests: tests/unit/ledger_chain_test.cpp, conformance governance.ledger_query
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/ids.h"

namespace millrace {

struct LedgerPlace {
  std::string stage;
  std::int64_t partition = 0, seq = 0;
  friend bool operator==(const LedgerPlace&, const LedgerPlace&) = default;
};
// What a query looks at.
struct LedgerRow {
  LedgerPlace at;
  TimeMs ts_ms = 0;
  std::string subject, kind;
};
struct LedgerQuery {
  std::optional<std::string> subject, kind;
  std::optional<TimeMs> from_ms;
  std::int64_t limit = 100;  // 1 to 500
};
struct LedgerFound {
  std::vector<LedgerRow> rows;
  std::optional<LedgerPlace> next;
};

inline LedgerFound query_ledger(std::vector<LedgerRow> rows, const LedgerQuery& query) {
  std::erase_if(rows, [&](const LedgerRow& row) {
    return (query.subject && row.subject != *query.subject) || (query.kind && row.kind != *query.kind) ||
           (query.from_ms && row.ts_ms < *query.from_ms);
  });
  std::sort(rows.begin(), rows.end(), [](const LedgerRow& a, const LedgerRow& b) {
    return std::tie(a.ts_ms, a.at.stage, a.at.partition, a.at.seq) < std::tie(b.ts_ms, b.at.stage, b.at.partition, b.at.seq);
  });
  LedgerFound found;
  const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(query.limit, 1, 500));
  if (rows.size() > limit) {
    found.next = rows[limit].at;
    rows.resize(limit);
  }
  found.rows = std::move(rows);
  return found;
}

}  // namespace millrace
