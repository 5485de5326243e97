// millrace produce: facts from a file or stdin to the front door.
#include <cstdio>
#include <fstream>
#include <iostream>

#include "cli/app.h"
#include "cli/patience.h"
#include "cli/refusals.h"
#include "connect/fact_stream.h"
#include "node/node.h"
#include "node/request.h"
#include "topology/harvest/front_types.h"

namespace millrace::cli {

namespace {

constexpr std::size_t kLinesAtOnce = 1000, kBytesAtOnce = 8 << 20;

struct ProduceOptions {
  std::string file = "-";
  bool anyway = false;
};

struct Answers {
  std::int64_t accepted = 0;
  Refusals refused;
};

Result<void> send(node::Writer& writer, node::Request& request, std::vector<std::size_t>& lines, Answers& answers) {
  if (request.items.empty()) return {};
  const auto answer = send_patiently(writer, request);
  if (!answer) return answer.fault();
  answers.accepted += answer->accepted;
  for (const std::string& refusal : answer->refused) {
    const auto blank = refusal.find(' ');
    const std::size_t index = std::stoul(refusal.substr(0, blank));
    answers.refused.tell("line " + std::to_string(lines[index]), refusal.substr(blank + 1), request.items[index]);
  }
  request.items.clear();
  lines.clear();
  return {};
}

Result<Answers> produce(const Globals& globals, const ProduceOptions& options) {
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file);
    if (!file) return cannot_read(options.file);
    file.peek();
    if (file.bad()) return fatal("io", "cannot read " + options.file + ": it is a folder, or its disk fails");
  }
  std::istream& in = options.file == "-" ? std::cin : file;
  if (globals.brokers.empty() && !node::Node::exists(globals.data)) {
    node::CreateOptions create;
    if (!globals.key_seed.empty()) create.key_seed = globals.key_seed;
    if (auto made = make_folder(globals.data, create); !made) return made.fault();
  }
  auto writer = node::Writer::open(globals.target(), globals.open_options());
  if (!writer) return writer.fault();
  node::Request request;
  request.op = node::Request::Op::facts;
  if (options.anyway) request.args["anyway"] = "1";
  std::vector<std::size_t> lines;
  Answers answers;
  std::size_t bytes = 0;
  connect::FactStream facts(in);
  for (connect::FactStream::Item item;;) {
    const auto more = facts.next(item);
    if (!more) return more.fault();
    if (!*more) break;
    if (item.too_large) {  // too large for the dead letters too
      answers.refused.tell("line " + std::to_string(item.line), "record_too_large", {});
      continue;
    }
    bytes += item.text.size();
    request.items.push_back(std::move(item.text));
    lines.push_back(item.line);
    if (request.items.size() < kLinesAtOnce && bytes < kBytesAtOnce) continue;
    bytes = 0;
    if (auto sent = send(*writer, request, lines, answers); !sent) return sent.fault();
  }
  if (auto sent = send(*writer, request, lines, answers); !sent) return sent.fault();
  if (in.bad())
    return fatal("io", "reading stopped after line " + std::to_string(facts.line()) + ": its disk fails. The lines before are taken; "
                       "produce the file again when it can be read, a fact sent twice takes effect once");
  if (auto closed = writer->close(); !closed) return closed.fault();
  return answers;
}

}  // namespace

void add_produce(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("produce", "Append facts: CloudEvents in JSON, one a line or an array of them, from a file or stdin");
  auto options = std::make_shared<ProduceOptions>();
  command->add_option("file", options->file, "A file of CloudEvents, or - for stdin")->capture_default_str();
  command->add_flag("--dlq", options->anyway, "Take bad records too: they end in the dead letters with their reason");
  std::string types = "Types (their fields: what is missing or bad is named):";
  for (const std::string_view type : harvest::open_types())
    types.append(types.size() - types.rfind('\n') - 1 + type.size() > 100 || types.ends_with(':') ? "\n  " : " ").append(type);
  command->footer(
      "A fact:\n  {\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"web/form\",\"type\":\"lead.captured\",\"tenant\":\"acme\",\n"
      "   \"time\":\"2026-01-31T09:30:00Z\",\"data\":{\"lead_source\":\"csv\",\"email\":\"ann@example.com\"}}\n"
      "A fact sent twice (same tenant, source and id) takes effect once.\n" + types);
  command->callback([&globals, &exit, options] {
    const auto done = produce(globals, *options);
    if (!done) {
      exit = cannot(done.fault());
      return;
    }
    const std::int64_t refused = done->refused.count();
    std::fprintf(stderr, "%lld accepted, %lld refused%s\n", static_cast<long long>(done->accepted), static_cast<long long>(refused),
                 done->refused.by_reason().c_str());
    if (refused > 0)
      std::fprintf(stderr, "mend these and produce the whole file again: what was taken before takes effect once%s\n",
                   options->anyway ? "" : "; --dlq takes bad ones too, as dead letters");
    exit = refused > 0 ? 1 : 0;
  });
}

}  // namespace millrace::cli
