#include <doctest/doctest.h>

#include "core/hash.h"
#include "topology/outreach/message_id.h"
#include "topology/outreach/restart.h"
#include "topology/outreach/schedule.h"
#include "topology/outreach/stop.h"

using namespace millrace;
using namespace millrace::outreach;

TEST_SUITE("topology/outreach") {
  TEST_CASE("SQ-1: a step is due at the later of its day and the hold") {
    const std::vector<std::int64_t> days = {0, 3, 7};
    CHECK(due_times(days, 5) == std::vector<TimeMs>{5, 5 + 3 * kDayMs, 5 + 7 * kDayMs});
    CHECK(next_step(days, 0, 0, 0, 0).send);
    CHECK_FALSE(next_step(days, 10, 0, 0, 9).send);
    CHECK(next_step(days, 0, 1, 0, 3 * kDayMs).send);
    CHECK(next_step(days, 0, 1, 0, 3 * kDayMs - 1).reason == "not_due");
    const NextStep held = next_step(days, 0, 1, 10 * kDayMs, 5 * kDayMs);
    CHECK_FALSE(held.send);
    CHECK(held.due_ms == 10 * kDayMs);
    CHECK(held.step == 2);
    CHECK(next_step(days, 0, 3, 0, 100 * kDayMs).reason == "complete");
    CHECK_FALSE(next_step(days, 0, 3, 0, 0).due_ms);
  }

  TEST_CASE("SQ-2: a late command moves the start by its delay, an early one does not") {
    CHECK(shifted_start(0, 3, 5 * kDayMs) == 2 * kDayMs);  // the example of the specification
    CHECK(shifted_start(0, 3, 3 * kDayMs) == 0);
    CHECK(shifted_start(0, 3, 3 * kDayMs + 1) == 1);
    CHECK(shifted_start(7, 3, 0) == 7);
  }

  TEST_CASE("the four sequences have the days of the table") {
    CHECK(default_sequences().size() == 4);
    CHECK(default_sequences().at("aggressive_close") == std::vector<std::int64_t>{0, 2, 5});
    CHECK(default_sequences().at("cold_outreach").size() == 8);
  }

  TEST_CASE("the first run has the sequence's own name, a restart is told apart") {
    CHECK(run_name("nurture", 1) == "nurture");
    CHECK(run_name("nurture", 2) == "nurture#2");
    CHECK(message_id("acme", "c1", "ld_1", "aggressive_close", "1", "email") == "msg_da838806f226ad3f1a3f");
  }

  TEST_CASE("a command counts against the budget of its reason, a revoked one against none") {
    Attempts attempts;
    for (const char* reason : {"rate_limited", "delivery_failed", "expired", "revoked", "form_unreachable", "mailbox_full"})
      count_command(attempts, reason);
    CHECK(attempts.attempt == 7);
    CHECK(attempts.window == 1);
    CHECK(attempts.transport == 1);
    CHECK(attempts.form == 1);
    CHECK(attempts.soft == 1);
    CHECK(attempts.retries() == 3);
  }

  TEST_CASE("a deal that moves on stops a sequence, a new or foreign stage does not") {
    const SyntheticTable table = SyntheticTable::service();
    const StageGroups groups;
    CHECK(stops_sequence("demo_scheduled", table, groups));
    CHECK(stops_sequence("closed_won", table, groups));
    CHECK(stops_sequence("closed_lost", table, groups));
    CHECK(stops_sequence("contract_sent", table, groups));
    CHECK_FALSE(stops_sequence("lead", table, groups));
    CHECK_FALSE(stops_sequence("", table, groups));
    CHECK_FALSE(stops_sequence("add_to_cart", table, groups));
  }

  TEST_CASE("only what a dry run alone has worked begins again") {
    CHECK(restarts_when_armed(0, false));
    CHECK_FALSE(restarts_when_armed(1, false));
    CHECK_FALSE(restarts_when_armed(0, true));
  }
}
