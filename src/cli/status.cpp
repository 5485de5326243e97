// millrace status: how far every task is, and whether everything that came in is accounted for (law 7).
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <thread>

#include "cli/app.h"
#include "cli/armings.h"
#include "core/json.h"
#include "node/folder_namespace.h"
#include "node/kept_state.h"
#include "node/node.h"
#include "node/reading.h"
#include "node/request.h"
#include "node/status_rows.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::cli {

namespace {

unsigned free_percent(const std::string& folder) {
  std::error_code failed;
  const auto space = std::filesystem::space(folder, failed);
  return failed || space.capacity == 0 ? 100 : static_cast<unsigned>(static_cast<double>(space.available) * 100 / static_cast<double>(space.capacity));
}

void print_table(const std::vector<node::StatusRow>& rows) {
  std::printf("%-12s %-20s %4s %10s %10s %10s %10s %8s %8s %8s %8s\n", "stage", "inbox", "part", "start", "end", "folded",
              "ignored", "dup", "moved", "dead", "lag");
  for (const node::StatusRow& row : rows)
    if (row.end > 0)
      std::printf("%-12s %-20s %4lld %10lld %10lld %10lld %10lld %8lld %8lld %8lld %8lld%s\n", row.stage.c_str(),
                  row.inbox.c_str(), static_cast<long long>(row.partition), static_cast<long long>(row.start),
                  static_cast<long long>(row.end), static_cast<long long>(row.folded), static_cast<long long>(row.ignored),
                  static_cast<long long>(row.duplicates), static_cast<long long>(row.forwarded),
                  static_cast<long long>(row.dead_letters), static_cast<long long>(row.lag), row.conserved ? "" : "  NOT CONSERVED");
}

// What each stage has folded between two looks, by the second.
Result<void> print_throughput(node::Reading& reading, const std::vector<node::StatusRow>& before, bool dense) {
  constexpr int kLookMs = 1000;
  std::this_thread::sleep_for(std::chrono::milliseconds(kLookMs));
  if (auto news = reading.wait(0); !news) return news.fault();
  auto after = node::status_rows(reading, dense);
  if (!after) return after.fault();
  std::map<std::string, std::int64_t> rates;
  for (std::size_t i = 0; i < after->size(); ++i) {
    const node::StatusRow &now = (*after)[i], &then = before[i];
    rates[now.stage] += now.end - now.lag - (then.end - then.lag);
  }
  std::printf("folding, records/s:");
  bool any = false;
  for (const auto& [stage, records] : rates)
    if (records > 0) any = std::printf(" %s %lld", stage.c_str(), static_cast<long long>(records * 1000 / kLookMs)) > 0;
  std::printf("%s\n", any ? "" : " none");
  return {};
}

struct Armings {
  std::vector<Arming> all;
  std::optional<std::string> age;  // where what tells lies behind
};

// What acts for real. The running process tells; on a cluster the instance's own folder, running or not (KP-1).
Result<Armings> armings(const Globals& globals, node::Reading& reading) {
  Armings armings;
  node::Response answer;
  if (globals.brokers.empty()) {
    auto told = node::ask(globals.data, armings_request());
    if (!told) return told.fault();
    answer = *std::move(told);
  } else {
    auto kept = node::ask_kept(globals.target(), armings_request());
    if (!kept) return kept.fault();
    if (kept->response.code.empty()) armings.age = node::age_of(reading, *kept);
    answer = std::move(kept->response);
  }
  if (!answer.code.empty()) return fatal(answer.code, answer.message);
  armings.all = armings_of(answer.lines);
  return armings;
}

void print_armings(const Globals& globals, node::Reading& reading, bool json) {
  std::FILE* const words = json ? stderr : stdout;
  const auto armed = armings(globals, reading);
  if (!armed) {
    std::fprintf(words, "what is armed is not known in this folder: %s\n", armed.fault().message.c_str());
    return;
  }
  if (json)
    for (const Arming& arming : armed->all) std::printf("%s\n", to_json(arming).c_str());
  else
    for (const std::string& line : in_words(armed->all)) std::printf("%s\n", line.c_str());
  if (armed->age) std::fprintf(words, "what is armed is told %s\n", armed->age->c_str());
}

// What only the running process knows.
void print_health(const Globals& globals) {
  node::Request health;
  health.op = node::Request::Op::health;
  if (const auto answer = node::ask(globals.data, health))
    for (const std::string& line : answer->lines) std::printf("%s\n", line.c_str());
}

// Others may run where this folder has a cluster's log.
const char* standing(const Globals& globals, bool running) {
  if (running) return "a process is running";
  return globals.brokers.empty() ? "no process is running: nothing is folded and nothing goes out" : "no process runs this instance; others may";
}

Result<bool> status(const Globals& globals, bool json) {
  auto reading = node::Reading::open(globals.target());
  if (!reading) return reading.fault();
  const bool dense = globals.brokers.empty();
  const auto rows = node::status_rows(**reading, dense);
  if (!rows) return rows.fault();
  const bool conserved = std::all_of(rows->begin(), rows->end(), [](const node::StatusRow& row) { return row.conserved; });
  const auto own = node::require_own_folder(globals.target());
  const bool running = own && node::ask(globals.data, {});
  const bool may_act = running || !globals.brokers.empty();
  if (json) {
    for (const node::StatusRow& row : *rows) std::printf("%s\n", to_json(row).c_str());
    if (may_act) print_armings(globals, **reading, json);
    return conserved;
  }
  std::int64_t lag = 0, dead = 0;
  for (const node::StatusRow& row : *rows) lag += row.lag, dead += row.dead_letters;
  std::printf("%s: %s\n", globals.data.c_str(), standing(globals, running));
  std::printf("lag %lld records, %lld dead letters%s, %u %% of the disk free\n", static_cast<long long>(lag), static_cast<long long>(dead),
              dead > 0 ? " so far (`millrace dlq ls`)" : "", free_percent(globals.data));
  if (running) print_health(globals);
  if (may_act) print_armings(globals, **reading, json);
  if (running) {
    if (auto printed = print_throughput(**reading, *rows, dense); !printed) return printed.fault();
  }
  std::printf("\n");
  print_table(*rows);
  std::printf("\n%s\n", !dense      ? "whether every record is accounted for is counted by `millrace verify`: on a cluster offsets alone do not tell"
                        : conserved ? "conserved: every record delivered is folded, ignored, a duplicate, moved on or a dead letter"
                                    : "NOT CONSERVED: records are unaccounted for; `millrace verify` finds which");
  return conserved;
}

}  // namespace

void add_status(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("status", "Lag, dead letters and conservation of every stage and partition");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON object a line: a row for each stage and partition, then one for each arming (armed, tenant, until_ms)");
  command->callback([&globals, &exit, json] {
    const auto done = status(globals, *json);
    if (!done) exit = cannot(done.fault());
    else if (!*done) exit = 1;
  });
}

}  // namespace millrace::cli
