// What may be dropped of a cluster's log, over a modelled broker.
#include <doctest/doctest.h>

#include "engine/droppable.h"
#include "tests/simulation/broker_model.h"
#include "tests/simulation/toy.h"

namespace millrace::test {

namespace {

constexpr TopicPartition kFacts{kIn, Partition{0}}, kLetters{kDead, Partition{0}}, kOutputs{kOut, Partition{0}};

struct Shared {
  Shared() : topology(toy(1)), log(topology.topics), letters(log, topology) {}
  Offset write(TopicPartition to, TimeMs at, BrokerModel::Txn txn = 0, const Headers& headers = {}) {
    return log.write({to, at, "k", "v", headers}, txn);
  }
  // Records that were never committed, and their marker.
  void abort_on(TopicPartition to, int records) {
    const auto txn = log.begin();
    for (int i = 0; i < records; ++i) write(to, 1, txn);
    log.end(txn, false);
  }
  engine::GroupFloors::Floors may_go(TimeMs older_than, const engine::GroupFloors::Floors& checkpoints) {
    const auto floors = engine::droppable(log, topology, checkpoints, older_than, letters);
    REQUIRE(floors);
    return *floors;
  }

  engine::Topology topology;
  BrokerModel log;
  engine::OpenLetters letters;
};

// A log that another instance trims in the moment in which it is asked.
struct Overtaken final : BrokerModel {
  using BrokerModel::BrokerModel;
  Result<Offset> offset_at(TopicPartition tp, TimeMs) const override {
    const_cast<Overtaken*>(this)->trim(tp, Offset{9});
    return log::out_of_range(topics(), tp, Offset{0}, start(tp), end(tp));
  }
};

using Floors = engine::GroupFloors::Floors;
const Floors kAll{{kFacts, Offset{100}}, {{kSums, Partition{0}}, Offset{100}}, {{kControl, Partition{0}}, Offset{100}}};

}  // namespace

TEST_SUITE("engine/droppable") {
  TEST_CASE("TM-1 TM-2: an inbox goes up to its checkpoint, another topic with control, and nothing that is young") {
    Shared shared;
    for (TimeMs at = 0; at < 20; ++at) {
      shared.write(kFacts, at);
      shared.write(kOutputs, at);
    }
    CHECK(shared.may_go(10, {}) == Floors{});
    CHECK(shared.may_go(10, {{kFacts, Offset{4}}}) == Floors{{kFacts, Offset{4}}});
    CHECK(shared.may_go(10, {{kFacts, Offset{15}}}) == Floors{{kFacts, Offset{10}}});
    CHECK(shared.may_go(10, {{{kControl, Partition{0}}, Offset{0}}}) == Floors{{kOutputs, Offset{10}}});
    CHECK(shared.may_go(30, kAll) == Floors{{kFacts, Offset{20}}, {kOutputs, Offset{20}}});
  }

  TEST_CASE("TM-2: the original of an open dead letter stays, and the letter") {
    Shared shared;
    for (TimeMs at = 0; at < 20; ++at) shared.write(kFacts, at);
    Headers of_seven;
    of_seven.cause = {kIn, Partition{0}, Offset{7}};
    shared.write(kLetters, 8);
    shared.write(kLetters, 9, 0, of_seven);
    CHECK(shared.may_go(15, kAll) == Floors{{kFacts, Offset{7}}, {kLetters, Offset{1}}});
    Headers again;  // it is tried again
    again.cause = {kDead, Partition{0}, Offset{1}};
    shared.write(kFacts, 21, 0, again);
    CHECK(shared.may_go(15, kAll) == Floors{{kFacts, Offset{15}}, {kLetters, Offset{2}}});
  }

  TEST_CASE("TM-3: a floor that is out of date takes nothing that one of now would leave, and harms nobody who has trimmed further") {
    Shared shared;
    for (TimeMs at = 0; at < 20; ++at) shared.write(kFacts, at);
    const Floors old{{kFacts, Offset{6}}}, now{{kFacts, Offset{9}}};  // the task has gone to another, and its checkpoints went on
    CHECK(shared.may_go(30, old).at(kFacts) < shared.may_go(30, now).at(kFacts));
    shared.log.trim(kFacts, Offset{9});
    CHECK(shared.may_go(30, old) == Floors{});
    CHECK(shared.may_go(5, now) == Floors{});
  }

  TEST_CASE("TM-3: who is overtaken while it looks drops what it may, and no more") {
    const engine::Topology topology = toy(1);
    Overtaken log(topology.topics);
    engine::OpenLetters letters(log, topology);
    for (TimeMs at = 0; at < 20; ++at) log.write({kFacts, at, "k", "v", {}});
    const auto floors = engine::droppable(log, topology, {{kFacts, Offset{6}}}, 10, letters);
    REQUIRE_MESSAGE(floors, floors.fault().message);
    CHECK(log.start(kFacts) == Offset{9});
    CHECK(*floors == Floors{});
  }

  TEST_CASE("TM-5: where all records are young the beginning stays, though what was aborted lies before them") {
    Shared shared;
    shared.abort_on(kFacts, 3);
    const Offset first = shared.write(kFacts, 50);
    CHECK(shared.may_go(40, kAll) == Floors{});
    const Offset second = shared.write(kFacts, 60);
    CHECK(shared.may_go(55, kAll) == Floors{{kFacts, second}});  // and when one is old all goes that lies before the young
    shared.abort_on(kOutputs, 3);
    CHECK_FALSE(shared.may_go(40, kAll).contains(kOutputs));  // no record at all
    shared.log.trim(kFacts, first);  // a beginning that is gone is not kept
    CHECK(shared.may_go(55, kAll) == Floors{{kFacts, second}});
  }

  TEST_CASE("TM-2: while dead letters are still being read nothing goes") {
    Shared shared;
    shared.write(kFacts, 1);
    Headers of_it;
    of_it.cause = {kIn, Partition{0}, Offset{0}};
    for (int i = 0; i < 50'001; ++i) shared.write(kLetters, 30, 0, of_it);
    CHECK(shared.may_go(20, kAll) == Floors{});
    CHECK(shared.may_go(20, kAll) == Floors{});  // the original stays
  }
}

}  // namespace millrace::test
