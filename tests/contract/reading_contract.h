// What the reading half of every log keeps (log::Reader), as claims; each runs on each log that has a ReadingRig:
//
//   struct ReadingRig {
//     std::vector<Offset> put(const std::vector<NewRecord>& records);  // appends them durably
//     const Reader& reader();  // sees everything put; topics of contract_topics(), at first empty
//     void reopen();           // closes what reads, and opens it again
//   };
//   TEST_CASE_TEMPLATE_INVOKE(reading_contract, ReadingRig);
//
// Offsets rise, but nothing here asks them to be dense: on Kafka markers of transactions lie between.
#pragma once

#include "log_contract.h"

namespace millrace::log::contract {

inline std::string line_of(const Record& r) {
  return std::string(r.key) + "=" + std::string(r.value) + "@" + std::to_string(r.timestamp);
}
// Everything from `from` to end(), fetch by fetch as `batch.next` says; each fetch must move on.
inline std::vector<std::string> read_on(const Reader& log, TopicPartition tp, Offset from, std::size_t max_records = kAll,
                                        std::size_t max_bytes = kAll) {
  std::vector<std::string> out;
  Batch batch;
  while (from < log.end(tp)) {
    const auto fetched = log.fetch(tp, from, max_records, max_bytes, batch);
    REQUIRE_MESSAGE(fetched, (fetched ? "" : fetched.fault().message));
    REQUIRE(batch.next > from);
    Offset at_least = from;
    for (const Record& r : batch.records) {
      CHECK(r.at.topic == tp.topic);
      CHECK(r.at.partition == tp.partition);
      CHECK(r.at.offset >= at_least);
      at_least = r.at.offset + 1;
      out.push_back(line_of(r));
    }
    CHECK(batch.next >= at_least);
    from = batch.next;
  }
  return out;
}
inline std::vector<std::string> read_on(const Reader& log, TopicPartition tp) { return read_on(log, tp, log.start(tp)); }

TEST_CASE_TEMPLATE_DEFINE("reading contract", ReadingRig, reading_contract) {
  ReadingRig rig;
  using Lines = std::vector<std::string>;

  SUBCASE("a new log has nothing to read anywhere") {
    const Reader& log = rig.reader();
    CHECK(log.topics().size() == 3);
    CHECK(log.topics().partitions(events) == 4);
    for (const TopicPartition tp : {control0, events0, events3, leads1}) {
      CHECK(log.start(tp) == Offset{0});
      CHECK(log.end(tp) == Offset{0});
      CHECK(*log.offset_at(tp, 0) == Offset{0});
      Batch batch;
      CHECK(fault_code(log.fetch(tp, Offset{0}, kAll, kAll, batch)).empty());
      CHECK(batch.records.empty());
      CHECK(batch.next == Offset{0});
    }
  }

  SUBCASE("what was put is read in the order of its partition, at the offset that was given, by any size of fetch") {
    Lines expected;
    std::vector<Offset> offsets;
    for (int i = 0; i < 60; ++i) {
      const std::string value = "v" + std::to_string(i);
      for (const Offset o : rig.put({record(events0, 1'000 + i, "k", value)})) offsets.push_back(o);
      if (i % 20 == 0) rig.put({record(events3, 5, "other", "x"), record(leads1, 6, "other", "y")});
      expected.push_back("k=" + value + "@" + std::to_string(1'000 + i));
    }
    REQUIRE(offsets.size() == 60);
    for (const bool reopened : {false, true}) {
      CAPTURE(reopened);
      if (reopened) rig.reopen();
      const Reader& log = rig.reader();
      CHECK(read_on(log, events0) == expected);
      CHECK(read_on(log, events0, log.start(events0), 7) == expected);
      CHECK(read_on(log, events0, log.start(events0), kAll, 20) == expected);
      CHECK(read_on(log, events0, offsets[58]) == Lines{expected[58], expected[59]});
      CHECK(read_on(log, events3) == Lines(3, "other=x@5"));
      CHECK(read_on(log, leads1) == Lines(3, "other=y@6"));
      CHECK(read_on(log, control0).empty());
      Batch batch;
      REQUIRE(log.fetch(events0, offsets[17], 1, kAll, batch));
      REQUIRE(batch.records.size() == 1);
      CHECK(batch.records[0].at == Position{events, Partition{0}, offsets[17]});
    }
  }

  SUBCASE("partitions read in turns each go on where they stood") {
    for (int i = 0; i < 40; ++i) {
      const std::string value = std::to_string(i);
      rig.put({record(events0, 1, "a", value), record(leads1, 1, "b", value), record(control0, 1, "c", value)});
    }
    const Reader& log = rig.reader();
    Batch batch;
    std::vector<std::pair<TopicPartition, Offset>> all = {{events0, {}}, {leads1, {}}, {control0, {}}};
    std::vector<int> seen(all.size(), 0);
    for (int turn = 0; turn < 40; ++turn)
      for (std::size_t i = 0; i < all.size(); ++i) {
        auto& [tp, next] = all[i];
        if (next >= log.end(tp)) continue;
        REQUIRE(log.fetch(tp, next, 5, kAll, batch));
        for (const Record& r : batch.records) CHECK(r.value == std::to_string(seen[i]++));
        next = batch.next;
      }
    CHECK(seen == std::vector<int>{40, 40, 40});
  }

  SUBCASE("fetch keeps to max_records and max_bytes, gives at least one record, and all that is there") {
    const std::string value(100, 'v');
    std::vector<NewRecord> ten(10, record(events0, 1, "k", value));
    std::vector<Offset> at = rig.put(ten);
    for (const Offset o : rig.put(ten)) at.push_back(o);
    const Reader& log = rig.reader();
    const auto count = [&](Offset from, std::size_t max_records, std::size_t max_bytes) {
      Batch batch;
      REQUIRE(log.fetch(events0, from, max_records, max_bytes, batch));
      return batch.records.size();
    };
    CHECK(count(at[0], 3, kAll) == 3);
    CHECK(count(at[8], 5, kAll) == 5);
    CHECK(count(at[0], kAll, 250) == 2);
    CHECK(count(at[0], kAll, 300) == 3);
    CHECK(count(at[9], kAll, 300) == 3);
    CHECK(count(at[0], kAll, 1) == 1);
    CHECK(count(at[0], 0, kAll) == 1);
    CHECK(count(at[0], kAll, kAll) == 20);
    CHECK(count(at[15], kAll, kAll) == 5);
    CHECK(count(log.end(events0), kAll, kAll) == 0);
  }

  SUBCASE("headers, an empty key, an empty value and any bytes come back as they were") {
    Headers full;
    full.hop = 16;
    full.broadcast = full.moved = true;
    full.cause = {events, Partition{3}, Offset{5'000'000'000}};
    full.root = {control, Partition{0}, Offset{0}};
    full.set_by = {leads, Partition{1}, Offset{127}};
    full.origin = {events, Partition{2}, Offset{128}};
    Headers only_root;
    only_root.root = {events, Partition{1}, Offset{1}};
    const std::string bytes("\0\xff\n\"", 4), large(100'000, 'x');
    rig.put({{events0, 5, "", "", full},
             {events0, 1'767'225'600'123, bytes, bytes, only_root},
             {events0, 7, "k", large, {}}});
    for (const bool reopened : {false, true}) {
      CAPTURE(reopened);
      if (reopened) rig.reopen();
      Batch batch;
      REQUIRE(rig.reader().fetch(events0, Offset{0}, kAll, kAll, batch));
      REQUIRE(batch.records.size() == 3);
      CHECK(batch.records[0].key.empty());
      CHECK(batch.records[0].value.empty());
      CHECK(batch.records[0].timestamp == 5);
      const Headers& h = batch.records[0].headers;
      CHECK(h.hop == 16);
      CHECK(h.broadcast);
      CHECK(h.moved);
      CHECK(h.cause == full.cause);
      CHECK(h.root == full.root);
      CHECK(h.set_by == full.set_by);
      CHECK(h.origin == full.origin);
      CHECK(batch.records[1].key == bytes);
      CHECK(batch.records[1].value == bytes);
      CHECK(batch.records[1].timestamp == 1'767'225'600'123);
      CHECK(batch.records[1].headers.root == only_root.root);
      CHECK_FALSE(batch.records[1].headers.cause.known());
      CHECK_FALSE(batch.records[1].headers.broadcast);
      CHECK(batch.records[2].value == large);
    }
  }

  SUBCASE("LG-2: a position outside the log is refused by name, never reset") {
    rig.put({record(events0, 1, "k", "v")});
    const Reader& log = rig.reader();
    const Offset end = log.end(events0);
    Batch batch;
    CHECK(fault_code(log.fetch(events0, end + 1, 1, 1, batch)) == "out_of_range");
    CHECK(fault_code(log.fetch(events0, Offset{-1}, 1, 1, batch)) == "out_of_range");
    CHECK(fault_code(log.fetch(events0, end, 1, 1, batch)).empty());
    CHECK(batch.records.empty());
    CHECK(batch.next == end);
  }

  SUBCASE("views of a batch outlive later records and the batch's neighbours") {
    rig.put({record(events0, 1, "first", "one")});
    Batch before;
    REQUIRE(rig.reader().fetch(events0, Offset{0}, kAll, kAll, before));
    const std::string filler(5'000, 'f');
    for (int i = 0; i < 40; ++i) rig.put({record(events0, 2, "k", filler), record(leads1, 2, "k", filler)});
    Batch after;
    REQUIRE(rig.reader().fetch(events0, Offset{0}, kAll, kAll, after));
    CHECK(after.records.size() == 41);
    CHECK(before.records[0].key == "first");
    CHECK(before.records[0].value == "one");
    REQUIRE(rig.reader().fetch(leads1, Offset{0}, kAll, kAll, before));
    CHECK(after.records[0].value == "one");
    CHECK(after.records[40].value == filler);
    rig.reopen();
    CHECK(after.records[0].value == "one");
    CHECK(after.records[40].value == filler);
  }

  SUBCASE("offset_at finds the first record at or after a time, also where timestamps fall") {
    std::vector<Offset> at =
        rig.put({record(leads1, 10, "k", ""), record(leads1, 30, "k", ""), record(leads1, 20, "k", "")});
    for (const Offset o : rig.put({record(leads1, 15, "k", ""), record(leads1, 40, "k", "")})) at.push_back(o);
    const Reader& log = rig.reader();
    CHECK(*log.offset_at(leads1, -1) == at[0]);
    CHECK(*log.offset_at(leads1, 10) == at[0]);
    CHECK(*log.offset_at(leads1, 11) == at[1]);
    CHECK(*log.offset_at(leads1, 30) == at[1]);
    CHECK(*log.offset_at(leads1, 31) == at[4]);
    CHECK(*log.offset_at(leads1, 40) == at[4]);
    CHECK(*log.offset_at(leads1, 41) == log.end(leads1));
    CHECK(*log.offset_at(events0, 0) == Offset{0});
  }
}

}  // namespace millrace::log::contract
