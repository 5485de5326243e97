// What every log keeps, as claims; each runs on each log that has a Rig. What its reading half keeps stands in
// reading_contract.h.
//
//   struct Rig {
//     static constexpr Holds holds{};     // which clauses hold there
//     log::Log& log();                    // an open, empty log with the topics of contract_topics()
//     void reopen();                      // closes it without a flush, as a kill does, and opens it again
//     void cut(const Frame& frame);       // a kill between the frame and what makes it whole: a flush, a commit
//   };
//   TEST_CASE_TEMPLATE_INVOKE(log_contract, Rig);
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "log/log.h"

namespace millrace::log::contract {

// What not every log can keep; each clause says at its place what the others do instead.
struct Holds {
  bool dense = true;      // no offset is left out
  bool pending = true;    // what was appended waits for a flush, and is seen by this process meanwhile
  bool any_time = true;   // stamps of any sign, and 0
};

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

// "key=value@timestamp" of each record of a topic partition from `from` on, as far as one fetch gives them.
inline std::vector<std::string> read(const Log& log, TopicPartition tp, Offset from, std::size_t max_records = kAll,
                                     std::size_t max_bytes = kAll) {
  Batch batch;
  const auto fetched = log.fetch(tp, from, max_records, max_bytes, batch);
  REQUIRE_MESSAGE(fetched, (fetched ? "" : fetched.fault().message));
  std::vector<std::string> out;
  Offset at_least = from;
  for (const Record& r : batch.records) {
    CHECK(r.at.topic == tp.topic);
    CHECK(r.at.partition == tp.partition);
    CHECK(r.at.offset >= at_least);
    at_least = r.at.offset + 1;
    out.push_back(std::string(r.key) + "=" + std::string(r.value) + "@" + std::to_string(r.timestamp));
  }
  CHECK(batch.next >= at_least);
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
    CHECK(*log.offset_at(events0, 1) == Offset{0});
  }

  // On Kafka what a transaction holds is nobody's to read before its commit, not its writer's either: there a frame is
  // committed before append() comes back, which is at once for the caller, and flush() finds nothing to do.
  SUBCASE("LG-3: what was appended is there at once, in order, before any flush") {
    Log& log = rig.log();
    // Kafka's client stamps 0 with its own clock, and times before 1970 are none of a broker's.
    const TimeMs last = Rig::holds.any_time ? -5 : 5;
    const std::vector<NewRecord> records{record(events0, 10, "a", "1"), record(leads1, 11, "b", "2"), record(events0, 12, "c", "3"),
                                         record(events3, last, "d", "4")};
    for (const bool moves : {false, true}) {
      CAPTURE(moves);
      Frame frame{{}, records, "env"};
      if (moves) frame.positions.push_back({control0, 1});
      const auto offsets = must_append(log, frame);
      REQUIRE(offsets.size() == 4);
      if (Rig::holds.dense && !moves) CHECK(offsets == std::vector<Offset>{Offset{0}, Offset{0}, Offset{1}, Offset{0}});
      CHECK(offsets[2] == offsets[0] + 1);
      CHECK(read(log, events0, offsets[0]) == Lines{"a=1@10", "c=3@12"});
      CHECK(read(log, leads1, offsets[1]) == Lines{"b=2@11"});
      CHECK(read(log, events3, offsets[3]) == Lines{"d=4@" + std::to_string(last)});
      CHECK(read_all(log, control0).empty());
    }
  }

  // On Kafka the marker that ends a transaction takes an offset in each partition that it wrote to, so offsets rise and stay,
  // and are not dense.
  SUBCASE("LG-2: offsets rise over frames, are dense where none is left out, and do not change by a flush or a reopen") {
    Lines expected;
    std::vector<Offset> at;
    for (int i = 0; i < 50; ++i) {
      const std::string value = "v" + std::to_string(i);
      Frame frame{{}, {record(events0, 1 + i, "k", value)}, "env"};
      if (i % 3 == 0) frame.positions.push_back({leads1, i});
      at.push_back(must_append(rig.log(), frame).front());
      if (Rig::holds.dense) CHECK(at.back() == Offset{i});
      if (i > 0) CHECK(at[static_cast<std::size_t>(i)] > at[static_cast<std::size_t>(i) - 1]);
      expected.push_back("k=" + value + "@" + std::to_string(1 + i));
      if (i % 7 == 0) must_flush(rig.log());
    }
    CHECK(read_all(rig.log(), events0) == expected);
    must_flush(rig.log());
    CHECK(read_all(rig.log(), events0) == expected);
    const Offset end = rig.log().end(events0);
    CHECK(end > at.back());
    if (Rig::holds.dense) CHECK(end == Offset{50});
    rig.reopen();
    CHECK(rig.log().end(events0) == end);
    CHECK(read_all(rig.log(), events0) == expected);
    CHECK(read(rig.log(), events0, at[48]) == Lines{"k=v48@49", "k=v49@50"});
    CHECK(read(rig.log(), events0, at[17], 1) == Lines{expected[17]});
  }

  SUBCASE("LG-1: after a kill a frame that was flushed is there with its positions, one that was not is not at all") {
    const TaskPosition first{events0, 1, 0, 77, 1000, 1}, second{events0, 2, 5, 78, 2000, 2};
    must_append(rig.log(), {{first}, {record(leads1, 1, "k", "kept")}, "env-1"});
    must_flush(rig.log());
    const Frame pending{{second}, {record(leads1, 2, "k", "pending"), record(events3, 2, "k", "pending")}, "env-2"};
    if (Rig::holds.pending) {
      must_append(rig.log(), pending);
      CHECK(rig.log().committed(events0) == second);
      CHECK(rig.log().environment() == "env-2");
      rig.reopen();
    } else {
      rig.cut(pending);
    }
    // A log may have written ahead of the flush; then all of the frame is there.
    const bool ahead = rig.log().committed(events0) == second;
    CHECK(rig.log().committed(events0) == (ahead ? second : first));
    CHECK(rig.log().environment() == (ahead ? "env-2" : "env-1"));
    CHECK(read_all(rig.log(), leads1) == (ahead ? Lines{"k=kept@1", "k=pending@2"} : Lines{"k=kept@1"}));
    CHECK(read_all(rig.log(), events3) == (ahead ? Lines{"k=pending@2"} : Lines{}));
    if (!Rig::holds.pending) CHECK_FALSE(ahead);
    must_append(rig.log(), {{second}, {record(leads1, 3, "k", "after")}, "env-2"});
    must_flush(rig.log());
    CHECK(read_all(rig.log(), leads1).back() == "k=after@3");
    CHECK(rig.log().committed(events0) == second);
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
    std::vector<Offset> at;  // in both partitions
    for (int i = 0; i < 300; ++i) {
      Frame frame{{}, {record(events0, 1 + i, "k", filler), record(leads1, 1 + i, "k", "x")}, "env"};
      if (i % 10 == 9) frame.positions.push_back({events0, i});
      const auto offsets = must_append(rig.log(), frame);
      CHECK(offsets[0] == offsets[1]);
      at.push_back(offsets[0]);
      if (i % 10 == 0) must_flush(rig.log());
    }
    must_flush(rig.log());
    const Offset end = rig.log().end(events0);
    const auto drop = [&](Offset floor, std::optional<TimeMs> older_than) {
      const auto dropped = rig.log().drop_before([&](TopicPartition) { return floor; }, older_than);
      REQUIRE_MESSAGE(dropped, (dropped ? "" : dropped.fault().message));
    };
    drop(at[200], 51);
    CHECK(rig.log().start(events0) <= at[50]);
    drop(at[200], std::nullopt);
    const Offset start = rig.log().start(events0);
    CHECK(start <= at[200]);
    drop(at[10], std::nullopt);
    CHECK(rig.log().start(events0) == start);
    CHECK(rig.log().end(events0) == end);
    rig.reopen();
    CHECK(rig.log().start(events0) == start);
    CHECK(rig.log().end(events0) == end);
    CHECK(rig.log().end(leads1) == end);
    CHECK(rig.log().committed(events0)->next == 299);
    CHECK(read(rig.log(), events0, at[200]).size() == 100);
    CHECK(read(rig.log(), leads1, at[299]) == Lines{"k=x@300"});
    if (start.value > 0) {
      Batch batch;
      CHECK(fault_code(rig.log().fetch(events0, start + -1, 1, 1, batch)) == "out_of_range");
      CHECK(*rig.log().offset_at(events0, 1) == start);
    }
  }

  SUBCASE("a log goes on after a reopen where it stood") {
    for (int round = 0; round < 5; ++round) {
      const Offset end = rig.log().end(events0);
      CHECK(must_append(rig.log(), {{{events0, round}}, {record(events0, 1 + round, "k", "v")}, "env"}).front() == end);
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

  if (Rig::holds.pending) {
    SUBCASE("LG-5: a flush has done first what it was told, and writes nothing that was appended since") {
      Log& log = rig.log();
      int times = 0;
      log.write_after([&]() -> Result<void> {
        if (++times == 1) std::thread([&] { must_append(log, {{}, {record(events0, 2, "k", "since")}, ""}); }).join();
        return {};
      });
      must_append(log, {{}, {record(events0, 1, "k", "first")}, ""});
      must_flush(log);
      CHECK(times == 1);
      CHECK(read_all(log, events0) == Lines{"k=first@1", "k=since@2"});
      rig.reopen();
      CHECK(read_all(rig.log(), events0) == Lines{"k=first@1"});
    }
    SUBCASE("LG-5: what it was told fails: nothing is written, however often it is tried, by a sync neither") {
      Log& log = rig.log();
      must_append(log, {{}, {record(events0, 1, "k", "kept")}, ""});
      must_flush(log);
      log.write_after([]() -> Result<void> { return retryable("disk_full", "test"); });
      must_append(log, {{}, {record(events0, 2, "k", "not written")}, ""});
      CHECK(fault_code(log.flush()) == "disk_full");
      CHECK(fault_code(log.sync()) == "disk_full");
      (void)log.append({{}, {record(events0, 3, "k", "nor this")}, ""});
      rig.reopen();
      CHECK(read_all(rig.log(), events0) == Lines{"k=kept@1"});
    }
  }

  // Where nothing is pending there is nothing that harden() could leave out: what was appended stays.
  SUBCASE("harden succeeds with and without something to make safe, and flushes nothing by itself") {
    CHECK(rig.log().harden());
    must_append(rig.log(), {{}, {record(events0, 1, "k", "v")}, ""});
    must_flush(rig.log());
    CHECK(rig.log().harden());
    must_append(rig.log(), {{}, {record(events0, 2, "k", "w")}, ""});
    CHECK(rig.log().harden());
    rig.reopen();
    CHECK(read_all(rig.log(), events0) == (Rig::holds.pending ? Lines{"k=v@1"} : Lines{"k=v@1", "k=w@2"}));
  }

  SUBCASE("the free share is between nothing and all") { CHECK(rig.log().free_share() <= 10000); }
}

}  // namespace millrace::log::contract
