// millrace state: the rows that stages keep, as JSON. Personal fields are sealed or tokens there too.
#include <cstdio>

#include "cli/app.h"
#include "node/kept_state.h"
#include "node/request.h"

namespace millrace::cli {

namespace {

void print_rows(const node::Response& answer, Exit exit) {
  if (!answer.code.empty()) {
    exit = cannot(fatal(answer.code, answer.message));
    return;
  }
  for (const std::string& line : answer.lines) std::printf("%s\n", line.c_str());
  if (answer.lines.empty()) exit = 1;
}

// On a cluster the stores are read as they lie in the folder: tasks are folded by other threads than answer the socket.
void ask_folder(const Globals& globals, const node::Request& request, Exit exit) {
  const auto kept = node::ask_kept(globals.target(), request);
  if (!kept) {
    exit = cannot(kept.fault());
    return;
  }
  print_rows(kept->response, exit);
  if (!kept->response.code.empty() || request.op == node::Request::Op::state_tables) return;
  for (const std::string& note : node::notes_on(globals.target(), *kept)) std::fprintf(stderr, "%s\n", note.c_str());
}

void ask(const Globals& globals, const node::Request& request, Exit exit) {
  if (!globals.brokers.empty()) return ask_folder(globals, request, exit);
  auto writer = node::Writer::open(globals.target(), globals.open_options());
  if (!writer) {
    exit = cannot(writer.fault());
    return;
  }
  const auto answer = writer->send(request);
  if (!answer) {
    exit = cannot(answer.fault());
    return;
  }
  print_rows(*answer, exit);
  if (auto closed = writer->close(); !closed) exit = cannot(closed.fault());
}

}  // namespace

void add_state(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("state", "Look into what a stage remembers");
  command->require_subcommand(1);
  auto request = std::make_shared<node::Request>();
  auto& args = request->args;

  auto* tables = command->add_subcommand("tables", "The tables of a stage");
  tables->add_option("stage", args["stage"], "harvest, score, route, … (`millrace topology` lists them)")->required();
  tables->callback([&globals, &exit, request] {
    request->op = node::Request::Op::state_tables;
    ask(globals, *request, exit);
  });
  auto* get = command->add_subcommand("get", "One row: millrace state get score lead acme/ld_…");
  get->add_option("stage", args["stage"], "harvest, score, route, … (`millrace topology` lists them)")->required();
  get->add_option("table", args["table"], "As `millrace state tables STAGE` lists them")->required();
  get->add_option("key", args["key"], "As `millrace state ls` prints it")->required();
  get->callback([&globals, &exit, request] {
    request->op = node::Request::Op::state_get;
    ask(globals, *request, exit);
  });
  auto* ls = command->add_subcommand("ls", "Rows whose key begins with a prefix");
  ls->add_option("stage", args["stage"], "harvest, score, route, … (`millrace topology` lists them)")->required();
  ls->add_option("table", args["table"], "As `millrace state tables STAGE` lists them")->required();
  ls->add_option("prefix", args["prefix"], "How the keys begin: acme/");
  args["limit"] = "100";
  ls->add_option("--limit", args["limit"], "At most so many rows")->capture_default_str()->check(whole_number());
  ls->callback([&globals, &exit, request] {
    request->op = node::Request::Op::state_list;
    ask(globals, *request, exit);
  });
}

}  // namespace millrace::cli
