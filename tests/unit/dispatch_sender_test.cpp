#include <doctest/doctest.h>

#include "topology/dispatch/senders.h"

using namespace millrace::dispatch;

TEST_SUITE_BEGIN("topology/dispatch");

TEST_CASE("WA-1: sending days climb to the cap and the sender's own") {
  CHECK(warm_up_limit(Channel::email, 1) == 5);
  CHECK(warm_up_limit(Channel::email, 9) == 20);
  CHECK(warm_up_limit(Channel::linkedin, 9) == 10);
  CHECK(warm_up_limit(Channel::contact_form, 1) == 20);
  CHECK(warm_up_limit(Channel::phone_task, 7) == 50);
  CHECK(warm_up_limit(Channel::email, 9, 12) == 12);
}

TEST_CASE("SN-1: a send that is given back frees its day, and an empty day was none") {
  SenderDays days;
  for (const int day : {1, 2, 3}) days.add(day);
  CHECK(days.number(4) == 4);
  days.give_back(3);
  CHECK(days.number(4) == 3);
  CHECK(days.sent(3) == 0);
  days.give_back(17);  // long ago: nothing to give back
  CHECK(days.number(4) == 3);
}

TEST_CASE("SN-1: the number of a day does not depend on how many days are kept") {
  SenderDays days;
  std::optional<SendingDay> last;
  for (std::int64_t day = 0; day < 200; day += 1 + day % 23) {
    CHECK(days.number(day) == day_number(last, day));
    days.add(day);
    last = SendingDay{day, day_number(last, day)};
  }
}

TEST_CASE("SN-2: after a reset today's sends fill the allowance but day 1 begins") {
  SenderRow sender;
  for (const int day : {1, 2, 3}) sender.live.add(day);
  sender.live.reset();
  CHECK(sender.live.number(3) == 1);
  CHECK(sender.allowance(Channel::email, -1, 3) == 4);
  CHECK(sender.live.number(4) == 1);
  sender.live.add(3);
  CHECK(sender.live.number(4) == 2);
}

TEST_CASE("DT-1: a dry run after an arming starts with an empty day") {
  SenderRow sender;
  sender.days(0).add(5);
  CHECK(sender.allowance(Channel::email, 0, 5) == 4);
  CHECK(sender.allowance(Channel::email, 1, 5) == 5);
  CHECK(sender.allowance(Channel::email, -1, 5) == 5);
}

TEST_CASE("CI-2: the first probe passes probe_ms after opening, then one each probe_ms") {
  Circuit circuit;
  const CircuitRules rules{2, 60};
  CHECK(circuit.failed(0, rules) == Circuit::Change::none);
  CHECK(circuit.failed(10, rules) == Circuit::Change::opened);
  CHECK_FALSE(circuit.passes(69));
  CHECK(circuit.passes(70));
  circuit.probed(70, rules);
  CHECK_FALSE(circuit.passes(129));
  CHECK(circuit.failed(80, rules) == Circuit::Change::none);
  CHECK(circuit.passes(130));
  CHECK(circuit.answered() == Circuit::Change::closed);
  CHECK(circuit.passes(131));
}

TEST_SUITE_END();
