// What every log keeps, as claims; each runs on each log that has a Rig. What its reading half keeps stands in
// reading_contract.h.
//
//   struct Rig {
//     log::Log& log();     // an open, empty log with the topics of contract_topics()
//     void reopen();       // closes it without a flush, as a kill does, and opens it again
//   };
//   TEST_CASE_TEMPLATE_INVOKE(log_contract, Rig);
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "log/log.h"

namespace millrace::log::contract {

inline TopicTable contract_topics() { return TopicTable({{"control", 1}, {"events", 4}, {"leads", 4}}); }

inline constexpr TopicId control{0}, events{1}, leads{2};
inline constexpr TopicPartition control0{control, Partition{0}};
inline constexpr TopicPartition events0{events, Partition{0}}, events3{events, Partition{3}};
inline constexpr TopicPartition leads1{leads, Partition{1}};
inline constexpr std::size_t kAll = 1u << 30;

inline NewRecord record(TopicPartition to, TimeMs at, std::string_view key, std::string_view value) {
  return {to, at, key, value, {}};
}

inline std::vector<Offset> must_append(Log& log, const Frame& frame) {
  auto offsets = log.append(frame);
  REQUIRE_MESSAGE(offsets, (offsets ? "" : offsets.fault().message));
  return *std::move(offsets);
}
inline void must_flush(Log& log) {
  const auto flushed = log.flush();
  REQUIRE_MESSAGE(flushed, (flushed ? "" : flushed.fault().message));
}

// "key=value@timestamp" of each record of a topic partition from `from` on.
inline std::vector<std::string> read(const Log& log, TopicPartition tp, Offset from, std::size_t max_records = kAll,
                                     std::size_t max_bytes = kAll) {
  Batch batch;
  const auto fetched = log.fetch(tp, from, max_records, max_bytes, batch);
  REQUIRE_MESSAGE(fetched, (fetched ? "" : fetched.fault().message));
  std::vector<std::string> out;
  Offset expected = from;
  for (const Record& r : batch.records) {
    CHECK(r.at == Position{tp.topic, tp.partition, expected});
    expected = expected + 1;
    out.push_back(std::string(r.key) + "=" + std::string(r.value) + "@" + std::to_string(r.timestamp));
  }
  return out;
}
inline std::vector<std::string> read_all(const Log& log, TopicPartition tp) { return read(log, tp, log.start(tp)); }

inline std::string fault_code(const Result<void>& result) { return result ? "" : result.fault().code; }

TEST_CASE_TEMPLATE_DEFINE("log contract", Rig, log_contract) {
  Rig rig;
  using Lines = std::vector<std::string>;

  SUBCASE("a new log is empty everywhere and has no position") {
    Log& log = rig.log();
    CHECK(log.topics().size() == 3);
    CHECK(log.topics().partitions(events) == 4);
    CHECK(log.start(events0) == Offset{0});
    CHECK(log.end(events0) == Offset{0});
    CHECK(read_all(log, events0).empty());
    CHECK_FALSE(log.committed(events0).has_value());
    CHECK(log.all_committed().empty());
    CHECK(log.environment().empty());
    CHECK(*log.offset_at(events0, 0) == Offset{0});
  }

  SUBCASE("LG-3: what was appended is there at once, in order, before any flush") {
    Log& log = rig.log();
    const auto offsets = must_append(log, {{},
                                           {record(events0, 10, "a", "1"), record(leads1, 11, "b", "2"),
                                            record(events0, 12, "c", "3"), record(events3, -5, "d", "4")},
                                           ""});
    CHECK(offsets == std::vector<Offset>{Offset{0}, Offset{0}, Offset{1}, Offset{0}});
    CHECK(read_all(log, events0) == Lines{"a=1@10", "c=3@12"});
    CHECK(read_all(log, leads1) == Lines{"b=2@11"});
    CHECK(read_all(log, events3) == Lines{"d=4@-5"});
    CHECK(read_all(log, control0).empty());
  }

  SUBCASE("LG-2: offsets are dense over frames and do not change by a flush or a reopen") {
    Lines expected;
    for (int i = 0; i < 50; ++i) {
      const std::string value = "v" + std::to_string(i);
      CHECK(must_append(rig.log(), {{}, {record(events0, i, "k", value)}, ""}).front() == Offset{i});
      expected.push_back("k=" + value + "@" + std::to_string(i));
      if (i % 7 == 0) must_flush(rig.log());
    }
    CHECK(read_all(rig.log(), events0) == expected);
    must_flush(rig.log());
    CHECK(read_all(rig.log(), events0) == expected);
    rig.reopen();
    CHECK(rig.log().end(events0) == Offset{50});
    CHECK(read_all(rig.log(), events0) == expected);
    CHECK(read(rig.log(), events0, Offset{48}) == Lines{"k=v48@48", "k=v49@49"});
  }

  SUBCASE("LG-1: after a kill a frame that was flushed is there with its positions, one that was not is not at all") {
    TaskPosition first{events0, 1, 0, 77, 1000, 1};
    must_append(rig.log(), {{first}, {record(leads1, 1, "k", "kept")}, "env-1"});
    must_flush(rig.log());
    TaskPosition second{events0, 2, 5, 78, 2000, 2};
    must_append(rig.log(), {{second}, {record(leads1, 2, "k", "pending")}, "env-2"});
    CHECK(rig.log().committed(events0) == second);
    CHECK(rig.log().environment() == "env-2");
    rig.reopen();
    // A log may have written ahead of the flush; then all of the frame is there.
    if (rig.log().end(leads1) == Offset{1}) {
      CHECK(rig.log().committed(events0) == first);
      CHECK(rig.log().environment() == "env-1");
      CHECK(read_all(rig.log(), leads1) == Lines{"k=kept@1"});
    } else {
      CHECK(rig.log().committed(events0) == second);
      CHECK(rig.log().environment() == "env-2");
    }
  }

  SUBCASE("every field of a position comes back after a reopen, each task has its own") {
    const TaskPosition a{events0, 1'000'000'007, 3, 0xfedcba9876543210u, 1'767'225'600'123, 5, 6, 7, 8, 9};
    const TaskPosition b{leads1, 2, 0, 1, -1, 0, 0, 0, 0, 0};
    must_append(rig.log(), {{b, a}, {}, "env"});
    must_flush(rig.log());
    rig.reopen();
    CHECK(rig.log().committed(events0) == a);
    CHECK(rig.log().committed(leads1) == b);
    CHECK_FALSE(rig.log().committed(events3).has_value());
    CHECK(rig.log().all_committed() == std::vector<TaskPosition>{a, b});
    CHECK(rig.log().environment() == "env");
  }

  SUBCASE("a frame may move tasks without records, and carry records without moving a task") {
    CHECK(must_append(rig.log(), {{{events0, 9}}, {}, "env"}).empty());
    must_append(rig.log(), {{}, {record(events0, 1, "", "produced")}, "not read"});
    must_flush(rig.log());
    rig.reopen();
    CHECK(rig.log().committed(events0)->next == 9);
    CHECK(rig.log().environment() == "env");
    CHECK(read_all(rig.log(), events0) == Lines{"=produced@1"});
  }

  SUBCASE("retention drops nothing at or above the floor, start() only moves up, the rest stays as it was") {
    const std::string filler(700, 'f');
    for (int i = 0; i < 300; ++i) {
      must_append(rig.log(), {{{events0, i}}, {record(events0, i, "k", filler), record(leads1, i, "k", "x")}, "env"});
      if (i % 10 == 0) must_flush(rig.log());
    }
    must_flush(rig.log());
    const auto drop = [&](std::int64_t floor, std::optional<TimeMs> older_than) {
      const auto dropped = rig.log().drop_before([&](TopicPartition) { return Offset{floor}; }, older_than);
      REQUIRE_MESSAGE(dropped, (dropped ? "" : dropped.fault().message));
    };
    drop(200, 50);
    CHECK(rig.log().start(events0).value <= 50);
    drop(200, std::nullopt);
    const Offset start = rig.log().start(events0);
    CHECK(start.value <= 200);
    drop(10, std::nullopt);
    CHECK(rig.log().start(events0) == start);
    CHECK(rig.log().end(events0) == Offset{300});
    rig.reopen();
    CHECK(rig.log().start(events0) == start);
    CHECK(rig.log().end(leads1) == Offset{300});
    CHECK(rig.log().committed(events0)->next == 299);
    CHECK(read(rig.log(), events0, Offset{200}).size() == 100);
    CHECK(read(rig.log(), leads1, Offset{299}) == Lines{"k=x@299"});
    if (start.value > 0) {
      Batch batch;
      CHECK(fault_code(rig.log().fetch(events0, start + -1, 1, 1, batch)) == "out_of_range");
      CHECK(*rig.log().offset_at(events0, 0) == start);
    }
  }

  SUBCASE("a log goes on after a reopen where it stood") {
    for (int round = 0; round < 5; ++round) {
      CHECK(must_append(rig.log(), {{{events0, round}}, {record(events0, round, "k", "v")}, "env"}).front() ==
            Offset{round});
      must_flush(rig.log());
      rig.reopen();
      CHECK(rig.log().committed(events0)->next == round);
    }
    CHECK(read_all(rig.log(), events0).size() == 5);
  }

  SUBCASE("sync succeeds with and without something to write") {
    CHECK(rig.log().sync());
    must_append(rig.log(), {{}, {record(events0, 1, "k", "v")}, ""});
    CHECK(rig.log().sync());
    rig.reopen();
    CHECK(read_all(rig.log(), events0) == Lines{"k=v@1"});
  }

  SUBCASE("harden succeeds with and without something to make safe, and flushes nothing by itself") {
    CHECK(rig.log().harden());
    must_append(rig.log(), {{}, {record(events0, 1, "k", "v")}, ""});
    must_flush(rig.log());
    CHECK(rig.log().harden());
    must_append(rig.log(), {{}, {record(events0, 2, "k", "w")}, ""});
    CHECK(rig.log().harden());
    rig.reopen();
    CHECK(read_all(rig.log(), events0) == Lines{"k=v@1"});
  }

  SUBCASE("the free share is between nothing and all") { CHECK(rig.log().free_share() <= 10000); }
}

}  // namespace millrace::log::contract
