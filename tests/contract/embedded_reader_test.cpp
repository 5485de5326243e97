#include "log/embedded/reader.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "../property/journal_model.h"
#include "log/embedded/journal.h"
#include "reading_contract.h"
#include "temp_folder.h"

namespace millrace::log::contract {
namespace {

struct Pair {
  TempFolder folder;
  EmbeddedOptions options{Durability::fsync, 4096};
  std::unique_ptr<EmbeddedLog> writer =
      *EmbeddedLog::create(folder / "log", {.id = "pair", .topics = contract_topics()}, options);
  std::unique_ptr<FollowingLog> follower = *FollowingLog::open(folder / "log");

  bool refresh() {
    const auto refreshed = follower->refresh();
    REQUIRE_MESSAGE(refreshed, (refreshed ? "" : refreshed.fault().message));
    return *refreshed;
  }

  const Reader& reader() {
    refresh();
    return *follower;
  }
  std::vector<Offset> put(const std::vector<NewRecord>& records) {
    auto offsets = must_append(*writer, {{}, records, ""});
    must_flush(*writer);
    return offsets;
  }
  void reopen() { follower = *FollowingLog::open(folder / "log"); }
};

}  // namespace

TEST_SUITE_BEGIN("log/embedded follower");

TEST_CASE_TEMPLATE_INVOKE(reading_contract, Pair);

TEST_CASE("FL-1: a follower sees what was flushed, and nothing that is pending") {
  Pair p;
  CHECK_FALSE(p.refresh());
  must_append(*p.writer, {{{events0, 7}}, {record(events0, 1, "k", "v")}, "env"});
  CHECK_FALSE(p.refresh());
  CHECK(p.follower->end(events0) == Offset{0});
  must_flush(*p.writer);
  CHECK(p.follower->end(events0) == Offset{0});  // until it looks
  CHECK(p.refresh());
  CHECK(read_all(*p.follower, events0) == std::vector<std::string>{"k=v@1"});
  CHECK(p.follower->committed(events0)->next == 7);
  CHECK(p.follower->environment() == "env");
  CHECK_FALSE(p.refresh());
}

TEST_CASE("FL-1: a follower keeps up over segments, over its own restart and over a restart of the writer") {
  Pair p;
  const std::string filler(300, 'f');
  for (int i = 0; i < 200; ++i) {
    must_append(*p.writer, {{}, {record(events0, i, "k", filler), record(leads1, i, "k", std::to_string(i))}, ""});
    if (i % 5 == 4) must_flush(*p.writer);
    if (i % 31 == 0) p.refresh();
    if (i == 100) {
      p.writer.reset();  // a kill: frame 100 was not flushed
      p.writer = *EmbeddedLog::open(p.folder / "log", p.options);
      CHECK(p.writer->end(leads1) == Offset{100});
    }
    if (i == 150) p.follower = *FollowingLog::open(p.folder / "log");
  }
  must_flush(*p.writer);
  p.refresh();
  CHECK(p.follower->end(events0) == Offset{199});
  CHECK(read_all(*p.follower, leads1) == read_all(*p.writer, leads1));
  CHECK(read_all(*p.follower, events0).size() == 199);
  CHECK(*p.follower->offset_at(leads1, 150) == *p.writer->offset_at(leads1, 150));
}

TEST_CASE("FL-2: what was dropped before a follower read it is out of range, and its start has moved, without a refresh") {
  Pair p;
  const std::string filler(300, 'f');
  for (int i = 0; i < 200; ++i) must_append(*p.writer, {{}, {record(events0, i, "k", filler)}, ""});
  must_flush(*p.writer);
  p.refresh();
  p.follower = *FollowingLog::open(p.folder / "log");  // knows every segment, and has mapped none
  REQUIRE(p.writer->drop_before([](TopicPartition) { return Offset{150}; }, std::nullopt));
  CHECK(p.follower->start(events0) == Offset{0});
  Batch batch;
  CHECK(fault_code(p.follower->fetch(events0, Offset{0}, kAll, kAll, batch)) == "out_of_range");
  const Offset start = p.follower->start(events0);
  CHECK(start > Offset{50});
  CHECK(start == p.writer->start(events0));
  CHECK(read(*p.follower, events0, start).size() == static_cast<std::size_t>(200 - start.value));

  p.follower = *FollowingLog::open(p.folder / "log");
  for (int i = 200; i < 400; ++i) must_append(*p.writer, {{}, {record(events0, i, "k", filler)}, ""});
  must_flush(*p.writer);
  REQUIRE(p.writer->drop_before([&](TopicPartition) { return Offset{400}; }, std::nullopt));  // all that it knew
  const auto found = p.follower->offset_at(events0, 160);
  REQUIRE(found);
  CHECK(*found == p.writer->start(events0));
}

TEST_CASE("FL-2: retention goes on behind a follower, which notices, also when all that it knew is gone") {
  Pair p;
  const std::string filler(300, 'f');
  const auto fill = [&] {
    for (int i = 0; i < 100; ++i) must_append(*p.writer, {{}, {record(events0, i, "k", filler)}, ""});
    must_flush(*p.writer);
  };
  fill();
  p.refresh();
  Batch held;
  REQUIRE(p.follower->fetch(events0, Offset{0}, 5, kAll, held));
  REQUIRE(p.writer->drop_before([](TopicPartition) { return Offset{50}; }, std::nullopt));
  p.refresh();
  CHECK(p.follower->start(events0) == p.writer->start(events0));
  CHECK(p.follower->start(events0) > Offset{0});
  CHECK(held.records[0].value == filler);
  fill();
  REQUIRE(p.writer->drop_before([&](TopicPartition tp) { return p.writer->end(tp); }, std::nullopt));
  CHECK(p.refresh());
  CHECK(p.follower->start(events0) == p.writer->start(events0));
  CHECK(p.follower->end(events0) == Offset{200});
  CHECK(read_all(*p.follower, events0).size() == read_all(*p.writer, events0).size());
}

TEST_CASE("a follower refuses to write, and a folder without a log") {
  Pair p;
  const auto refused = p.follower->append({});
  REQUIRE_FALSE(refused);
  CHECK(refused.fault().code == "read_only");
  CHECK(fault_code(p.follower->flush()) == "read_only");
  const auto nothing = FollowingLog::open(p.folder / "nothing");
  REQUIRE_FALSE(nothing);
  CHECK(nothing.fault().code == "not_found");
}

TEST_CASE("a follower that waits is woken by a flush") {
  Pair p;
  std::thread writer([&] {
    (void)*p.writer->append({{}, {record(events0, 1, "k", "v")}, ""});
    (void)p.writer->flush();
  });
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!p.refresh() && std::chrono::steady_clock::now() < give_up) p.follower->wait(10'000);
  writer.join();
  CHECK(p.follower->end(events0) == Offset{1});
  p.follower->wait(0);
  p.follower->wait(0);  // nothing new: gives up at once
}

TEST_CASE("MK-1: a damaged mark hides nothing that is whole") {
  Pair p;
  must_append(*p.writer, {{}, {record(events0, 1, "k", "v")}, ""});
  must_flush(*p.writer);
  std::filesystem::resize_file(p.folder / "log/published", 5);
  p.refresh();
  CHECK(p.follower->end(events0) == Offset{1});
  CHECK((*FollowingLog::open(p.folder / "log"))->end(events0) == Offset{1});
}

TEST_CASE("FL-1: at random moments a follower holds exactly the frames that were flushed") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    TempFolder folder;
    JournalModel model(seed, 60);
    const EmbeddedOptions options{seed % 2 ? Durability::fsync : Durability::os, 3000};
    auto writer = *EmbeddedLog::create(folder / "log", {.id = "m", .topics = JournalModel::topics()}, options);
    auto follower = *FollowingLog::open(folder / "log");
    std::size_t flushed = 0;
    for (int i = 0; i < 150; ++i) {
      REQUIRE(writer->append(model.make_frame()));
      if (model.below(3) == 0) {
        REQUIRE(writer->flush());
        flushed = model.frames();
      }
      if (model.below(20) == 0) {
        const Offset floor{static_cast<std::int64_t>(model.below(300))};
        REQUIRE(writer->drop_before([&](TopicPartition) { return floor; }, std::nullopt));
      }
      if (model.below(40) == 0) {
        writer.reset();
        writer = *EmbeddedLog::open(folder / "log", options);
        REQUIRE(JournalModel::frames_in(*writer) == flushed);
        model.forget_after(flushed);
      }
      if (model.below(6) == 0) {
        if (model.below(4) == 0)
          follower = *FollowingLog::open(folder / "log");
        else
          REQUIRE(follower->refresh());
        CHECK(model.difference(*follower, flushed) == "");
      }
    }
  }
}

TEST_SUITE_END();

}  // namespace millrace::log::contract
