#include "cli/app.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/main.h"

namespace millrace::cli {

int cannot(const Fault& fault) {
  std::fprintf(stderr, "millrace: %s (%s)\n", fault.message.c_str(), fault.code.c_str());
  return 2;
}

Result<void> make_folder(const std::string& folder, const node::CreateOptions& options) {
  auto made = node::Node::create(folder, options);
  if (!made && made.fault().code == "exists" && node::Node::exists(folder)) return {};
  return made;
}

Fault cannot_read(const std::string& file) {
  return fatal("not_found", "cannot read " + file + (errno != 0 ? std::string(": ") + std::strerror(errno) : std::string()));
}

CLI::Validator whole_number() {
  return CLI::Validator(
      [](std::string& text) {
        const bool good = !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string::npos;
        return good ? std::string() : "a whole number is asked for, not " + text;
      },
      "");
}

Result<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return cannot_read(file);
  std::ostringstream text;
  if (in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (in.bad()) return fatal("io", "cannot read " + file + ": it is a folder, or its disk fails");
  return text.str();
}

node::OpenOptions Globals::open_options() const {
  node::OpenOptions open;
  open.on_wait = [](const Fault& why) { std::fprintf(stderr, "waiting: %s (%s)\n", why.message.c_str(), why.code.c_str()); };
  if (!key_seed.empty()) open.key_seed = key_seed;
  if (settings.cache_mb) open.cache_bytes = static_cast<std::size_t>(*settings.cache_mb) << 20;
  if (settings.segment_mb) open.segment_bytes = static_cast<std::size_t>(*settings.segment_mb) << 20;
  if (settings.durability) open.durability = *settings.durability == "os" ? log::Durability::os : log::Durability::fsync;
  if (settings.intake_free_bp) open.room.intake_bp = static_cast<std::uint32_t>(*settings.intake_free_bp);
  if (settings.fold_free_bp) open.room.fold_bp = static_cast<std::uint32_t>(*settings.fold_free_bp);
  open.keep = settings.log_keep;
  return open;
}

namespace {

// Their --help lists only what is their own.
void tell_common_options(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    tell_common_options(*command);
    const std::string own = command->get_footer() == app.get_footer() ? "" : command->get_footer() + "\n";  // else it is inherited
    command->footer(own + "Every command takes --data, --brokers, --namespace and --config (`millrace --help`).");
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Millrace: an event-driven stream processor for revenue operations.\n"
      "CRM facts go in at one door; leads come out scored, routed, contacted and attributed to revenue.\n\n"
      "  millrace simulate --data demo --leads 1000 --days 60   make a history\n"
      "  millrace run --data demo --once                        fold it\n"
      "  millrace tail routing.decisions --data demo            read what was decided, and why\n"};
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", "millrace 0.1.0");
  Globals globals;
  app.add_option("--data", globals.data, "The data folder: log, state and keys")->envname("MILLRACE_DATA")->capture_default_str();
  app.add_option("--brokers", globals.brokers, "host:port,… of a Kafka cluster that holds the log; --data is then this instance's folder")
      ->envname("MILLRACE_BROKERS");
  app.add_option("--namespace", globals.name_space, "The namespace on the cluster: prefix of its topics")->envname("MILLRACE_NAMESPACE");
  app.add_option("--key-seed", globals.key_seed, "Derive all keys from this text instead of drawing them (tests only)")
      ->group("Testing");
  std::string config;
  app.add_option("--config", config, "The settings; else millrace.toml in this folder or in the data folder");
  app.footer("Settings that stay can stand in millrace.toml: data, threads, cache_mb, durability, brokers, namespace, metrics, log.keep,\n"
             "log.level, log.segment_mb, engine.intake_free_bp, engine.fold_free_bp, and [kafka]. What the command line says comes first.\n"
             "`millrace COMMAND --help` tells more of a command.");
  app.parse_complete_callback([&] {
    auto settings = node::load_settings(config, globals.data);
    if (!settings) throw CLI::RuntimeError(cannot(settings.fault()));
    globals.settings = *std::move(settings);
    if (globals.brokers.empty()) globals.brokers = globals.settings.brokers.value_or("");
    if (globals.name_space.empty()) globals.name_space = globals.settings.name_space.value_or("");
    for (const auto& [key, value] : globals.settings.kafka) globals.kafka.try_emplace(key, value);
    if (globals.settings.data && app.count("--data") == 0 && std::getenv("MILLRACE_DATA") == nullptr) globals.data = *globals.settings.data;
  });
  int exit = 0;
  for (const auto add : {add_run, add_produce, add_import, add_simulate, add_tail, add_topology, add_status, add_state,
                         add_dlq, add_policy, add_arm, add_key, add_verify})
    add(app, globals, exit);
  tell_common_options(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (const auto rest = app.remaining(); app.get_subcommands().empty() && !rest.empty() && e.get_exit_code() != 0)
      return cannot(fatal("bad_argument", "there is no command " + rest.front() + "; `millrace --help` lists them"));
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  // What could not be written (a full disk) was not said.
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) return cannot(fatal("io", "the output could not be written to the end; is its disk full?"));
  return exit;
}

}  // namespace millrace::cli
