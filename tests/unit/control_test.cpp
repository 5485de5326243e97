#include <doctest/doctest.h>

#include "tests/unit/stage_driver.h"
#include "topology/control/fold.h"

namespace millrace::test {

TEST_SUITE("topology/control") {
  TEST_CASE("CO-1: a control record is copied to every partition of the inboxes that it concerns, marked") {
    StageDriver d("control", topics::control, control::make_fold, 4);
    const auto out = d.send("control.operator_key", {{"key_id", "k"}, {"public_key", "00"}}, {.at_ms = 5, .tenant = "_"});
    REQUIRE(out.size() == 4);
    for (std::size_t p = 0; p < out.size(); ++p) {
      CHECK(out[p].topic == "crm.events");
      CHECK(out[p].partition == static_cast<int>(p));
      CHECK(out[p].broadcast);
    }
    CHECK(d.send("control.tick", {{"tick_ms", 10}}, {.at_ms = 10, .tenant = "_"}).size() == 9 * 4);
  }

  TEST_CASE("CO-2: a tick that is not later than the last one is ignored, and cannot run two periods ahead") {
    StageDriver d("control", topics::control, control::make_fold, 1);
    CHECK(only(d.send("control.tick", {{"tick_ms", 10000}}, {.at_ms = 10000, .tenant = "_"}), "control.tick").data.at("tick_ms") == 10000);
    CHECK(d.send("control.tick", {{"tick_ms", 10000}}, {.at_ms = 12000, .tenant = "_"}).empty());
    CHECK(d.last_verdict().kind == Verdict::Kind::ignored);
    CHECK(only(d.send("control.tick", {{"tick_ms", 999999}}, {.at_ms = 20000, .tenant = "_"}), "control.tick").data.at("tick_ms") == 40000);
  }

  TEST_CASE("CO-3: a policy that does not load is a dead letter and changes nothing") {
    StageDriver d("control", topics::control, control::make_fold, 1);
    const auto out = d.send("control.policy_changed", {{"policy_sha256", "x"}, {"toml", "[score]\nno_such_key = 1\n"}}, {.tenant = "_"});
    CHECK(out.empty());
    CHECK(d.last_verdict().kind == Verdict::Kind::dead_letter);
    CHECK(d.last_verdict().reason == "bad_field:toml");
  }
}

}  // namespace millrace::test
