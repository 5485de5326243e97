// millrace policy: check a policy file, show what is live, make a file the live one, or have it reviewed first.
#include <algorithm>
#include <cstdio>

#include "cli/app.h"
#include "cli/live_policy.h"
#include "cli/operator_record.h"
#include "core/hash.h"
#include "core/words.h"
#include "topology/control/policy_change.h"
#include "topology/events/control.h"
#include "topology/events/operator.h"
#include "topology/policy/policy.h"
#include "topology/policy/schema.h"
#include "topology/wire/decode.h"
#include "topology/wire/strict.h"

namespace millrace::cli {

namespace {

std::string print(const PolicyValue& value) {
  std::string out;
  std::visit([&](const auto& v) { append_json(out, v); }, value);
  return out;
}

// The problem as parse() says it, with the key that was meant, where one is near. (Its own words stand in dead letters, so they stay.)
std::string with_what_was_meant(const std::string& problem) {
  constexpr std::string_view kUnknown = " is not a known policy key";
  constexpr std::size_t kNear = 3;
  const auto at = problem.find(kUnknown);
  if (at == std::string::npos) return problem;
  const std::string_view key = std::string_view(problem).substr(0, at);
  const auto& all = policy::keys();
  const auto nearest = std::min_element(all.begin(), all.end(), [&](const auto& a, const auto& b) { return letters_apart(key, a.first) < letters_apart(key, b.first); });
  const std::string said = problem.substr(0, at + kUnknown.size());
  return letters_apart(key, nearest->first) <= kNear ? said + "; did you mean " + nearest->first + "?" : said;
}

bool check(const std::string& text, const char* refused) {
  Policy policy;
  const auto problems = Policy::parse(text, policy);
  for (const std::string& problem : problems) std::fprintf(stderr, "%s\n", with_what_was_meant(problem).c_str());
  if (!problems.empty()) std::fprintf(stderr, "%s; `millrace policy show --defaults` lists every key with its default\n", refused);
  return problems.empty();
}

struct Review {
  std::string file, whatif, id, actor, reason;
};

Result<void> propose(const Globals& globals, const Review& review) {
  const auto toml = read_file(review.file);
  if (!toml) return toml.fault();
  const auto whatif = read_file(review.whatif);
  if (!whatif) return whatif.fault();
  wire::StrictJson json;
  if (json.read(*whatif) != wire::StrictProblem::none || !json.value().is(wire::JsonValue::Kind::object))
    return fatal("bad_argument", review.whatif + " is no JSON object; it holds range, decisions, changed and report_sha256 of a what-if");
  const auto live = live_policy(globals);
  if (!live) return live.fault();
  const Asker asker = Asker::me();
  PolicyProposed record;
  record.request_id = asker.request_id;
  record.actor = review.actor.empty() ? asker.actor : review.actor;
  record.roles = {"admin"};
  record.toml = *toml;
  record.base_sha256 = sha256_hex(*live, 16);
  wire::append_canonical_text(record.whatif.text, *whatif);
  if (auto sent = send_control_operator(globals, operator_record(record, "_")); !sent) return sent;
  std::printf("%s is proposed by %s; another approves it: millrace policy approve %s\n"
              "what became of it: millrace tail audit.ledger --key control/0\n",
              control::review_id(*toml).c_str(), record.actor.c_str(), control::review_id(*toml).c_str());
  return {};
}

Result<void> answer(const Globals& globals, const Review& review, bool approve) {
  const Asker asker = Asker::me();
  Approval record;
  record.request_id = asker.request_id;
  record.actor = review.actor.empty() ? asker.actor : review.actor;
  record.roles = {"approver"};
  record.review_id = review.id;
  if (!review.reason.empty()) record.reason = review.reason;
  const std::string_view type = approve ? "operator.approve" : "operator.reject";
  if (auto sent = send_control_operator(globals, operator_body(type, "_", record.request_id, to_json(record))); !sent) return sent;
  std::printf("%s asks to %s %s; what became of it: millrace tail audit.ledger --key control/0\n", record.actor.c_str(),
              approve ? "approve" : "reject", review.id.c_str());
  return {};
}

void add_reviews(CLI::App& command, Globals& globals, Exit exit) {
  auto review = std::make_shared<Review>();
  auto* propose_command = command.add_subcommand("propose", "Have a policy file reviewed: it becomes live when others approve it");
  propose_command->add_option("file", review->file, "A policy file (TOML)")->required();
  propose_command->add_option("--whatif", review->whatif, "What it would change, as a JSON object")->required();
  propose_command->add_option("--actor", review->actor, "Who proposes; default the user of this machine");
  propose_command->callback([&globals, &exit, review] {
    const auto text = read_file(review->file);
    if (text && !check(*text, "nothing was proposed")) exit = 1;
    else if (auto sent = propose(globals, *review); !sent) exit = cannot(sent.fault());
  });
  for (const bool approve : {true, false}) {
    auto* one = command.add_subcommand(approve ? "approve" : "reject", approve ? "Approve a proposed policy; its author cannot" : "Close the review of a proposed policy");
    one->add_option("review", review->id, "As `policy propose` prints it: pol_…")->required();
    one->add_option("--actor", review->actor, "Who decides; default the user of this machine");
    one->add_option("--reason", review->reason);
    one->callback([&globals, &exit, review, approve] {
      if (auto sent = answer(globals, *review, approve); !sent) exit = cannot(sent.fault());
    });
  }
}

}  // namespace

void add_policy(CLI::App& app, Globals& globals, Exit exit) {
  auto* command = app.add_subcommand("policy", "The rules' numbers: check a file, show what is live, apply a file");
  command->require_subcommand(1);
  auto file = std::make_shared<std::string>();

  auto* check_command = command->add_subcommand("check", "Say whether a policy file loads, and what is wrong with it");
  check_command->add_option("file", *file, "A policy file (TOML)")->required();
  check_command->callback([&exit, file] {
    const auto text = read_file(*file);
    if (!text) exit = cannot(text.fault());
    else if (!check(*text, "the policy does not load")) exit = 1;
    else std::printf("good: policy %s\n", sha256_hex(*text, 16).c_str());
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
    const Policy policy = Policy::read_live(*toml);
    for (const std::string& refused : policy.left_out())
      std::fprintf(stderr, "this version refuses it, so it is left out: %s\n", refused.c_str());
  });

  auto* apply = command->add_subcommand("apply", "Make a policy file the live policy: a record, from its place in the log on");
  apply->add_option("file", *file, "A policy file (TOML)")->required();
  apply->callback([&globals, &exit, file] {
    const auto text = read_file(*file);
    if (!text) {
      exit = cannot(text.fault());
      return;
    }
    if (!check(*text, "nothing was applied: the live policy is as it was")) {
      exit = 1;
      return;
    }
    PolicyChanged change;
    change.policy_sha256 = sha256_hex(*text, 16);
    change.toml = *text;
    const std::string body = operator_body(PolicyChanged::type, "_", Asker::me().request_id, to_json(change));
    if (auto sent = send_control(globals, body); !sent) exit = cannot(sent.fault());
    else std::printf("policy %s is in the log and takes effect when it is folded\n", change.policy_sha256.c_str());
  });
  add_reviews(*command, globals, exit);
}

}  // namespace millrace::cli
