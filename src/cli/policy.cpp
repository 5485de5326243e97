// millrace policy: check a policy file, show what is live, make a file the live one.
#include <cstdio>

#include "cli/app.h"
#include "cli/operator_record.h"
#include "core/hash.h"
#include "node/reading.h"
#include "topology/events/control.h"
#include "topology/policy/policy.h"
#include "topology/policy/schema.h"
#include "topology/topics.h"
#include "topology/wire/decode.h"

namespace millrace::cli {

namespace {

std::string print(const PolicyValue& value) {
  std::string out;
  std::visit([&](const auto& v) { append_json(out, v); }, value);
  return out;
}

// The newest control.policy_changed on control.
Result<std::string> live_policy(const Globals& globals) {
  auto reading = node::Reading::open(globals.data);
  if (!reading) return reading.fault();
  const log::Reader& log = reading->log();
  const TopicPartition tp{topics::control, Partition{0}};
  std::string toml;
  log::Batch batch;
  struct Envelope {
    PolicyChanged data;
    std::string type;
    static constexpr auto fields() { return FieldList{field("data", &Envelope::data), field("type", &Envelope::type)}; }
  };
  for (Offset at = log.start(tp); at < log.end(tp); at = batch.next) {
    if (auto got = log.fetch(tp, at, 1000, 4 << 20, batch); !got) return got.fault();
    for (const Record& record : batch.records) {
      if (record.value.find("control.policy_changed") == std::string_view::npos) continue;
      Envelope envelope;
      std::string problem;
      if (wire::decode_text(record.value, envelope, problem)) toml = envelope.data.toml;
    }
  }
  return toml;
}

bool check(const std::string& text) {
  Policy policy;
  const auto problems = Policy::parse(text, policy);
  for (const std::string& problem : problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (problems.empty()) std::printf("good: policy %s\n", policy.sha256().c_str());
  return problems.empty();
}

}  // namespace

void add_policy(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("policy", "The rules' numbers: check a file, show what is live, apply a file");
  command->require_subcommand(1);
  auto file = std::make_shared<std::string>();

  auto* check_command = command->add_subcommand("check", "Say whether a policy file loads, and what is wrong with it");
  check_command->add_option("file", *file)->required();
  check_command->callback([&exit, file] {
    const auto text = read_file(*file);
    if (!text) exit = cannot(text.fault());
    else exit = check(*text) ? 0 : 1;
  });

  auto* show = command->add_subcommand("show", "Print the live policy, and every key with its default");
  auto defaults = std::make_shared<bool>(false);
  show->add_flag("--defaults", *defaults, "Every key that a policy may set, with its default");
  show->callback([&globals, &exit, defaults] {
    if (*defaults) {
      for (const auto& [key, rule] : policy::keys()) std::printf("%s = %s\n", key.c_str(), print(rule.otherwise).c_str());
      return;
    }
    const auto toml = live_policy(globals);
    if (!toml) {
      exit = cannot(toml.fault());
      return;
    }
    std::printf("# policy %s%s\n%s", sha256_hex(*toml, 16).c_str(),
                toml->empty() ? ": all defaults; `millrace policy show --defaults` lists them" : "", toml->c_str());
  });

  auto* apply = command->add_subcommand("apply", "Make a policy file the live policy: a record, from its place in the log on");
  apply->add_option("file", *file)->required();
  apply->callback([&globals, &exit, file] {
    const auto text = read_file(*file);
    if (!text) {
      exit = cannot(text.fault());
      return;
    }
    if (!check(*text)) {
      exit = 1;
      return;
    }
    PolicyChanged change;
    change.policy_sha256 = sha256_hex(*text, 16);
    change.toml = *text;
    const std::string body = operator_body(PolicyChanged::type, "_", Asker::me().request_id, to_json(change));
    if (auto sent = send_control(globals, body); !sent) exit = cannot(sent.fault());
  });
}

}  // namespace millrace::cli
