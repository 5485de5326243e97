// millrace status: how far every task is, and whether everything that came in is accounted for (law 7).
#include <unistd.h>

#include <cstdio>

#include "cli/app.h"
#include "core/json.h"
#include "node/node.h"
#include "node/reading.h"
#include "node/request.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::cli {

namespace {

struct StatusRow {
  std::string stage, inbox;
  std::int64_t partition = 0, end = 0, folded = 0, ignored = 0, duplicates = 0, forwarded = 0, dead_letters = 0, lag = 0;
  bool conserved = true;
  static constexpr auto fields() {
    return FieldList{field("conserved", &StatusRow::conserved),     field("dead_letters", &StatusRow::dead_letters),
                      field("duplicates", &StatusRow::duplicates),   field("end", &StatusRow::end),
                      field("folded", &StatusRow::folded),           field("forwarded", &StatusRow::forwarded),
                      field("ignored", &StatusRow::ignored),         field("inbox", &StatusRow::inbox),
                      field("lag", &StatusRow::lag),                 field("partition", &StatusRow::partition),
                      field("stage", &StatusRow::stage)};
  }
};

Result<std::vector<StatusRow>> rows_of(const log::Log& log) {
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
      row.end = log.end(tp).value;
      std::int64_t next = 0;
      if (const auto at = log.committed(tp)) {
        next = at->next;
        row.folded = static_cast<std::int64_t>(at->folded);
        row.ignored = static_cast<std::int64_t>(at->ignored);
        row.duplicates = static_cast<std::int64_t>(at->duplicates);
        row.forwarded = static_cast<std::int64_t>(at->forwarded);
        row.dead_letters = static_cast<std::int64_t>(at->dead_letters);
        // A tick whose timers are still firing is counted as folded, but not passed.
        if (at->cursor > 0) next += 1;
      }
      row.lag = row.end - next;
      row.conserved = next == row.folded + row.ignored + row.duplicates + row.forwarded + row.dead_letters;
      rows.push_back(std::move(row));
    }
  return rows;
}

Result<bool> status(const Globals& globals, bool json) {
  auto reading = node::Reading::open(globals.data);
  if (!reading) return reading.fault();
  auto rows = rows_of(reading->log());
  if (!rows) return rows.fault();
  bool conserved = true;
  if (!json) {
    const bool running = static_cast<bool>(node::ask(globals.data, {}));
    std::printf("%s: %s\n\n%-12s %-20s %4s %10s %10s %10s %8s %8s %8s %8s\n", globals.data.c_str(),
                running ? "a process is running" : "no process is running", "stage", "inbox", "part", "end", "folded",
                "ignored", "dup", "moved", "dead", "lag");
  }
  for (const StatusRow& row : *rows) {
    conserved = conserved && row.conserved;
    if (json) {
      std::printf("%s\n", to_json(row).c_str());
      continue;
    }
    if (row.end == 0) continue;
    std::printf("%-12s %-20s %4lld %10lld %10lld %10lld %8lld %8lld %8lld %8lld%s\n", row.stage.c_str(), row.inbox.c_str(),
                static_cast<long long>(row.partition), static_cast<long long>(row.end), static_cast<long long>(row.folded),
                static_cast<long long>(row.ignored), static_cast<long long>(row.duplicates),
                static_cast<long long>(row.forwarded), static_cast<long long>(row.dead_letters),
                static_cast<long long>(row.lag), row.conserved ? "" : "  NOT CONSERVED");
  }
  if (!json)
    std::printf("\n%s\n", conserved ? "conserved: every record delivered is folded, ignored, a duplicate, moved on or a dead letter"
                                    : "NOT CONSERVED: records are unaccounted for; `millrace verify` finds which");
  return conserved;
}

}  // namespace

void add_status(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("status", "Lag, dead letters and conservation of every stage and partition");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON object a line");
  command->callback([&globals, &exit, json] {
    const auto done = status(globals, *json);
    if (!done) exit = cannot(done.fault());
    else if (!*done) exit = 1;
  });
}

}  // namespace millrace::cli
