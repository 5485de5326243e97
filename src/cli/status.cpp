// millrace status: how far every task is, and whether everything that came in is accounted for (law 7).
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

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
  std::int64_t partition = 0, start = 0, end = 0, folded = 0, ignored = 0, duplicates = 0, forwarded = 0, dead_letters = 0, lag = 0;
  bool conserved = true;
  static constexpr auto fields() {
    return FieldList{field("conserved", &StatusRow::conserved),     field("dead_letters", &StatusRow::dead_letters),
                      field("duplicates", &StatusRow::duplicates),   field("end", &StatusRow::end),
                      field("folded", &StatusRow::folded),           field("forwarded", &StatusRow::forwarded),
                      field("ignored", &StatusRow::ignored),         field("inbox", &StatusRow::inbox),
                      field("lag", &StatusRow::lag),                 field("partition", &StatusRow::partition),
                      field("stage", &StatusRow::stage),             field("start", &StatusRow::start)};
  }
};

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

Result<std::vector<StatusRow>> rows_of(node::Reading& reading, bool dense) {
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
      if (const auto at = committed.find(tp); at != committed.end()) {
        const log::TaskPosition& p = at->second;
        next = p.next;
        row.folded = static_cast<std::int64_t>(p.folded);
        row.ignored = static_cast<std::int64_t>(p.ignored);
        row.duplicates = static_cast<std::int64_t>(p.duplicates);
        row.forwarded = static_cast<std::int64_t>(p.forwarded);
        row.dead_letters = static_cast<std::int64_t>(p.dead_letters);
        // A tick whose timers are still firing is counted as folded, but not passed.
        if (p.cursor > 0) next += 1;
      }
      row.lag = row.end - next;
      if (!dense && row.lag > 0 && nothing_left(log, tp, Offset{next})) row.lag = 0;
      // On a cluster markers of transactions take offsets too: `verify` recounts there.
      row.conserved = !dense || next == row.folded + row.ignored + row.duplicates + row.forwarded + row.dead_letters;
      rows.push_back(std::move(row));
    }
  return rows;
}

unsigned free_percent(const std::string& folder) {
  std::error_code failed;
  const auto space = std::filesystem::space(folder, failed);
  return failed || space.capacity == 0 ? 100 : static_cast<unsigned>(static_cast<double>(space.available) * 100 / static_cast<double>(space.capacity));
}

void print_table(const std::vector<StatusRow>& rows) {
  std::printf("%-12s %-20s %4s %10s %10s %10s %10s %8s %8s %8s %8s\n", "stage", "inbox", "part", "start", "end", "folded",
              "ignored", "dup", "moved", "dead", "lag");
  for (const StatusRow& row : rows)
    if (row.end > 0)
      std::printf("%-12s %-20s %4lld %10lld %10lld %10lld %10lld %8lld %8lld %8lld %8lld%s\n", row.stage.c_str(),
                  row.inbox.c_str(), static_cast<long long>(row.partition), static_cast<long long>(row.start),
                  static_cast<long long>(row.end), static_cast<long long>(row.folded), static_cast<long long>(row.ignored),
                  static_cast<long long>(row.duplicates), static_cast<long long>(row.forwarded),
                  static_cast<long long>(row.dead_letters), static_cast<long long>(row.lag), row.conserved ? "" : "  NOT CONSERVED");
}

// What each stage has folded between two looks, by the second.
Result<void> print_throughput(node::Reading& reading, const std::vector<StatusRow>& before, bool dense) {
  constexpr int kLookMs = 1000;
  std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
  if (auto news = reading.wait(0); !news) return news.fault();
  auto after = rows_of(reading, dense);
  if (!after) return after.fault();
  std::map<std::string, std::int64_t> rates;
  for (std::size_t i = 0; i < after->size(); ++i) {
    const StatusRow &now = (*after)[i], &then = before[i];
    rates[now.stage] += now.end - now.lag - (then.end - then.lag);
  }
  std::printf("folding, records/s:");
  bool any = false;
  for (const auto& [stage, records] : rates)
    if (records > 0) any = std::printf(" %s %lld", stage.c_str(), static_cast<long long>(records * 1000 / kLookMs)) > 0;
  std::printf("%s\n", any ? "" : " none");
  return {};
}

// What only the running process knows.
void print_health(const Globals& globals) {
  node::Request health;
  health.op = node::Request::Op::health;
  if (const auto answer = node::ask(globals.data, health))
    for (const std::string& line : answer->lines) std::printf("%s\n", line.c_str());
  node::Request armed;
  armed.op = node::Request::Op::state_list;
  armed.args = {{"stage", "outreach"}, {"table", "armed"}, {"prefix", ""}, {"limit", "1000"}};
  std::set<std::string> lines;
  if (const auto answer = node::ask(globals.data, armed)) lines.insert(answer->lines.begin(), answer->lines.end());
  if (lines.empty()) std::printf("nothing is armed: every effect is a dry run\n");
  for (const std::string& line : lines) std::printf("armed: %s\n", line.c_str());
}

Result<bool> status(const Globals& globals, bool json) {
  auto reading = node::Reading::open(globals.target());
  if (!reading) return reading.fault();
  const bool dense = globals.brokers.empty();
  const auto rows = rows_of(**reading, dense);
  if (!rows) return rows.fault();
  const bool conserved = std::all_of(rows->begin(), rows->end(), [](const StatusRow& row) { return row.conserved; });
  if (json) {
    for (const StatusRow& row : *rows) std::printf("%s\n", to_json(row).c_str());
    return conserved;
  }
  std::int64_t lag = 0, dead = 0;
  for (const StatusRow& row : *rows) lag += row.lag, dead += row.dead_letters;
  const bool running = static_cast<bool>(node::ask(globals.data, {}));
  std::printf("%s: %s\n", globals.data.c_str(), running ? "a process is running" : "no process is running: nothing is folded and nothing goes out");
  std::printf("lag %lld records, %lld dead letters%s, %u %% of the disk free\n", static_cast<long long>(lag), static_cast<long long>(dead),
              dead > 0 ? " so far (`millrace dlq ls`)" : "", free_percent(globals.data));
  if (running) {
    print_health(globals);
    if (auto printed = print_throughput(**reading, *rows, dense); !printed) return printed.fault();
  }
  std::printf("\n");
  print_table(*rows);
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
