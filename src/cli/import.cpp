// millrace import: CSV files as facts, by a mapping file or by the usual column names; resumable, once.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/app.h"
#include "cli/patience.h"
#include "cli/refusals.h"
#include "connect/mapping.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/time.h"
#include "node/node.h"
#include "node/request.h"
#include "topology/harvest/csv.h"
#include "topology/harvest/refusal.h"

namespace millrace::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kRowsAtOnce = 1000;
constexpr int kTold = 20;  // of what is not imported, and of what is refused

struct ImportOptions {
  std::vector<std::string> files;
  std::string tenant, policy_file;
  bool history = false, deals = false;
};

struct ImportedFact {
  TimeMs time_ms;
  std::string fact;
  std::size_t file = 0;  // where it comes from: an index of Load::files
  std::int64_t row = 0;
};

struct Load {
  std::vector<std::string> files;
  std::vector<ImportedFact> rows;
  std::string batch;    // names the bytes of all files
  std::string reading;  // and what was made of them
  int errors = 0;
};

void complain(const std::string& file, std::int64_t row, std::string_view error, Load& load) {
  ++load.errors;
  if (load.errors <= kTold)
    std::fprintf(stderr, "%s row %lld: not imported: %s\n", file.c_str(), static_cast<long long>(row), harvest::row_error_in_words(error).c_str());
  else if (load.errors == kTold + 1)
    std::fprintf(stderr, "… more rows are not imported; they are counted\n");
}

std::string event_of(const harvest::CsvEvent& event, const std::string& tenant) {
  std::string out = "{\"data\":" + event.data + ",\"id\":";
  append_json_string(out, event.id);
  out.append(",\"source\":");
  append_json_string(out, event.source);
  out.append(",\"specversion\":\"1.0\",\"tenant\":");
  append_json_string(out, tenant);
  out.append(",\"time\":\"");
  append_rfc3339(out, event.time_ms);
  out.append("\",\"type\":\"").append(event.type).append("\"}");
  return out;
}

// One argument: FILE, or MAPPING=FILE.
Result<void> load_file(const std::string& argument, const ImportOptions& options, TimeMs now, Load& load) {
  const auto equals = argument.find('=');
  const std::string file = equals == std::string::npos ? argument : argument.substr(equals + 1);
  auto text = read_file(file);
  if (!text) return text.fault();
  if (text->starts_with("\xFF\xFE") || text->starts_with("\xFE\xFF")) return fatal("not_utf8", file + " is UTF-16; save it as UTF-8 and import it again");
  load.files.push_back(file);
  const std::size_t from = load.files.size() - 1;
  const std::string batch = harvest::csv_batch(*text);
  load.batch += batch;
  harvest::CsvReader reader(*text);
  std::vector<std::string> cells;
  if (!reader.next(cells)) return fatal("empty", file + " is empty: the first row names the columns");
  const std::vector<std::string> header = harvest::csv_header(cells);
  if (header.size() == 1 && header.front().find_first_of(";\t") != std::string::npos)
    return fatal("bad_csv", file + " separates its columns by semicolons or tabs; save it with commas and import it again");
  if (equals != std::string::npos) {
    auto mapping = connect::Mapping::load(argument.substr(0, equals));
    if (!mapping) return mapping.fault();
    auto mapping_text = read_file(argument.substr(0, equals));
    if (!mapping_text) return mapping_text.fault();
    load.reading += "mapping " + sha256_hex(*mapping_text) + "\n";
    if (auto bound = mapping->bind(header); !bound) return bound;
    while (reader.next(cells)) {
      connect::MappedRow row = mapping->map(cells);
      if (!row.error.empty()) complain(file, reader.row(), row.error, load);
      else if (!row.fact.empty()) load.rows.push_back({row.time_ms, std::move(row.fact), from, reader.row()});
    }
    return {};
  }
  if (options.tenant.empty()) return fatal("bad_argument", "--tenant says whose leads these are");
  load.reading += (options.deals ? "deals " : "leads ") + options.tenant + "\n";
  static const harvest::StageAliases aliases{};
  while (reader.next(cells)) {
    const harvest::CsvPlace place{batch, reader.row(), now};
    const auto row = options.deals ? harvest::csv_deal(header, cells, place, aliases) : harvest::csv_lead(header, cells, place);
    if (row.event) load.rows.push_back({row.event->time_ms, event_of(*row.event, options.tenant), from, reader.row()});
    else complain(file, reader.row(), row.error, load);
  }
  return {};
}

// How far an import of these bytes came: the file imports/<batch>, "<rows> <reading> <check>", rows "complete" at the end.
//
// IM-1  An import that was cut goes on where it was, with the rows as the first part read them: `reading` names mapping
//       files, tenant and kind. Another reading is refused.
// IM-2  A note that is damaged is not believed: all rows are taken again, and what was taken before takes effect once.
struct Progress {
  std::string path, reading;
  std::size_t rows = 0;
  bool complete = false, damaged = false;

  static Result<Progress> load(const std::string& data, const Load& load) {
    Progress p{data + "/imports/" + sha256_hex(load.batch, 16), sha256_hex(load.reading, 16)};
    std::ifstream in(p.path);
    std::string rows, reading, check;
    if (!(in >> rows)) return p;
    in >> reading >> check;
    if (rows == "complete" && reading.empty()) {  // as version 0.1.0 noted it at first
      p.complete = true;
      return p;
    }
    if (check != check_of(rows, reading)) {
      p.damaged = true;
      return p;
    }
    p.complete = rows == "complete";
    if (p.complete) return p;
    if (reading != p.reading)
      return fatal("other_reading", "an import of these files into " + data + " was cut after " + rows +
                                        " rows, and it read them by another mapping, tenant or kind. Go on with the command that was cut; or remove " +
                                        p.path + " to take all rows as this command reads them, beside those taken before");
    p.rows = std::stoul(rows);
    return p;
  }
  // Fails: io; the facts that it counts are in the log all the same.
  Result<void> save(bool done) const {
    std::error_code ignored;
    fs::create_directories(fs::path(path).parent_path(), ignored);
    const std::string said = done ? std::string("complete") : std::to_string(rows), fresh = path + ".new";
    std::ofstream out(fresh);
    out << said << " " << reading << " " << check_of(said, reading) << "\n" << std::flush;
    out.close();
    if (!out || std::rename(fresh.c_str(), path.c_str()) != 0)
      return fatal("io", "cannot note in " + path + " how far the import came; free some space or mend its rights, then give the same command "
                         "again: it goes on, and what is taken twice takes effect once");
    return {};
  }
  // Nothing was taken (another tenant was meant, another mapping): the same bytes may be tried again.
  void forget() const {
    std::error_code ignored;
    fs::remove(path, ignored);
  }

 private:
  static std::string check_of(const std::string& rows, const std::string& reading) { return sha256_hex(rows + " " + reading, 8); }
};

Result<void> send_all(const Globals& globals, const ImportOptions& options, const Load& load, Progress& progress,
                      std::int64_t& accepted, Refusals& refused) {
  auto writer = node::Writer::open(globals.target(), globals.open_options());
  if (!writer) return writer.fault();
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  const bool afresh = progress.rows == 0;
  while (progress.rows < load.rows.size()) {
    node::Request request;
    request.op = options.history ? node::Request::Op::load : node::Request::Op::facts;
    const std::size_t end = std::min(progress.rows + kRowsAtOnce, load.rows.size());
    for (std::size_t i = progress.rows; i < end; ++i) request.items.push_back(load.rows[i].fact);
    const auto answer = send_patiently(*writer, request);
    if (!answer) return answer.fault();
    accepted += answer->accepted;
    for (const std::string& refusal : answer->refused) {
      const auto blank = refusal.find(' ');
      const ImportedFact& fact = load.rows[progress.rows + std::stoul(refusal.substr(0, blank))];
      const std::string reason = refusal.substr(blank + 1);
      if (refused.count() < kTold) refused.tell(load.files[fact.file] + " row " + std::to_string(fact.row), reason, fact.fact);
      else refused.add(reason);
    }
    progress.rows = end;
    if (auto noted = progress.save(false); !noted) return noted;
    if (terminal) std::fprintf(stderr, "\r%zu of %zu rows", progress.rows, load.rows.size());
  }
  if (terminal) std::fprintf(stderr, "\r                              \r");
  if (auto closed = writer->close(); !closed) return closed;
  if (afresh && accepted == 0) progress.forget();
  else return progress.save(true);
  return {};
}

Result<bool> import(const Globals& globals, const ImportOptions& options) {
  if (globals.brokers.empty() && !node::Node::exists(globals.data)) {
    node::CreateOptions create;
    create.history = options.history;
    if (!options.policy_file.empty()) {
      auto toml = read_file(options.policy_file);
      if (!toml) return toml.fault();
      create.policy_toml = *toml;
    }
    if (!globals.key_seed.empty()) create.key_seed = globals.key_seed;
    if (auto made = make_folder(globals.data, create); !made) return made.fault();
  }
  if (options.history && !globals.brokers.empty())
    return fatal("not_a_history_namespace", "a history lives on the log of a data folder: import --history without --brokers");
  Load load;
  for (const std::string& argument : options.files)
    if (auto done = load_file(argument, options, node::wall_ms(), load); !done) return done.fault();
  if (options.history)
    std::stable_sort(load.rows.begin(), load.rows.end(), [](const ImportedFact& a, const ImportedFact& b) { return a.time_ms < b.time_ms; });
  auto found = Progress::load(globals.data, load);
  if (!found) return found.fault();
  Progress& progress = *found;
  if (progress.damaged)
    std::fprintf(stderr, "%s is damaged: all rows are taken again, and those taken before take effect once\n", progress.path.c_str());
  if (progress.complete)
    return fatal("batch_already_imported", "these files were imported into " + globals.data + " already: 0 rows taken");
  if (progress.rows > 0) std::fprintf(stderr, "going on at row %zu\n", progress.rows);
  std::int64_t accepted = 0;
  Refusals refused;
  if (auto sent = send_all(globals, options, load, progress, accepted, refused); !sent) return sent.fault();
  std::fprintf(stderr, "%lld facts taken, %lld refused%s, %d rows not imported\n", static_cast<long long>(accepted), static_cast<long long>(refused.count()),
               refused.by_reason().c_str(), load.errors);
  return refused.count() == 0 && load.errors == 0;
}

}  // namespace

void add_import(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("import", "Take in CSV files, by a mapping file or by the usual column names");
  auto options = std::make_shared<ImportOptions>();
  command->add_option("files", options->files, "FILE.csv, or MAPPING.toml=FILE.csv")->required();
  command->add_option("--tenant", options->tenant, "Whose leads (files without a mapping)");
  command->add_flag("--deals", options->deals, "Files without a mapping hold deals: deal_id, stage, amount, currency, email, updated_at");
  command->add_flag("--history", options->history, "Into a fresh folder on the events' own time; several files are merged by time");
  command->add_option("--policy", options->policy_file, "The policy that a new folder begins with");
  command->footer(
      "Columns without a mapping: email, phone, linkedin_url, name, company, role, source, external_id, deal_value,\n"
      "updated_at and the others of a lead; what is not known is kept as extra. A mapping file names them itself:\n"
      "see scripts/mappings/olist-leads.toml. The same files are taken once; an import that was cut goes on.");
  command->callback([&globals, &exit, options] {
    const auto done = import(globals, *options);
    if (!done) exit = cannot(done.fault());
    else if (!*done) exit = 1;
  });
}

}  // namespace millrace::cli
