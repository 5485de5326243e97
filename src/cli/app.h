// The command line: one file a command, each adding itself to the app.
//
// Exit codes: 0 good, 1 found what it looked for wrong, 2 could not run.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "core/result.h"
#include "node/node.h"
#include "node/settings.h"
#include "node/target.h"

namespace millrace::cli {

struct Globals {
  std::string data = "millrace-data";
  std::string key_seed;  // tests only: keys derived instead of drawn
  std::string brokers, name_space;  // a Kafka cluster, and the namespace on it
  std::map<std::string, std::string> kafka;  // more of its settings (log/kafka/settings.h)

  node::Target target() const {
    node::Target target{data, key_seed, {}};
    if (brokers.empty()) return target;
    target.kafka = kafka;
    target.kafka["brokers"] = brokers;
    if (!name_space.empty()) target.kafka["namespace"] = name_space;
    return target;
  }
  // The words that name the same target to another command: " --brokers H:P --namespace N --data F".
  std::string where() const {
    return (brokers.empty() ? "" : " --brokers " + brokers) + (name_space.empty() || brokers.empty() ? "" : " --namespace " + name_space) + " --data " + data;
  }
  node::Settings settings;  // of millrace.toml; what the command line says comes first

  // How this process opens a data folder, by settings and command line.
  node::OpenOptions open_options() const;
};

// Set by the command that ran.
using Exit = int&;

void add_run(CLI::App& app, Globals& globals, Exit exit);
void add_produce(CLI::App& app, Globals& globals, Exit exit);
void add_import(CLI::App& app, Globals& globals, Exit exit);
void add_simulate(CLI::App& app, Globals& globals, Exit exit);
void add_tail(CLI::App& app, Globals& globals, Exit exit);
void add_topology(CLI::App& app, Globals& globals, Exit exit);
void add_status(CLI::App& app, Globals& globals, Exit exit);
void add_state(CLI::App& app, Globals& globals, Exit exit);
void add_dlq(CLI::App& app, Globals& globals, Exit exit);
void add_policy(CLI::App& app, Globals& globals, Exit exit);
void add_arm(CLI::App& app, Globals& globals, Exit exit);
void add_key(CLI::App& app, Globals& globals, Exit exit);
void add_verify(CLI::App& app, Globals& globals, Exit exit);

// Makes the namespace of a folder that has none; one that another process made meanwhile is as good. Fails: as
// Node::create.
Result<void> make_folder(const std::string& folder, const node::CreateOptions& options);
// Says what went wrong and gives 2.
int cannot(const Fault& fault);
// The bytes of a file. Fails: not_found (or may not be read: the message says which); io (a folder, a failing disk).
Result<std::string> read_file(const std::string& file);
// Why a file did not open just now.
Fault cannot_read(const std::string& file);
// Of an option or argument: digits only, and few enough to be a number.
CLI::Validator whole_number();

}  // namespace millrace::cli
