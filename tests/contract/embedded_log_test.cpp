#include "log/embedded/journal.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "reading_contract.h"
#include "temp_folder.h"

namespace millrace::log::contract {
namespace {

std::unique_ptr<EmbeddedLog> must_open(Result<std::unique_ptr<EmbeddedLog>> opened) {
  REQUIRE_MESSAGE(opened, (opened ? "" : opened.fault().message));
  return *std::move(opened);
}

template <Durability durability, std::size_t segment_bytes>
struct EmbeddedRig {
  static constexpr Holds holds{};
  TempFolder folder;
  EmbeddedOptions options{durability, segment_bytes};
  std::unique_ptr<EmbeddedLog> open =
      must_open(EmbeddedLog::create(folder / "log", {.id = "test", .topics = contract_topics()}, options));
  Log& log() { return *open; }
  void reopen() {
    open.reset();
    open = must_open(EmbeddedLog::open(folder / "log", options));
    CHECK(open->notes().empty());
  }

  void cut(const Frame& frame) {
    must_append(log(), frame);
    reopen();
  }

  const Reader& reader() { return *open; }
  std::vector<Offset> put(const std::vector<NewRecord>& records) {
    auto offsets = must_append(*open, {{}, records, ""});
    must_flush(*open);
    return offsets;
  }
};
using OneSegment = EmbeddedRig<Durability::fsync, std::size_t{64} << 20>;
using SmallSegments = EmbeddedRig<Durability::fsync, 4096>;
using NoSync = EmbeddedRig<Durability::os, 8192>;

}  // namespace

TEST_SUITE_BEGIN("log/embedded");

TEST_CASE_TEMPLATE_INVOKE(log_contract, OneSegment, SmallSegments, NoSync);
TEST_CASE_TEMPLATE_INVOKE(reading_contract, OneSegment, SmallSegments);

TEST_CASE("a second writer is refused by name of the first, and may open once that is gone") {
  OneSegment rig;
  const auto second = EmbeddedLog::open(rig.folder / "log");
  REQUIRE_FALSE(second);
  CHECK(second.fault().code == "locked");
  CHECK(second.fault().message.find("process " + std::to_string(::getpid())) != std::string::npos);
  rig.open.reset();
  std::ofstream(rig.folder / "log/lock") << "12345678901\n";  // of one before, with a longer number
  const auto next = EmbeddedLog::open(rig.folder / "log");
  REQUIRE(next);
  const auto third = EmbeddedLog::open(rig.folder / "log");
  REQUIRE_FALSE(third);
  CHECK(third.fault().message.find("process " + std::to_string(::getpid()) + ";") != std::string::npos);
}

TEST_CASE("NS-1: creating twice is refused, and so is opening a folder that is no log, without touching it") {
  OneSegment rig;
  rig.open.reset();
  const auto again = EmbeddedLog::create(rig.folder / "log", {.topics = contract_topics()});
  REQUIRE_FALSE(again);
  CHECK(again.fault().code == "exists");
  const auto nothing = EmbeddedLog::open(rig.folder / "nothing");
  REQUIRE_FALSE(nothing);
  CHECK(nothing.fault().code == "not_found");
  std::filesystem::create_directory(rig.folder / "empty");
  CHECK_FALSE(EmbeddedLog::open(rig.folder / "empty"));
  CHECK(std::filesystem::is_empty(rig.folder / "empty"));
}

TEST_CASE("NS-1: what is fixed at creation comes back, an id is made when none is given") {
  TempFolder folder;
  Namespace ns{.clock = Clock::history, .durability = Durability::os, .created_with = "0.1.0", .topics = contract_topics()};
  ns.fixed = {{"engine.round", "1000"}, {"seed", "with blanks = allowed"}};
  must_open(EmbeddedLog::create(folder / "log", ns));
  const auto log = must_open(EmbeddedLog::open(folder / "log"));
  CHECK(log->about().id.size() == 32);
  CHECK(log->about().clock == Clock::history);
  CHECK(log->about().created_with == "0.1.0");
  CHECK(log->about().fixed == ns.fixed);
  CHECK(log->durability() == Durability::os);
  CHECK(log->topics().find("leads") == leads);
  CHECK(log->topics().partitions(control) == 1);
}

TEST_CASE("a run may be more durable than its namespace") {
  TempFolder folder;
  must_open(EmbeddedLog::create(folder / "log", {.durability = Durability::os, .topics = contract_topics()}));
  CHECK(must_open(EmbeddedLog::open(folder / "log", {Durability::fsync}))->durability() == Durability::fsync);
}

static std::size_t segments_in(const std::string& folder) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) count += entry.path().extension() == ".journal";
  return count;
}

TEST_CASE("a frame larger than a segment has one of its own and is read like any other") {
  SmallSegments rig;
  const std::string large(50'000, 'L');
  for (int i = 0; i < 3; ++i) {
    must_append(rig.log(), {{}, {record(events0, 3 * i, "k", "small")}, ""});
    must_append(rig.log(), {{}, {record(events0, 3 * i + 1, "k", large), record(events0, 3 * i + 2, "k", large)}, ""});
  }
  must_flush(rig.log());
  rig.reopen();
  const auto lines = read_all(rig.log(), events0);
  REQUIRE(lines.size() == 9);
  CHECK(lines[3] == "k=small@3");
  CHECK(lines[8] == "k=" + large + "@8");
  CHECK(segments_in(rig.folder / "log") >= 5);
}

TEST_CASE("one fetch goes over frames and segments, pending ones too, and its views outlive the log") {
  SmallSegments rig;
  std::vector<std::string> expected;
  for (int i = 0; i < 400; ++i) {
    const std::string value = "value " + std::to_string(i) + std::string(40, '.');
    must_append(rig.log(), {{}, {record(events0, i, "k", value), record(leads1, i, "k", "other")}, ""});
    if (i == 300) must_flush(rig.log());
    expected.push_back(value);
  }
  Batch batch;
  REQUIRE(rig.log().fetch(events0, Offset{0}, kAll, kAll, batch));
  must_flush(rig.log());
  REQUIRE(rig.log().drop_before([](TopicPartition) { return Offset{390}; }, std::nullopt));
  CHECK(rig.log().start(events0) > Offset{100});
  rig.open.reset();
  std::filesystem::remove_all(rig.folder / "log");
  REQUIRE(batch.records.size() == 400);
  for (std::size_t i = 0; i < 400; ++i) CHECK(batch.records[i].value == expected[i]);
}

TEST_CASE("LG-2: a chunk ends after 512 records, and every offset in it is found") {
  OneSegment rig;
  Frame frame;
  std::vector<std::string> values;
  for (int i = 0; i < 1300; ++i) values.push_back(std::to_string(i));
  for (const std::string& v : values) frame.records.push_back(record(events0, 1300 - frame.records.size(), "", v));
  must_append(rig.log(), frame);
  for (const std::int64_t at : {0, 1, 511, 512, 513, 1023, 1024, 1299}) {
    Batch batch;
    REQUIRE(rig.log().fetch(events0, Offset{at}, 1, kAll, batch));
    REQUIRE(batch.records.size() == 1);
    CHECK(batch.records[0].value == values[static_cast<std::size_t>(at)]);
  }
  CHECK(*rig.log().offset_at(events0, 1300) == Offset{0});
  CHECK(*rig.log().offset_at(events0, 1301) == Offset{1300});
}

TEST_CASE("retention drops whole segments, keeps the last, and frees their files") {
  SmallSegments rig;
  const std::string filler(300, 'f');
  for (int i = 0; i < 100; ++i) {
    must_append(rig.log(), {{{events0, i + 1}}, {record(events0, 1000 + i, "k", filler)}, "env"});
    must_flush(rig.log());
  }
  const std::size_t before = segments_in(rig.folder / "log");
  CHECK(before > 5);
  const auto everything = [&](TopicPartition tp) { return rig.log().end(tp); };
  REQUIRE(rig.log().drop_before(everything, 1000));
  CHECK(segments_in(rig.folder / "log") == before);  // all are younger
  REQUIRE(rig.log().drop_before(everything, std::nullopt));
  CHECK(segments_in(rig.folder / "log") == 1);
  const Offset start = rig.log().start(events0);
  CHECK(start > Offset{80});
  rig.reopen();
  CHECK(rig.log().start(events0) == start);
  CHECK(rig.log().start(leads1) == Offset{0});
  CHECK(rig.log().committed(events0)->next == 100);
  CHECK(rig.log().environment() == "env");
  CHECK(must_append(rig.log(), {{}, {record(events0, 1, "k", "v")}, ""}).front() == Offset{100});
}

TEST_CASE("LG-2: a topic partition whose records were all dropped keeps its next offset") {
  SmallSegments rig;
  must_append(rig.log(), {{}, {record(leads1, 1, "k", "once")}, ""});
  const std::string filler(3000, 'f');
  for (int i = 0; i < 10; ++i) must_append(rig.log(), {{}, {record(events0, 1, "k", filler)}, ""});
  must_flush(rig.log());
  REQUIRE(rig.log().drop_before([&](TopicPartition tp) { return rig.log().end(tp); }, std::nullopt));
  for (const bool reopened : {false, true}) {
    if (reopened) rig.reopen();
    CHECK(rig.log().start(leads1) == Offset{1});
    CHECK(rig.log().end(leads1) == Offset{1});
    CHECK(read_all(rig.log(), leads1).empty());
  }
  CHECK(must_append(rig.log(), {{}, {record(leads1, 1, "k", "again")}, ""}).front() == Offset{1});
}

TEST_CASE("EL-5: after close() the log opens with every frame known to be whole") {
  SmallSegments rig;
  for (int i = 0; i < 50; ++i) must_append(rig.log(), {{}, {record(events0, 1, "key", std::string(200, 'v'))}, ""});
  REQUIRE(rig.open->close());
  rig.reopen();
  CHECK(rig.open->check());
  CHECK(rig.log().end(events0) == Offset{50});
}

TEST_CASE("a log of another namespace's segments does not open: their checksums start from another salt") {
  OneSegment a;
  must_append(a.log(), {{}, {record(events0, 1, "k", "v")}, ""});
  REQUIRE(a.open->close());
  a.open.reset();
  TempFolder folder;
  must_open(EmbeddedLog::create(folder / "log", {.id = "other", .topics = contract_topics()}));
  std::filesystem::copy_file(a.folder / "log/00000000000000000001.journal", folder / "log/00000000000000000001.journal");
  std::filesystem::copy_file(a.folder / "log/published", folder / "log/published",
                             std::filesystem::copy_options::overwrite_existing);
  const auto opened = EmbeddedLog::open(folder / "log");
  REQUIRE_FALSE(opened);
  CHECK(opened.fault().code == "corrupt");
}

TEST_CASE("a frame beyond what the log takes at once is refused, and the log goes on") {
  OneSegment rig;
  const std::string value(std::size_t{1} << 20, 'v');
  Frame frame;
  for (int i = 0; i < 1025; ++i) frame.records.push_back(record(events0, 1, "", value));
  const auto refused = rig.log().append(frame);
  REQUIRE_FALSE(refused);
  CHECK(refused.fault().code == "frame_too_large");
  CHECK(must_append(rig.log(), {{}, {record(events0, 1, "k", "v")}, ""}).front() == Offset{0});
}

TEST_CASE("threads may append, flush, drop and read at the same time") {
  SmallSegments rig;
  constexpr int kFrames = 600;
  std::atomic<bool> done{false};
  std::thread appender([&] {
    for (int i = 0; i < kFrames; ++i) {
      const std::string value = std::to_string(i);
      (void)*rig.log().append({{{events0, i + 1}}, {record(events0, i, "k", value), record(leads1, i, "k", value)}, "e"});
    }
    done = true;
  });
  std::thread flusher([&] {
    while (!done) {
      (void)rig.log().flush();
      (void)rig.log().drop_before([&](TopicPartition tp) { return Offset{rig.log().end(tp).value / 2}; }, std::nullopt);
    }
  });
  std::vector<std::thread> readers;
  std::atomic<int> wrong{0};
  for (int r = 0; r < 2; ++r)
    readers.emplace_back([&] {
      Batch batch;
      std::int64_t next = 0;
      while (next < kFrames) {
        const auto fetched = rig.log().fetch(events0, Offset{next}, 50, kAll, batch);
        if (!fetched) {
          if (fetched.fault().code != "out_of_range") ++wrong;
          next = rig.log().start(events0).value;
          continue;
        }
        for (const Record& record : batch.records)
          if (record.value != std::to_string(record.at.offset.value) || record.at.offset.value != next++) ++wrong;
        (void)rig.log().offset_at(leads1, next);
        (void)rig.log().committed(events0);
      }
    });
  appender.join();
  flusher.join();
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
  must_flush(rig.log());
  rig.reopen();
  CHECK(rig.log().end(leads1) == Offset{kFrames});
}

TEST_SUITE_END();

}  // namespace millrace::log::contract
