#include <doctest/doctest.h>

#include "topology/governance/access.h"
#include "topology/governance/dry_run.h"
#include "topology/governance/governor.h"
#include "topology/ledger_query.h"

using namespace millrace;
using namespace millrace::governance;

namespace {

using Roles = std::vector<std::string>;

int refusal(const Access& access) { return access.allowed ? 0 : access.status; }

}  // namespace

TEST_SUITE("topology/governance") {
  TEST_CASE("AC-1: a role allows its row of the table, and an unknown one nothing") {
    CHECK(may(Roles{"operator"}, "send"));
    CHECK_FALSE(may(Roles{"operator"}, "kill_switch"));
    CHECK(may(Roles{"viewer", "privacy"}, "erase"));
    CHECK(may(Roles{"admin"}, "tokens"));
    CHECK_FALSE(may(Roles{"admin"}, "approve"));
    CHECK_FALSE(may(Roles{"admin"}, "erase"));
    CHECK_FALSE(may(Roles{"root"}, "read"));
    CHECK_FALSE(may(Roles{}, "read"));
    CHECK_FALSE(may(Roles{"viewer"}, ""));
  }

  TEST_CASE("AC-2: another tenant's object is not there, whatever the roles") {
    const Roles roles = {"viewer"};
    CHECK(refusal(access({roles, "globex"}, "write", "acme")) == 404);
    CHECK(refusal(access({roles, "acme"}, "write", "acme")) == 403);
    CHECK(refusal(access({roles, "*"}, "read", "acme")) == 0);
  }

  TEST_CASE("AC-3: nobody approves what they proposed") {
    const Roles roles = {"approver"};
    CHECK(access({roles, "acme", "bob"}, "approve", "acme", "bob").code == "self_approval");
    CHECK(access({roles, "acme", "bob"}, "approve", "acme", "eve").allowed);
    CHECK(access({roles, "acme", "bob"}, "read", "acme", "bob").allowed);
    CHECK(access({Roles{"viewer"}, "acme", "bob"}, "approve", "acme", "bob").code == "forbidden");
  }

  TEST_CASE("AC-4: who may send may stop; only who may kill lets go; over all tenants a token of all; a reason always") {
    const Roles op = {"operator"}, admin = {"admin"};
    CHECK(refusal(kill_switch_access({op, "acme"}, true, "tenant", "x")) == 0);
    CHECK(refusal(kill_switch_access({op, "acme"}, false, "tenant", "x")) == 403);
    CHECK(refusal(kill_switch_access({admin, "acme"}, false, "global", "x")) == 403);
    CHECK(refusal(kill_switch_access({admin, "*"}, false, "global", "x")) == 0);
    CHECK(refusal(kill_switch_access({admin, "*"}, true, "global", " ")) == 422);
    CHECK(refusal(kill_switch_access({op, "acme"}, false, "tenant", "")) == 403);
    CHECK(refusal(kill_switch_access({admin, "acme"}, true, "planet", "x")) == 422);
  }

  TEST_CASE("DR-1: what is listed runs in any case of its letters, all else is irreversible") {
    const DryRunPolicy policy;
    CHECK(judge_action("Read_Data", {}, policy) == ActionStatus::executed);
    CHECK(judge_action("read", {}, policy) == ActionStatus::dry_run_blocked);
    CHECK(judge_action("something_new", {}, policy) == ActionStatus::dry_run_blocked);
  }

  TEST_CASE("DR-2: armed and no dry run, and never in a replay") {
    DryRunPolicy policy;
    CHECK(judge_action("payment", {.armed = true, .dry_run = false}, policy) == ActionStatus::executed);
    CHECK(judge_action("payment", {.armed = true}, policy) == ActionStatus::dry_run_blocked);
    CHECK(judge_action("payment", {.armed = true, .dry_run = false, .replayed = true}, policy) == ActionStatus::suppressed);
    policy.strict = true;
    CHECK(judge_action("payment", {.dry_run = false}, policy) == ActionStatus::refused);
    CHECK(judge_action("payment", {.replayed = true}, policy) == ActionStatus::suppressed);
  }

  TEST_CASE("GO-1: a window slides, what was denied does not count, and the wait is rounded up") {
    Governor governor({2, 60'000});
    CHECK(governor.call(0));
    CHECK(governor.call(1));
    CHECK_FALSE(governor.call(2));
    CHECK(governor.retry_after_s(2) == 60);       // 59.998 s
    CHECK(governor.retry_after_s(59'000) == 1);
    CHECK_FALSE(governor.call(59'999));
    CHECK(governor.call(60'000));                 // the call at 0 has left, that at 1 has not
    CHECK_FALSE(governor.call(60'000));
    CHECK(governor.retry_after_s(60'000) == 1);   // 1 ms
    Governor none({0, 1000});
    CHECK_FALSE(none.call(5));
    CHECK_FALSE(none.retry_after_s(5));
  }

  TEST_CASE("GO-2: a name without a limit has none") {
    CHECK(governor_limit("operator_send")->max == 60);
    CHECK_FALSE(governor_limit("nobody"));
  }

  TEST_CASE("LQ-1, LQ-2: chains are merged by time and place, and what was left out is named") {
    const std::vector<LedgerRow> rows = {{{"score", 0, 1}, 6, "a", "decision"}, {{"route", 1, 0}, 5, "a", "decision"},
                                         {{"route", 0, 0}, 5, "b", "approval"}, {{"score", 0, 0}, 5, "a", "decision"}};
    const auto places = [&](const LedgerQuery& query) {
      std::vector<std::string> out;
      for (const LedgerRow& row : query_ledger(rows, query).rows)
        out.push_back(row.at.stage + "/" + std::to_string(row.at.partition) + "/" + std::to_string(row.at.seq));
      return out;
    };
    CHECK(places({}) == std::vector<std::string>{"route/0/0", "route/1/0", "score/0/0", "score/0/1"});
    CHECK(places({.subject = "a", .limit = 1}) == std::vector<std::string>{"route/1/0"});
    CHECK(query_ledger(rows, {.subject = "a", .limit = 1}).next == LedgerPlace{"score", 0, 0});
    CHECK(places({.kind = "decision", .from_ms = 6}) == std::vector<std::string>{"score/0/1"});
    CHECK_FALSE(query_ledger(rows, {.limit = 4}).next);
    CHECK(query_ledger(rows, {.limit = 0}).rows.size() == 1);
  }
}
