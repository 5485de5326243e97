#include "node/status_rows.h"

#include <map>

#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::node {

namespace {

// On a cluster the last offsets may hold markers of transactions and no record.
bool nothing_left(const log::Reader& log, TopicPartition tp, Offset from) {
  constexpr std::int64_t kMarkers = 16;
  log::Batch batch;
  const Offset end = log.end(tp);
  if (end.value - from.value > kMarkers) return false;
  while (from < end) {
    if (auto got = log.fetch(tp, from, 1, 1, batch); !got || !batch.records.empty()) return false;
    from = batch.next;
  }
  return true;
}

}  // namespace

Result<std::vector<StatusRow>> status_rows(Reading& reading, bool dense) {
  const log::Reader& log = reading.log();
  const auto positions = reading.positions();
  if (!positions) return positions.fault();
  std::map<TopicPartition, log::TaskPosition> committed;
  for (const log::TaskPosition& p : *positions) committed[p.inbox] = p;
  const Environment environment;
  const engine::Topology topology = make_topology(log.topics().partitions(topics::crm_events), environment);
  std::vector<StatusRow> rows;
  for (const engine::StageSpec& stage : topology.stages)
    for (std::uint16_t p = 0; p < log.topics().partitions(stage.inbox); ++p) {
      const TopicPartition tp{stage.inbox, Partition{p}};
      StatusRow row;
      row.stage = stage.name;
      row.inbox = log.topics()[stage.inbox].name;
      row.partition = p;
      row.start = log.start(tp).value;
      row.end = log.end(tp).value;
      std::int64_t next = 0;
      bool cursor = false;
      if (const auto at = committed.find(tp); at != committed.end()) {
        const log::TaskPosition& p = at->second;
        next = p.next;
        cursor = p.cursor > 0;
        row.folded = static_cast<std::int64_t>(p.folded);
        row.ignored = static_cast<std::int64_t>(p.ignored);
        row.duplicates = static_cast<std::int64_t>(p.duplicates);
        row.forwarded = static_cast<std::int64_t>(p.forwarded);
        row.dead_letters = static_cast<std::int64_t>(p.dead_letters);
      }
      row.lag = row.end - next;
      if (!dense && row.lag > 0 && nothing_left(log, tp, Offset{next})) row.lag = 0;
      // On a cluster markers of transactions take offsets too: `verify` recounts there.
      // A tick whose timers are still firing is counted as folded, but not passed.
      if (cursor) next += 1;
      row.conserved = !dense || next == row.folded + row.ignored + row.duplicates + row.forwarded + row.dead_letters;
      rows.push_back(std::move(row));
    }
  return rows;
}

}  // namespace millrace::node
