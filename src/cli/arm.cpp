// millrace arm: let a connector act for real, or take that back. Nothing is armed until this is said, and until a verify
// has lately found nothing wrong.
#include <cstdio>

#include "cli/app.h"
#include "cli/live_policy.h"
#include "cli/operator_record.h"
#include "node/verified.h"
#include "topology/events/operator.h"
#include "topology/governance/dry_run.h"
#include "topology/policy/policy.h"

namespace millrace::cli {

namespace {

// VF-1
Result<void> proven_lately(const Globals& globals, const std::string& tenant) {
  const auto live = live_policy(globals);
  if (!live) return live.fault();
  const DurationMs max_age = Policy::read_live(*live).of<governance::ArmPolicy>(tenant).verify_age_ms;
  return node::may_arm(node::last_verified(globals.data), max_age, node::wall_ms(), "millrace verify" + globals.where());
}

struct ArmOptions {
  std::string connector, tenant, reason;
  bool off = false;
};

// A tenant's name, as the door takes it (spec/conventions.md section 4).
CLI::Validator is_tenant() {
  return CLI::Validator(
      [](std::string& name) {
        const bool good = !name.empty() && name.size() <= 64 &&
                          name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
        return good ? std::string() : "a tenant is 1 to 64 of a-z, 0-9, _ and -, not " + name;
      },
      "");
}

}  // namespace

void add_arm(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("arm", "Let a tenant's connector act for real (or --off); until then all is a dry run");
  auto options = std::make_shared<ArmOptions>();
  command->add_option("connector", options->connector, "email, linkedin, contact_form, phone_task")->required()->check(CLI::IsMember({"email", "linkedin", "contact_form", "phone_task"}));
  command->add_option("--tenant", options->tenant, "Whose connector")->required()->check(is_tenant());
  command->add_option("--reason", options->reason, "Why; it stands in the log")->required();
  command->add_flag("--off", options->off, "Disarm");
  command->callback([&globals, &exit, options] {
    if (!options->off)
      if (auto proven = proven_lately(globals, options->tenant); !proven) {
        exit = cannot(proven.fault());
        return;
      }
    const Asker me = Asker::me();
    ConnectorArmed event;
    event.request_id = me.request_id;
    event.actor = me.actor;
    event.roles = {"admin"};
    event.connector = options->connector;
    event.tenant = options->tenant;
    event.armed = !options->off;
    event.reason = options->reason;
    if (auto sent = send_operator(globals, options->tenant, operator_record(event, options->tenant)); !sent) {
      exit = cannot(sent.fault());
      return;
    }
    std::printf("%s %s for %s: request %s is in the log and takes effect when it is folded\n", options->connector.c_str(),
                options->off ? "disarmed" : "armed", options->tenant.c_str(), me.request_id.c_str());
  });
}

}  // namespace millrace::cli
